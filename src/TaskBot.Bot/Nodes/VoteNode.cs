using System.Collections.Immutable;
using System.Text.Json;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Models.Ledger;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Chooses among several candidates for one change: by their tests first, then by how many made the very same one, and only among those that
/// are still equal by a model, which is asked in both orders and believed only where it says the same twice.
/// </summary>
public sealed class VoteNode(RunScope scope) : ModelNode(scope)
{
    public const string TypeName = "vote";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Chooses the best of several changed trees: by tests, then by agreement, then by a model.")
    {
        Attributes =
        [
            .. NodeModel.Attributes("reason"),
            new("maxTokens", ValueKind.Integer, "The largest change that a model is shown; a larger one is not compared.") { Default = 20_000, Unit = "tokens" },
        ],
        Inputs =
        [
            new("base", ValueKind.Tree, "The tree before the change.") { Required = true },
            new("candidates", ValueKind.Any, "The changed trees; connect at least two.") { Required = true },
            new("description", ValueKind.Text, "What the change is for.") { Required = true },
        ],
        Outputs =
        [
            new("tree", ValueKind.Tree, "The chosen tree."),
            new("patch", ValueKind.Text, "Its difference to the base."),
            new("summary", ValueKind.Text, "Why it was chosen."),
            new("scores", ValueKind.List, "Each different candidate: tree, votes, passed, failed."),
        ],
    };

    static readonly JsonElement AnswerSchema = JsonDocument.Parse(
        """
        {
          "type": "object",
          "properties": { "better": { "type": "string", "enum": ["first", "second", "equal"] }, "reason": { "type": "string", "minLength": 1 } },
          "required": ["better", "reason"],
          "additionalProperties": false
        }
        """).RootElement;

    public override NodeTypeSchema Schema => TypeSchema;

    public override ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Model.Describe(node).AddRange(ProjectToolchain.Describe(Scope.Project)));

    /// <summary>One candidate, with how many inputs gave this very tree.</summary>
    sealed record Candidate(TreeId Tree, int Votes, int Passed, int Failed, string Patch);

    public override async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var before = run.Tree("base");
        var different = run.Texts("candidates").Where(tree => tree != before.Value).CountBy(tree => tree, StringComparer.Ordinal).ToList();
        if (different.Count == 0) return NodeResult.Failure("No candidate changes anything.");
        var candidates = new List<Candidate>();
        var evidence = new List<(string, TaskValue)>();
        foreach (var (id, votes) in different)
        {
            var tree = new TreeId(id);
            var tested = await TreeTests.RunAsync(Scope, run, tree, cancellationToken);
            var patch = await Scope.Objects.DiffAsync(before, tree, contextLines: 3, cancellationToken);
            if (tested.Failure is null) candidates.Add(new(tree, votes, tested.Report!.Passed, 0, patch));
            else if (tested.Report is { } report) candidates.Add(new(tree, votes, report.Passed, report.Failures.Count(), patch));
            if (tested.Failure is { } failure && evidence.Count == 0) evidence.AddRange(failure.Evidence.Select(item => (item.Key, item.Value)).Append(("patch", patch)));
        }

        var scores = TaskValue.ListOf(candidates.Select(one => TaskValue.MapOf(("tree", one.Tree.Value), ("votes", one.Votes), ("passed", one.Passed), ("failed", one.Failed))));
        var green = candidates.Where(one => one is { Failed: 0, Passed: > 0 }).ToList();
        if (green.Count == 0)
            return NodeResult.Failure($"None of {different.Count} different candidates passes its tests.", evidence.Append(("scores", scores)));

        // A candidate with more passing tests than another wrote more of them; that is worth something, and less than being agreed upon.
        var best = green.OrderByDescending(one => one.Votes).ThenByDescending(one => one.Passed).ToList();
        var equal = best.TakeWhile(one => one.Votes == best[0].Votes && one.Passed == best[0].Passed).ToList();
        var winner = equal[0];
        var why = green.Count == 1 ? "It is the only one that passes its tests."
            : equal.Count == 1 ? $"It passes {winner.Passed} tests, and {winner.Votes} of the candidates are this very change."
            : "It passes as many tests as the others, and nothing sets them apart.";
        foreach (var other in equal.Skip(1))
        {
            var (better, reason, ending) = await CompareAsync(run, winner, other, cancellationToken);
            if (ending is not null) return ending;
            if (better == 0) continue;
            if (better > 0) winner = other;
            why = reason;
        }

        return NodeResult.Success(("tree", winner.Tree.Value), ("patch", winner.Patch), ("summary", why), ("scores", scores));
    }

    /// <summary>Below zero where the first is better, above where the second is, zero where a model cannot tell.</summary>
    async Task<(int Better, string Reason, NodeResult? Ending)> CompareAsync(NodeRun run, Candidate first, Candidate second, CancellationToken cancellationToken)
    {
        if (TokenEstimate.Likely(first.Patch) + TokenEstimate.Likely(second.Patch) > run.Node.Integer("maxTokens")) return (0, "", null);
        var forth = await AskAsync(run, first, second, cancellationToken);
        if (forth.Ending is not null) return (0, "", forth.Ending);
        if (forth.Value.Better == "equal") return (0, "", null);
        var back = await AskAsync(run, second, first, cancellationToken);
        if (back.Ending is not null) return (0, "", back.Ending);
        return (forth.Value.Better, back.Value.Better) switch
        {
            ("first", "second") => (-1, forth.Value.Reason.Trim(), null),
            ("second", "first") => (1, forth.Value.Reason.Trim(), null),
            _ => (0, "", null),
        };
    }

    Task<ModelAnswer<Comparison>> AskAsync(NodeRun run, Candidate first, Candidate second, CancellationToken cancellationToken) => Model.AskAsync(
        run,
        [
            ("description", DataBlock.Of("task", run.Text("description"))),
            ("first", DataBlock.Of("first change", first.Patch)),
            ("second", DataBlock.Of("second change", second.Patch)),
        ],
        NodeJsonContext.Default.Comparison, AnswerSchema, cancellationToken);
}
