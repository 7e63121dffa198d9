using System.Collections.Immutable;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>Shows what the files of a tree declare, those that a text speaks of before others, for the nodes that think.</summary>
public sealed class ContextMapNode(RunScope scope) : INodeType
{
    public const string TypeName = "context.map";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Maps a tree: what its files declare, those that a text speaks of first.")
    {
        AcceptsUntrusted = true,
        Attributes =
        [
            new("query", ValueKind.Text, "What matters, where no input says it."),
            new("paths", ValueKind.List, "Globs that limit what is mapped; none for everything.") { Default = TaskValue.ListOf([]) },
            new("maxTokens", ValueKind.Integer, "How many tokens to fill at most, estimated as bytes / 3.") { Default = 3000, Unit = "tokens" },
        ],
        Inputs =
        [
            new("tree", ValueKind.Tree, "What to map.") { Required = true },
            new("query", ValueKind.Any, "What matters: a text, or an issue with its title and body."),
        ],
        Outputs = [new("context", ValueKind.Text, "Each path in order, with a line for each declaration; declarations stand whole or not at all.")],
    };

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ContextQuestion.Environment(scope));

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken) => ContextQuestion.Of(scope, run) is { } question
        ? NodeResult.Success(("context", await scope.Search.MapAsync(question, run.Node.Integer("maxTokens"), cancellationToken)))
        : NodeResult.Failure($"{run.Node.Path} has nothing to rank by. Connect 'query', or write 'query: words'.");
}
