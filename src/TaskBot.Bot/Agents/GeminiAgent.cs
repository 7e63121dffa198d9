using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace TaskBot.Bot.Agents;

/// <summary>
/// <c>gemini -p --output-format json</c>: prints one JSON object with <c>response</c>, <c>stats</c> (tokens by model) and, where it failed, <c>error</c>. It counts no money, knows no
/// limit of it, and tells its tokens only at the end, in <c>stream-json</c> too: what they cost is known then, where its models have a price.
/// </summary>
public sealed class GeminiAgent : CliAgent
{
    public override string Name => "gemini";

    public override SpendingHold Hold => SpendingHold.None;

    public override IReadOnlyList<string> KeyVariables(string? model) => ["GEMINI_API_KEY"];

    public override IEnumerable<string> Arguments(AgentOrder order) =>
    [
        "--output-format", "json", "--approval-mode", "auto_edit", "--skip-trust", "--extensions", "none",
        .. order.Model is { } model ? (string[])["--model", model] : [],
        "--prompt", order.Prompt,
    ];

    public override AgentReport? Read(string output)
    {
        if (AgentOutput.Whole(output) is not { } answer || (answer.At("response") ?? answer.At("error")) is null) return null;
        var error = answer.At("error") is { } failed ? failed.Text("message") ?? failed.Text("type") ?? "it failed" : null;
        return new(answer.Text("response") ?? "", error) { Used = Used(answer) };
    }

    static ImmutableArray<(string?, UsageDetails)> Used(JsonElement answer) =>
        answer.At("stats", "models") is { ValueKind: JsonValueKind.Object } models
            ? [.. models.EnumerateObject().Select(model => ((string?)model.Name, Usage(model.Value)))]
            : [];

    static UsageDetails Usage(JsonElement model) => new()
    {
        InputTokenCount = model.Count("tokens", "prompt") + model.Count("tokens", "tool"),
        CachedInputTokenCount = model.Count("tokens", "cached"),
        OutputTokenCount = model.Count("tokens", "candidates") + model.Count("tokens", "thoughts"),
        ReasoningTokenCount = model.Count("tokens", "thoughts"),
    };
}
