using System.Collections.Immutable;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Refinement;

/// <summary>What a refinement found out.</summary>
/// <param name="Description">The task's description, corrected.</param>
/// <param name="Notes">What earlier attempts taught, rewritten to stay short.</param>
/// <param name="Summary">One sentence for people.</param>
/// <param name="Question">What only a person can say; null where nothing of that kind is missing.</param>
/// <param name="Files">Paths that whoever does the work next has to be shown besides.</param>
public sealed record Refined(string Description, ImmutableArray<string> Notes, string Summary, string? Question, ImmutableArray<string> Files);

/// <summary>The built-in task <c>taskbot:core/refine</c>: its inputs as a layer, its outputs as <see cref="Refined"/>.</summary>
public static class RefinementTask
{
    /// <param name="task">The branch whose description is to be corrected, as it was composed for the attempt that failed.</param>
    /// <param name="issue">What the run was asked for.</param>
    public static RunLayer Layer(TaskNode task, TaskValue issue, FailureRecord failure, string patch) =>
        new(
            "refine",
            TaskValue.MapOf(
                ("taskbot", 1),
                ("default", TaskLayers.Refinement.Name),
                ("nodes", TaskValue.MapOf((TaskLayers.Refinement.Name, TaskValue.MapOf(
                    ("uses", "taskbot:core/refine"),
                    ("description", task.Attributes["description"]),
                    ("notes", task.Attributes["notes"]),
                    ("issue", issue),
                    ("with", TaskValue.MapOf(("failure", failure.ToValue()), ("patch", patch)))))))).ToJson(),
            IsTrusted: true);

    /// <summary>The outputs of the refinement's one <c>llm.refine</c> node.</summary>
    public static Refined Read(RunResult result)
    {
        var outputs = result.Nodes.Values.Single(node => node.Node.Type == RefineNode.TypeName && node.State == NodeState.Succeeded).Outputs;
        return new(
            outputs["description"].Content.ToString(),
            [.. ((TaskValue.List)outputs["notes"].Content).Items.Select(note => note.ToString())],
            outputs["summary"].Content.ToString(),
            outputs.GetValueOrDefault("question")?.Content.AsText() is { Length: > 0 } question ? question : null,
            [.. (outputs.GetValueOrDefault("files")?.Content as TaskValue.List)?.Items.Select(file => file.ToString()) ?? []]);
    }
}
