using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace TaskBot.Bot.Agents;

/// <summary>
/// <c>claude -p</c>: prints one JSON object with <c>result</c>, <c>is_error</c>, <c>total_cost_usd</c> and <c>usage</c>. It reads and edits files and does nothing else: no shell, no
/// pages, and none of the hooks, settings, servers and notes that a repository may bring.
/// </summary>
public sealed class ClaudeAgent : CliAgent
{
    public override string Name => "claude";

    public override SpendingHold Hold => SpendingHold.Agent;

    public override bool ReachesOut => false;

    public override IReadOnlyList<string> KeyVariables(string? model) => ["ANTHROPIC_API_KEY"];

    public override IReadOnlyList<string> AddressVariables => ["ANTHROPIC_BASE_URL"];

    public override IEnumerable<string> Arguments(AgentOrder order) =>
    [
        "--print", "--output-format", "json", "--safe-mode", "--no-session-persistence", "--strict-mcp-config", "--disable-slash-commands",
        "--permission-mode", "acceptEdits", "--tools", "Read,Edit,Write,Glob,Grep",
        "--max-budget-usd", order.MaxUsd.ToString(CultureInfo.InvariantCulture),
        .. order.Model is { } model ? (string[])["--model", model] : [],
        "--", order.Prompt,
    ];

    public override AgentReport? Read(string output)
    {
        if (AgentOutput.Whole(output) is not { } answer || answer.Text("type") != "result") return null;
        var text = answer.Text("result") ?? "";
        var kind = answer.Text("subtype");
        var failed = answer.At("is_error") is not { ValueKind: JsonValueKind.False } || kind is not "success";
        return new(text, failed ? $"{kind}: {(text.Length > 0 ? text : Errors(answer))}".Trim(' ', ':') : null)
        {
            IsOverBudget = kind is "error_max_budget_usd",
            CostUsd = answer.Amount("total_cost_usd"),
            Used = answer.At("usage") is { } usage ? [(null, Usage(usage))] : [],
        };
    }

    static string Errors(JsonElement answer) => answer.At("errors") is { ValueKind: JsonValueKind.Array } errors ? string.Join("; ", errors.EnumerateArray()) : "";

    static UsageDetails Usage(JsonElement usage)
    {
        var cached = usage.Count("cache_read_input_tokens");
        return new()
        {
            InputTokenCount = usage.Count("input_tokens") + usage.Count("cache_creation_input_tokens") + cached,
            CachedInputTokenCount = cached,
            OutputTokenCount = usage.Count("output_tokens"),
        };
    }
}
