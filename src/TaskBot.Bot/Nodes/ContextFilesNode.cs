using System.Collections.Immutable;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>Reads files that are known by their paths, for the nodes that think.</summary>
public sealed class ContextFilesNode(RunScope scope) : INodeType
{
    public const string TypeName = "context.files";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Reads files by path for the nodes that think.")
    {
        AcceptsUntrusted = true,
        Attributes =
        [
            new("paths", ValueKind.List, "Globs of files, read as .gitignore reads them; the first pattern's files come first.") { Default = TaskValue.ListOf([]) },
            new("project", ValueKind.Truth, "Also the project's vision, and the files that project.yml names under 'style' and 'context', before all others.") { Default = false },
            new("show", ValueKind.Text, "'whole' for the files' content, 'paths' for their names alone.") { Default = "whole", AllowedValues = ["whole", "paths"] },
            new("optional", ValueKind.Truth, "True where a pattern without any file is fine.") { Default = false },
            new("maxTokens", ValueKind.Integer, "About how many tokens to fill at most; what has no room is named.") { Default = 8000, Unit = "tokens" },
        ],
        Inputs = [new("tree", ValueKind.Tree, "Where the files are.") { Required = true }],
        Outputs =
        [
            new("context", ValueKind.Text, "Each file under a heading with its path; what was left out is named at the end."),
            new("files", ValueKind.List, "Paths of the files that are shown whole, or named."),
        ],
    };

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken)
    {
        var environment = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
        if (node.Truth("project"))
        {
            var project = scope.Project;
            environment = environment.Add("project", TaskValue.ListOf(
                [About(project), .. project.Style.Concat(project.Context).Select(TaskValue.FromString)]).ToJson());
        }

        return ValueTask.FromResult(environment);
    }

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var tree = scope.Objects.Tree(run.Tree("tree"));
        var ofProject = run.Node.Truth("project");
        ImmutableArray<string> patterns = [.. ofProject ? scope.Project.Style.Concat(scope.Project.Context) : [], .. run.Node.Texts("paths")];
        if (patterns.IsEmpty && !ofProject)
            return NodeResult.Failure($"{run.Node.Path} names no files. Write 'paths: [...]' in its layer, or 'project: true'.");

        var (files, missing) = Match(await tree.ListAsync(cancellationToken), patterns);
        foreach (var pattern in missing) run.Report($"No file matches '{pattern}'.");
        if (missing.Count > 0 && !run.Node.Truth("optional"))
        {
            return NodeResult.Failure(
                $"No file of the tree matches {string.Join(", ", missing.Select(pattern => $"'{pattern}'"))}. Correct 'paths' of {run.Node.Path}, or write 'optional: true'.",
                ("missing", TaskValue.ListOf(missing.Select(TaskValue.FromString))));
        }

        var maxTokens = run.Node.Integer("maxTokens");
        if (run.Node.Text("show") == "paths")
            return NodeResult.Success(("context", PathList.Render(files, maxTokens)), ("files", TaskValue.ListOf(files.Select(TaskValue.FromString))));

        var context = new FileContext(tree, maxTokens);
        if (ofProject) context.AddText(About(scope.Project));
        foreach (var file in files) await context.AddFileAsync(file, cancellationToken);
        return NodeResult.Success(("context", context.ToString()), ("files", TaskValue.ListOf(context.Whole.Select(TaskValue.FromString))));
    }

    /// <summary>The files of each pattern in turn, each once, and the patterns that have none.</summary>
    static (List<string> Files, List<string> Missing) Match(IReadOnlyList<string> paths, ImmutableArray<string> patterns)
    {
        var excluded = new PathPatterns(patterns.Where(pattern => pattern.StartsWith('!')).Select(pattern => pattern[1..]));
        var files = new List<string>();
        var missing = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pattern in patterns.Where(pattern => !pattern.StartsWith('!')))
        {
            var matcher = new PathPatterns([pattern]);
            var matches = paths.Where(path => matcher.IsMatch(path) && !excluded.IsMatch(path)).ToList();
            if (matches.Count == 0) missing.Add(pattern);
            files.AddRange(matches.Where(seen.Add));
        }

        return (files, missing);
    }

    static string About(Project project) => string.Join('\n', new[]
    {
        project.Vision is { } vision ? $"About the project: {vision}" : null,
        project.Languages.IsEmpty ? null : $"Languages: {string.Join(", ", project.Languages)}",
    }.OfType<string>());
}
