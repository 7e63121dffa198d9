using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace TaskBot.Workspaces.Edits;

/// <summary>Paths as models write them, and which of them may be written.</summary>
internal static partial class EditPath
{
    private const int MaxLength = 1024;

    /// <summary>
    /// The path that a line of prose names, or null where the line is anything else: list marks, headings, labels, Markdown and a final
    /// colon may stand around it, words may not. A path with blanks counts only where it is marked as code, bold or by a tag.
    /// </summary>
    public static string? FromLine(string line, bool allowBareName)
    {
        var text = CommentPattern().Replace(ListMarkPattern().Replace(line.Trim(), ""), "${text}").TrimStart('#', ' ');
        text = LabelPattern().Replace(text, "");
        var isTagged = TagPattern().Match(text) is { Success: true } tag && (text = tag.Groups["path"].Value).Length > 0;
        var isMarked = isTagged || (text.Length > 2 && text[0] is '`' or '*' && text.TrimEnd(':')[^1] is '`' or '*');
        text = LabelPattern().Replace(text.Trim('*', ' '), "").TrimEnd(':').Trim('*', '`', '"', '\'', ' ').TrimEnd(':');
        var path = Separators(text);
        return LooksLikePath(path, allowBareName) && (isMarked || !path.Contains(' ')) ? path : null;
    }

    /// <summary>The one path that a short line of prose ends with, marked as code: <c>1. In `src/a.cs`:</c>. Only where a block follows that has to match it.</summary>
    public static string? FromProse(string line) =>
        ProsePattern().Match(line.Trim()) is { Success: true } prose && Separators(prose.Groups["path"].Value.Trim()) is var path && LooksLikePath(path, allowBareName: false) ? path : null;

    /// <summary>A path, and what it is without git's prefix where no such file is there.</summary>
    public static ImmutableArray<string> Spellings(string path)
    {
        path = Separators(path);
        return path is ['a' or 'b', '/', _, ..] ? [path, path[2..]] : [path];
    }

    /// <summary>Backslashes become slashes; leading <c>./</c> goes.</summary>
    public static string Separators(string path)
    {
        // Windows and UNC roots keep their shape, for they are to be refused, not repaired.
        path = path.Replace('\\', '/');
        while (path.StartsWith("./", StringComparison.Ordinal)) path = path[2..];
        return path;
    }

    private static bool LooksLikePath(string path, bool allowBareName) =>
        path.Length is > 0 and <= MaxLength
        && path[^1] is not ('.' or '/')
        && PathPattern().IsMatch(path)
        && !path.Contains("...", StringComparison.Ordinal)
        && (path.Contains('/') || path.IndexOf('.', 1) > 0 || path[0] == '.' || allowBareName || BareNamePattern().IsMatch(path));

    /// <summary>
    /// Why this path must not be written, or null. A path stays below the root, names no drive, and never enters git's own folder under any
    /// of the names that file systems know it by (any case, trailing dots and blanks, the short name <c>git~1</c>, streams, and characters
    /// that HFS+ ignores): the list is git's own, from <c>verify_path</c> and <c>is_hfs_dotgit</c>/<c>is_ntfs_dotgit</c>.
    /// </summary>
    public static string? WhyUnsafe(string path)
    {
        if (path.Length == 0) return "it is empty";
        if (path.Length > MaxLength) return $"it has more than {MaxLength} characters";
        if (path[0] is '/' or '\\' or '~') return "it is not relative to the root";
        if (path.Length >= 2 && path[1] == ':' && char.IsAsciiLetter(path[0])) return "it names a drive";
        if (path.Any(char.IsControl)) return "it has a control character";
        foreach (var part in path.Split('/', '\\'))
        {
            if (part.Length == 0) return "it has an empty part";
            if (part is "." or ".." || part.TrimEnd(' ', '.').Length == 0) return "it leaves the root";
            if (IsGitFolder(part)) return "it is inside git's own folder";
        }
        return null;
    }

    private static bool IsGitFolder(string part)
    {
        var stream = part.IndexOf(':');
        if (stream >= 0) part = part[..stream];
        part = string.Concat(part.Where(character => !IsIgnoredByHfs(character))).TrimEnd(' ', '.');
        return part.Equals(".git", StringComparison.OrdinalIgnoreCase) || part.Equals("git~1", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsIgnoredByHfs(char character) => character
        is (>= '\u200C' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or (>= '\u206A' and <= '\u206F') or '\uFEFF';

    [GeneratedRegex(@"^(?:[*_#\s]*)(?:file\s*name|file\s*path|file|path|filename|filepath)\s*[:=]\s*", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex LabelPattern();

    [GeneratedRegex("^<(?<tag>path|file|file_path|filename|filepath)>(?<path>[^<>]+)</[a-z_]+>$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex TagPattern();

    /// <summary>A comment of the file's own language, where the path stands in the fence.</summary>
    [GeneratedRegex(@"^(?://+|--|;+|%+|/\*+|<!--)\s+(?<text>\S.*?)(?:\s*(?:\*/|-->))?$", RegexOptions.NonBacktracking)]
    private static partial Regex CommentPattern();

    [GeneratedRegex(@"^(?:[-+*]|\d+[.)])?\s*(?:[^\s`]+\s+){1,4}`(?<path>[^`]+)`\s*:?$", RegexOptions.NonBacktracking)]
    private static partial Regex ProsePattern();

    [GeneratedRegex(@"^(?:[-+*]|\d+[.)])\s+", RegexOptions.NonBacktracking)]
    private static partial Regex ListMarkPattern();

    [GeneratedRegex(@"^[^\s<>|""'`*?;,=]+(?: [^\s<>|""'`*?;,=]+)*$", RegexOptions.NonBacktracking)]
    private static partial Regex PathPattern();

    [GeneratedRegex("^(?:Makefile|Dockerfile|Containerfile|Jenkinsfile|Procfile|Gemfile|Rakefile|Vagrantfile|LICENSE|README|CHANGELOG|CODEOWNERS)$", RegexOptions.NonBacktracking)]
    private static partial Regex BareNamePattern();
}
