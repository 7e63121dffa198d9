using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>Finds the files that a text speaks of, for the nodes that think.</summary>
public sealed class ContextSearchNode(RunScope scope) : INodeType
{
    const int MaxFiles = 12;

    /// <summary>How deep into the ranking to look where globs leave little of it.</summary>
    const int MaxRanked = 500;

    public const string TypeName = "context.search";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Searches a tree for code that a text speaks of.")
    {
        AcceptsUntrusted = true,
        Attributes =
        [
            new("query", ValueKind.Text, "What to look for, where no input says it."),
            new("paths", ValueKind.List, "Globs that limit where to look; none for everywhere.") { Default = TaskValue.ListOf([]) },
            new("show", ValueKind.Text, "'files' for the best files' content, 'definitions' for what the best files define, a line each.") { Default = "files", AllowedValues = ["files", "definitions"] },
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

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var query = Query(run);
        if (string.IsNullOrWhiteSpace(query))
            return NodeResult.Failure($"{run.Node.Path} has nothing to look for. Connect 'query', or write 'query: words'.");

        var tree = scope.Objects.Tree(run.Tree("tree"));
        var maxTokens = run.Node.Integer("maxTokens");
        if (run.Node.Text("show") == "definitions")
            return NodeResult.Success(("context", await scope.Search.MapAsync(tree, query, maxTokens, cancellationToken)), ("files", TaskValue.ListOf([])));

        var globs = run.Node.Texts("paths");
        var where = new PathPatterns(globs);
        var hits = await scope.Search.FindAsync(tree, query, globs.IsEmpty ? MaxFiles : MaxRanked, cancellationToken);
        var found = hits.Where(hit => globs.IsEmpty || where.IsMatch(hit.Path)).Take(MaxFiles).ToList();
        run.Report(found.Count == 0 ? "Found nothing." : $"Found {string.Join(", ", found.Select(hit => $"{hit.Path} ({hit.Reason})"))}.");
        if (found.Count == 0 && !run.Node.Truth("optional"))
        {
            return NodeResult.Failure(
                $"Nothing in the tree speaks of what {run.Node.Path} looks for. Name files or words of the code in the issue, or write 'optional: true'.",
                ("query", query));
        }

        var context = new FileContext(tree, maxTokens);
        foreach (var hit in found) await context.AddFileAsync(hit.Path, cancellationToken);
        return NodeResult.Success(("context", context.ToString()), ("files", TaskValue.ListOf(context.Whole.Select(TaskValue.FromString))));
    }

    /// <summary>Of an issue its title and body count; its author and address are no words of the code.</summary>
    public static string Query(NodeRun run) => run.Inputs.GetValueOrDefault("query")?.Content switch
    {
        TaskValue.Map issue => string.Join('\n', new[] { "title", "body" }.Select(name => issue.Entries.GetValueOrDefault(name)?.AsText()).OfType<string>()),
        null => run.Node.Text("query") ?? "",
        _ => run.Text("query"),
    };
}
