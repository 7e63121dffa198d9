using System.Text.Json;
using Microsoft.Extensions.AI;

namespace TaskBot.Bot.Agents;

/// <summary>
/// <c>opencode run --format json</c>: prints an event a line: <c>text</c>, <c>tool_use</c>, <c>step_finish</c> with the step's cost and tokens, <c>error</c>. Its models are named
/// <c>provider/model</c>, and the provider says which key it needs.
/// </summary>
public sealed class OpenCodeAgent : CliAgent
{
    public override string Name => "opencode";

    public override SpendingHold Hold => SpendingHold.Meter;

    public override IReadOnlyList<string> KeyVariables(string? model) => model?.Split('/')[0] switch
    {
        "openai" => ["OPENAI_API_KEY"],
        "google" => ["GEMINI_API_KEY"],
        "opencode" => ["OPENCODE_API_KEY"],
        { Length: > 0 } provider and not "anthropic" => [$"{provider.ToUpperInvariant().Replace('-', '_')}_API_KEY"],
        _ => ["ANTHROPIC_API_KEY"],
    };

    public override IEnumerable<string> Arguments(AgentOrder order) =>
        ["run", "--format", "json", "--pure", .. order.Model is { } model ? (string[])["--model", model] : [], "--", order.Prompt];

    public override AgentReport? Read(string output)
    {
        var text = "";
        string? error = null;
        var ended = false;
        var cost = 0m;
        var usage = new UsageDetails();
        foreach (var line in AgentOutput.Lines(output))
        {
            switch (line.Text("type"))
            {
                case "step_start": text = ""; break;
                case "text": text += line.Text("part", "text"); break;
                case "step_finish":
                    var step = ReadUse(line)!;
                    ended = step.IsLast;
                    cost += step.CostUsd ?? 0;
                    usage.Add(step.Usage);
                    break;
                case "error": error = line.Text("error", "data", "message") ?? line.Text("error", "message") ?? line.Text("error", "name") ?? "it failed"; break;
            }
        }

        if (!ended && error is null) return null;
        return new(text.Trim(), error) { CostUsd = cost > 0 ? cost : null, Used = usage.InputTokenCount > 0 ? [(null, usage)] : [] };
    }

    /// <summary>It counts 0 where it knows no price; the last step ends for another reason than that a tool was called.</summary>
    public override AgentUse? ReadUse(JsonElement line) =>
        line.Text("type") is "step_finish" ? new(line.Amount("part", "cost") is { } cost and > 0 ? cost : null, Usage(line), IsLast: line.Text("part", "reason") is not "tool-calls") : null;

    static UsageDetails Usage(JsonElement step) => new()
    {
        InputTokenCount = step.Count("part", "tokens", "input") + step.Count("part", "tokens", "cache", "read") + step.Count("part", "tokens", "cache", "write"),
        CachedInputTokenCount = step.Count("part", "tokens", "cache", "read"),
        OutputTokenCount = step.Count("part", "tokens", "output") + step.Count("part", "tokens", "reasoning"),
        ReasoningTokenCount = step.Count("part", "tokens", "reasoning"),
    };
}
