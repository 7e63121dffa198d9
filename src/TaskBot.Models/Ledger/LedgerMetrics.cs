using System.Diagnostics.Metrics;

namespace TaskBot.Models.Ledger;

/// <summary>What model calls used and cost, as metrics of the meter <c>TaskBot.Models</c>.</summary>
internal static class LedgerMetrics
{
    private static readonly Meter Meter = new("TaskBot.Models");

    private static readonly Counter<long> Calls = Meter.CreateCounter<long>("taskbot.model.calls", "{call}", "Requests to models, by model and outcome.");
    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>("taskbot.model.tokens", "{token}", "Tokens of those requests; cached ones are also input, reasoning ones also output.");
    private static readonly Counter<decimal> Cost = Meter.CreateCounter<decimal>("taskbot.model.cost", "USD", "What those requests cost, in US dollars.");

    public static void Settled(ModelCall call)
    {
        var model = KeyValuePair.Create<string, object?>("model", call.Model);
        var provider = KeyValuePair.Create<string, object?>("provider", call.Provider);
        Calls.Add(1, model, provider, new("outcome", call.Outcome));
        Cost.Add(call.CostUsd, model, provider);
        Count(call.InputTokens, "input");
        Count(call.CachedInputTokens, "cached");
        Count(call.OutputTokens, "output");
        Count(call.ReasoningTokens, "reasoning");

        void Count(long tokens, string type) => Tokens.Add(tokens, model, provider, new("type", type));
    }
}
