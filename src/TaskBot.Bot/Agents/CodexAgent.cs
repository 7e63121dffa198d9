using System.Text.Json;
using Microsoft.Extensions.AI;

namespace TaskBot.Bot.Agents;

/// <summary>
/// <c>codex exec --json</c>: prints an event a line: <c>item.completed</c> with what it says, <c>turn.completed</c> with the tokens, <c>turn.failed</c> or <c>error</c>. It counts no money,
/// knows no limit of it, and tells its tokens only when the turn is over: what they cost is known then, where its model is named and has a price.
/// </summary>
public sealed class CodexAgent : CliAgent
{
    public override string Name => "codex";

    public override SpendingHold Hold => SpendingHold.None;

    public override IReadOnlyList<string> KeyVariables(string? model) => ["CODEX_API_KEY", "OPENAI_API_KEY"];

    public override IReadOnlyList<string> AddressVariables => ["OPENAI_BASE_URL"];

    public override IEnumerable<string> Arguments(AgentOrder order) =>
    [
        "exec", "--json", "--ephemeral", "--ignore-user-config", "--ignore-rules", "--skip-git-repo-check", "--sandbox", "workspace-write", "--color", "never",
        .. order.Model is { } model ? (string[])["--model", model] : [],
        "--", order.Prompt,
    ];

    public override AgentReport? Read(string output)
    {
        var text = "";
        string? error = null;
        var ended = false;
        var usage = new UsageDetails();
        foreach (var line in AgentOutput.Lines(output))
        {
            switch (line.Text("type"))
            {
                case "item.completed" when line.Text("item", "type") is "agent_message": text = line.Text("item", "text") ?? text; break;
                // Usage is of the whole thread so far.
                case "turn.completed": (ended, error, usage) = (true, null, Usage(line)); break;
                case "turn.failed": (ended, error) = (true, line.Text("error", "message") ?? "the turn failed"); break;
                // A warning where a turn ends well after it.
                case "error": error = line.Text("message") ?? "it failed"; break;
            }
        }

        return ended || error is not null ? new(text, error) { Used = usage.InputTokenCount > 0 ? [(null, usage)] : [] } : null;
    }

    static UsageDetails Usage(JsonElement turn) => new()
    {
        InputTokenCount = turn.Count("usage", "input_tokens"),
        CachedInputTokenCount = turn.Count("usage", "cached_input_tokens"),
        OutputTokenCount = turn.Count("usage", "output_tokens"),
        ReasoningTokenCount = turn.Count("usage", "reasoning_output_tokens"),
    };
}
