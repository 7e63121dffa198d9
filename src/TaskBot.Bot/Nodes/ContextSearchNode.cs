using System.Collections.Immutable;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>Finds the files that a text speaks of, for the nodes that think.</summary>
public sealed class ContextSearchNode(RunScope scope) : INodeType
{
    const int MaxFiles = 12;

    public const string TypeName = "context.search";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Searches a tree for code that a text speaks of.")
    {
        AcceptsUntrusted = true,
        Attributes =
        [
            new("query", ValueKind.Text, "What to look for, where no input says it."),
            new("paths", ValueKind.List, "Globs that limit where to look; none for everywhere.") { Default = TaskValue.ListOf([]) },
            new("optional", ValueKind.Truth, "True where finding nothing is fine.") { Default = false },
            new("maxTokens", ValueKind.Integer, "About how many tokens to fill at most.") { Default = 12_000, Unit = "tokens" },
        ],
        Inputs =
        [
            new("tree", ValueKind.Tree, "Where to look.") { Required = true },
            new("query", ValueKind.Any, "What to look for: a text, or an issue with its title and body."),
        ],
        Outputs =
        [
            new("context", ValueKind.Text, "The best places, each under a heading with its path."),
            new("files", ValueKind.List, "Paths of the files that are shown whole."),
        ],
    };

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(MeaningfulSearch.Describe(scope) is { } models ? ContextQuestion.Environment(scope).Add(MeaningfulSearch.Profile, models) : ContextQuestion.Environment(scope));

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        if (ContextQuestion.Of(scope, run) is not { } question)
            return NodeResult.Failure($"{run.Node.Path} has nothing to look for. Connect 'query', or write 'query: words'.");

        var found = await scope.FindAsync(run, question with { Limit = MaxFiles }, cancellationToken);
        run.Report(found.Count == 0 ? "Found nothing." : $"Found {string.Join(", ", found.Select(hit => $"{hit.Path} ({hit.Reasons[0]})"))}.");
        if (found.Count == 0 && !run.Node.Truth("optional"))
        {
            return NodeResult.Failure(
                $"Nothing in the tree speaks of what {run.Node.Path} looks for. Name files or words of the code in the issue, or write 'optional: true'.",
                ("query", question.Text));
        }

        var context = new FileContext(scope.Objects.Tree(run.Tree("tree")), run.Node.Integer("maxTokens"));
        foreach (var hit in found) await context.AddFileAsync(hit.Path, cancellationToken);
        return NodeResult.Success(("context", context.ToString()), ("files", TaskValue.ListOf(context.Whole.Select(TaskValue.FromString))));
    }
}
