using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>Recalls what earlier runs with a similar request taught: what worked, and what to avoid. Knowing nothing is fine.</summary>
public sealed class ContextMemoryNode(RunScope scope) : INodeType
{
    public const string TypeName = "context.memory";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Recalls what earlier runs with a similar request taught.")
    {
        AcceptsUntrusted = true,
        Attributes = [new("limit", ValueKind.Integer, "How many lessons at most.") { Default = 4 }],
        Inputs = [new("query", ValueKind.Any, "The request: a text, or an issue with its title and body.") { Required = true }],
        Outputs =
        [
            new("context", ValueKind.Text, "What worked before and what to avoid; empty where nothing is known."),
            new("patterns", ValueKind.List, "The lessons' ids."),
        ],
    };

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add(
            "memory",
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', scope.Known.Select(pattern => $"{pattern.Id} {pattern.Helped} {pattern.Hurt}")))))[..16]));

    /// <summary>Ids of the patterns that the nodes of an attempt were shown.</summary>
    public static IEnumerable<string> Recalled(RunResult result) => result.Nodes.Values.Where(node => node.Node.Type == TypeName && node.State == NodeState.Succeeded)
        .SelectMany(node => ((TaskValue.List)node.Outputs["patterns"].Content).Items).Select(id => id.ToString());

    public ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var recalled = PatternMemory.Recall(scope.Known, ContextQuestion.Text(run), scope.Run.CreatedAt, run.Node.Integer("limit"));
        run.Report(recalled.IsEmpty ? "Nothing like it is remembered." : $"Remembered {string.Join(", ", recalled.Select(pattern => $"'{pattern.Title}'"))}.");
        return ValueTask.FromResult<NodeResult>(NodeResult.Success(
            ("context", string.Join("\n\n", new[] { Part("Worked before:", PatternKind.Solution), Part("Avoid this:", PatternKind.Failure) }.Where(part => part.Length > 0))),
            ("patterns", TaskValue.ListOf(recalled.Select(pattern => (TaskValue)pattern.Id)))));

        string Part(string heading, PatternKind kind) => recalled.Any(pattern => pattern.Kind == kind)
            ? $"{heading}\n{string.Join('\n', recalled.Where(pattern => pattern.Kind == kind).Select(pattern => $"- {pattern.Title.ReplaceLineEndings(" ")}: {pattern.Lesson.ReplaceLineEndings(" ")}"))}"
            : "";
    }
}
