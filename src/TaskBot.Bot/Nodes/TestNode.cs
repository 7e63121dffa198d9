using System.Collections.Immutable;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>Runs a tree's tests as its project says, or else as its files give away. Where no test ran, nothing is green.</summary>
public sealed class TestNode(RunScope scope) : INodeType
{
    public const string TypeName = "project.test";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Runs a tree's tests; a failing test, and no test at all, is a failure.")
    {
        Resources = TaskValue.MapOf(("cpu", 1)),
        Attributes = [SparseCheckout.Attribute],
        Inputs = [new("tree", ValueKind.Tree, "What is tested.") { Required = true }],
        Outputs =
        [
            new("log", ValueKind.Text, "The end of what the tests wrote."),
            new("report", ValueKind.Map, "How many passed, failed and were skipped."),
        ],
    };

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ProjectToolchain.Describe(scope.Project));

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var tested = await TreeTests.RunAsync(scope, run, run.Tree("tree"), cancellationToken);
        if (tested.Failure is { } failure) return failure;
        run.Report($"{tested.Report!.Passed} tests passed.");
        return NodeResult.Success(("log", tested.Log), ("report", TreeTests.Counts(tested.Report)));
    }
}
