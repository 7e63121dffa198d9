using System.Collections.Immutable;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>Builds a tree as its project says, or else as its files give away.</summary>
public sealed class BuildNode(RunScope scope) : INodeType
{
    public const string TypeName = "project.build";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Builds a tree with the project's own command, or the one that its files give away.")
    {
        Resources = TaskValue.MapOf(("cpu", 1)),
        Attributes = [SparseCheckout.Attribute],
        Inputs = [new("tree", ValueKind.Tree, "What is built.") { Required = true }],
        Outputs = [new("log", ValueKind.Text, "The end of what the build wrote.")],
    };

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ProjectToolchain.Describe(scope.Project));

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        if (SparseCheckout.Refuse(run) is { } refused) return refused;
        var tree = run.Tree("tree");
        var found = await ProjectToolchain.FindAsync(scope, tree, toolchain => toolchain.Build, cancellationToken);
        if (found.Chosen is not { } toolchain)
        {
            return found.Known.Count > 0
                ? NodeResult.Success(("log", $"There is nothing to build: {string.Join(", ", found.Known.Select(known => known.Reason))} names no build."))
                : NodeResult.Failure(
                    $"It is not known how this repository is built. Write the shell line to {Project.FilePath}, for example 'build: make', "
                    + $"or take {run.Node.Path} out with 'active: false'.");
        }

        run.Report($"Building with {toolchain.Name} ({toolchain.Reason}).");
        await using var checkout = await scope.Checkouts.RentAsync(tree, keepIgnored: false, SparseCheckout.Folders(run), cancellationToken);
        var ended = await ProjectToolchain.RunAsync(scope, run, checkout, toolchain, [(toolchain.Restore, true), (toolchain.Build, false)], cancellationToken);
        return ended.Failure ?? (NodeResult)NodeResult.Success(("log", ended.Log));
    }
}
