using System.Text.RegularExpressions;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Asks whether what a text takes for granted is there: the files, the symbols and the versions that it names. It reads and compares, and
/// needs no model. What is to be made anew is missing too, so that missing is a fact for others to use, and a failure only where a node says so.
/// </summary>
public sealed partial class PremiseNode(RunScope scope) : INodeType
{
    /// <summary>A text that names more things than this is a log.</summary>
    const int MaxNames = 60;

    public const string TypeName = "verify.premise";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Checks that the files, symbols and versions that a text names exist in a tree.")
    {
        AcceptsUntrusted = true,
        Attributes = [new("strict", ValueKind.Truth, "True where something missing is a failure.") { Default = false }],
        Inputs =
        [
            new("tree", ValueKind.Tree, "Where they should be.") { Required = true },
            new("description", ValueKind.Text, "The text.") { Required = true },
        ],
        Outputs =
        [
            new("holds", ValueKind.Truth, "True where everything that is named is there."),
            new("found", ValueKind.List, "What is there."),
            new("missing", ValueKind.List, "What is not: kind, name, and nearest where something like it is there."),
            new("context", ValueKind.Text, "The same in sentences, for nodes that think."),
        ],
    };

    public NodeTypeSchema Schema => TypeSchema;

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var tree = scope.Objects.Tree(run.Tree("tree"));
        var paths = await tree.ListAsync(cancellationToken);
        var named = Names(run.Text("description"), paths).Take(MaxNames).ToList();
        var texts = named.Any(name => name.Kind != "file") ? await SourceAsync(tree, paths, cancellationToken) : [];
        var found = new List<(string Kind, string Name)>();
        var missing = new List<(string Kind, string Name, string? Nearest)>();
        foreach (var (kind, name) in named)
        {
            if (kind == "file" ? IsPath(name, paths) : texts.Any(text => Holds(text, name))) found.Add((kind, name));
            else missing.Add((kind, name, Nearest(kind, name, paths, texts)));
        }

        run.Report($"{found.Count} of {named.Count} things that the text names are there.");
        var sentences = missing.Select(one => one.Nearest is { } near ? $"There is no {one.Kind} '{one.Name}'; the nearest is '{near}'." : $"There is no {one.Kind} '{one.Name}'.").ToList();
        var facts = TaskValue.ListOf(missing.Select(one => TaskValue.MapOf(("kind", one.Kind), ("name", one.Name), ("nearest", one.Nearest is { } near ? near : TaskValue.Null.Value))));
        if (missing.Count > 0 && run.Node.Truth("strict"))
            return NodeResult.Failure($"The text takes for granted what is not there. {string.Join(' ', sentences)}", ("missing", facts));
        return NodeResult.Success(
            ("holds", missing.Count == 0),
            ("found", TaskValue.ListOf(found.Select(one => (TaskValue)$"{one.Kind} {one.Name}"))),
            ("missing", facts),
            ("context", string.Join('\n', sentences)));
    }

    /// <summary>
    /// What a text names, each once, in its order: paths (a name without folders only with an ending that some file of the tree has, for
    /// <c>Order.Total</c> is none), what stands in backquotes like code, calls, versions.
    /// </summary>
    static IEnumerable<(string Kind, string Name)> Names(string text, IReadOnlyList<string> paths)
    {
        var endings = paths.Select(path => System.IO.Path.GetExtension(path).ToLowerInvariant()).ToHashSet(StringComparer.Ordinal);
        var names = new List<(int At, string Kind, string Name)>();
        foreach (Match match in Path().Matches(text))
        {
            var name = match.Value.Replace('\\', '/').TrimStart('/');
            if (name.Contains('/', StringComparison.Ordinal) || endings.Contains(System.IO.Path.GetExtension(name).ToLowerInvariant())) names.Add((match.Index, "file", name));
        }

        foreach (Match match in Version().Matches(text)) names.Add((match.Index, "version", match.Groups["number"].Value));
        foreach (Match match in Symbol().Matches(text))
        {
            var symbol = match.Groups["name"].Value;
            if (!names.Any(name => name.At <= match.Index + match.Length && match.Index <= name.At + name.Name.Length)) names.Add((match.Index, "symbol", symbol[(symbol.LastIndexOfAny(['.', ':', '#']) + 1)..]));
        }

        return names.OrderBy(name => name.At).Select(name => (name.Kind, name.Name)).Distinct();
    }

    static bool IsPath(string name, IReadOnlyList<string> paths) =>
        paths.Any(path => path == name || path.EndsWith($"/{name}", StringComparison.Ordinal) || path.StartsWith($"{name.TrimEnd('/')}/", StringComparison.Ordinal));

    static string? Nearest(string kind, string name, IReadOnlyList<string> paths, IReadOnlyList<string> texts) => kind switch
    {
        "file" => Suggestion.Nearest(name[(name.LastIndexOf('/') + 1)..], paths.Select(path => path[(path.LastIndexOf('/') + 1)..])) is { } file
            ? paths.First(path => path == file || path.EndsWith($"/{file}", StringComparison.Ordinal))
            : null,
        "symbol" => Suggestion.Nearest(name, texts.SelectMany(text => Word().Matches(text).Select(match => match.Value)).Where(word => Math.Abs(word.Length - name.Length) <= 2).Distinct(StringComparer.Ordinal)),
        _ => null,
    };

    static async Task<IReadOnlyList<string>> SourceAsync(GitTree tree, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var texts = new List<string>();
        foreach (var path in paths)
            if (await TreeTools.TextAsync(tree, path, TreeTools.MaxSearchedBytes, cancellationToken) is { } text) texts.Add(text);
        return texts;
    }

    /// <summary>Whether a text holds a name as a whole word.</summary>
    static bool Holds(string text, string name)
    {
        for (var at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            if ((at == 0 || !IsWord(text[at - 1])) && (at + name.Length == text.Length || !IsWord(text[at + name.Length]))) return true;
        }

        return false;
    }

    static bool IsWord(char character) => char.IsLetterOrDigit(character) || character == '_';

    /// <summary>A file name with an ending that begins with a letter, with or without folders before it; no address of the web.</summary>
    [GeneratedRegex(@"(?<![\w/.:@-])(?!https?:)(?:[\w.@+-]+[/\\])*[\w@+-][\w.@+-]*\.(?:[A-Za-z][A-Za-z0-9]{0,9})(?![\w(/]|\.\w)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Path();

    /// <summary>Code in backquotes that is one name, with or without a call; or a name with a call anywhere.</summary>
    [GeneratedRegex(@"`(?<name>[A-Za-z_][\w.:#]*)(?:\([^`]*\))?`|(?<![\w`.])(?<name>[A-Za-z_]\w*(?:(?:\.|::|#)[A-Za-z_]\w*)*)\(\)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Symbol();

    [GeneratedRegex(@"(?<![\w.])(?:v|version )(?<number>\d+\.\d+(?:\.\d+)?(?:-[\w.]*\w)?)(?![\w])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();

    [GeneratedRegex(@"[A-Za-z_]\w*", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
