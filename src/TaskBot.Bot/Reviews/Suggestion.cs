using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using TaskBot.Bot.Forges;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Reviews;

/// <summary>
/// Lines that a reviewer wrote as they should be (a <c>suggestion</c> block). They take the place of exactly the lines that were commented on, and
/// only where those still stand at that place, unchanged: a suggestion in the wrong place is worse than none.
/// </summary>
/// <param name="Remark">The comment that it stands in.</param>
/// <param name="StartLine">1-based, the first line that goes.</param>
/// <param name="Line">1-based, the last line that goes.</param>
/// <param name="Commit">The commit that the lines are counted in.</param>
/// <param name="Old">What stood there; lines end with LF, the last one without.</param>
/// <param name="New">What takes its place, in the same form; null where the lines just go.</param>
public sealed record Suggestion(long Remark, string Path, int StartLine, int Line, string Commit, string Old, string? New)
{
    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The texts of a comment's suggestion blocks; null for one that is empty.</summary>
    public static ImmutableArray<string?> BlocksOf(string body)
    {
        var blocks = ImmutableArray.CreateBuilder<string?>();
        string? fence = null;
        var lines = new List<string>();
        foreach (var line in body.ReplaceLineEndings("\n").Split('\n'))
        {
            var ticks = line.TrimStart(' ').TakeWhile(character => character == '`').Count();
            if (fence is null)
            {
                if (ticks >= 3 && line.Trim().TrimStart('`').Trim() == "suggestion") (fence, lines) = (new string('`', ticks), []);
            }
            else if (ticks >= fence.Length && line.Trim().Trim('`').Length == 0)
            {
                blocks.Add(lines.Count == 0 ? null : string.Join('\n', lines));
                fence = null;
            }
            else
            {
                lines.Add(line);
            }
        }

        return blocks.DrainToImmutable();
    }

    /// <summary>The suggestion of a comment; null where it has none, or none that says which lines it replaces.</summary>
    public static async Task<Suggestion?> OfAsync(ReviewRemark remark, IForge forge, RepositoryName repository, CancellationToken cancellationToken)
    {
        if (BlocksOf(remark.Body) is not [var text] || !remark.IsOnNewSide || remark.Line < 1 || remark.StartLine < 1 || remark.StartLine > remark.Line) return null;
        if (await forge.FindFileAsync(repository, remark.Path, remark.Commit, cancellationToken) is not { } file || Read(file) is not { } lines || remark.Line > lines.Length) return null;
        return new(remark.Id, remark.Path, remark.StartLine, remark.Line, remark.Commit, Lines(lines, remark.StartLine, remark.Line), text);
    }

    /// <summary>Applies suggestions, those of one commit from the bottom up, one commit after the other.</summary>
    /// <returns>The tree, and of each suggestion that does not fit its comment and why.</returns>
    public static async Task<(TreeId Tree, ImmutableSortedDictionary<long, string> Refused)> ApplyAsync(
        GitRepository git, TreeId tree, IReadOnlyCollection<Suggestion> suggestions, CancellationToken cancellationToken)
    {
        var refused = ImmutableSortedDictionary.CreateBuilder<long, string>();
        foreach (var commit in suggestions.GroupBy(suggestion => suggestion.Commit))
        {
            foreach (var suggestion in commit.OrderByDescending(suggestion => suggestion.StartLine))
            {
                var entry = await git.Tree(tree).ReadAsync(suggestion.Path, cancellationToken);
                if (entry is null || Read(entry.Content) is not { } lines)
                    refused[suggestion.Remark] = $"{suggestion.Path} is no text file any more.";
                else if (suggestion.Line > lines.Length || Lines(lines, suggestion.StartLine, suggestion.Line) != suggestion.Old)
                    refused[suggestion.Remark] = $"The lines {suggestion.StartLine} to {suggestion.Line} of {suggestion.Path} are not those any more that the suggestion was written for.";
                else
                    tree = await git.WriteTreeAsync(tree, [new FileChange(suggestion.Path, entry with { Content = suggestion.Replace(lines) })], cancellationToken);
            }
        }

        return (tree, refused.ToImmutable());
    }

    /// <summary>As an attribute of the node that publishes.</summary>
    public TaskValue ToValue() => TaskValue.MapOf(
        ("remark", Remark), ("path", Path), ("startLine", StartLine), ("line", Line), ("commit", Commit), ("old", Old), ("new", New is null ? TaskValue.Null.Value : New));

    /// <summary>Reads what <see cref="ToValue"/> wrote.</summary>
    public static ImmutableArray<Suggestion> ListOf(TaskValue? value) => value is not TaskValue.List list ? [] :
    [
        .. list.Items.OfType<TaskValue.Map>().Select(map => new Suggestion(
            Number(map, "remark"), map.Entries["path"].ToString(), (int)Number(map, "startLine"), (int)Number(map, "line"), map.Entries["commit"].ToString(),
            map.Entries["old"].ToString(), map.Entries.GetValueOrDefault("new")?.AsText())),
    ];

    static long Number(TaskValue.Map map, string key) => ((TaskValue.Integer)map.Entries[key]).Value;

    byte[] Replace(string[] lines)
    {
        // The file's own line ends: as the first line that goes has them.
        var end = lines[StartLine - 1].EndsWith('\r') ? "\r" : "";
        var written = New?.Split('\n').Select(line => line + end) ?? [];
        var isLast = Line == lines.Length;
        string[] after = [.. lines[..(StartLine - 1)], .. written, .. lines[Line..]];
        if (isLast && after.Length > 0) after[^1] = after[^1].TrimEnd('\r');
        return Strict.GetBytes(string.Join('\n', after));
    }

    /// <summary>Lines as git counts them, a final empty one for a text that ends with a line end; null where it is no text.</summary>
    static string[]? Read(ReadOnlyMemory<byte> file)
    {
        try
        {
            return Strict.GetString(file.Span).Split('\n');
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    static string Lines(string[] lines, int start, int end) => string.Join('\n', lines[(start - 1)..end].Select(line => line.TrimEnd('\r')));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Path}:{StartLine}-{Line}");
}
