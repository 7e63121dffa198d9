using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace TaskBot.Workspaces.Edits.Formats;

/// <summary>
/// JSON edits: <c>[{"path", "search", "replace"}]</c>, one such object, several one after the other, or <c>{"edits": [...]}</c>, also with the
/// path outside of the list; instead of search and replace also <c>content</c> (the whole file), <c>delete: true</c> or <c>rename_to</c>. The
/// names that other tools use for these are understood, and their calls.
/// </summary>
internal static class JsonEditParser
{
    private static readonly string[] PathNames = ["path", "file", "file_path", "filePath", "filename", "target_file"];
    private static readonly string[] SearchNames = ["search", "old_string", "oldString", "old_str", "old_text", "oldText", "old", "find", "original"];
    private static readonly string[] ReplaceNames =
        ["replace", "new_string", "newString", "new_str", "new_text", "newText", "new", "replacement", "updated"];
    private static readonly string[] ContentNames = ["content", "contents", "text", "file_text"];
    private static readonly string[] RenameNames = ["rename_to"];
    private static readonly string[] ListNames = ["edits", "changes", "files", "replacements"];

    /// <summary>Where a call of a tool has what it was called with.</summary>
    private static readonly string[] CallNames = ["arguments", "input", "parameters"];

    private static readonly JsonReaderOptions Options =
        new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 16, AllowMultipleValues = true };

    public static bool IsIn(ReplyText text) => Candidates(text).Any(candidate => Edits(candidate.Json) is { Count: > 0 });

    public static ParsedReply Parse(ReplyText text)
    {
        var edits = ImmutableArray.CreateBuilder<FileEdit>();
        var problems = ImmutableArray.CreateBuilder<EditReport>();
        foreach (var (json, line) in Candidates(text))
        {
            if (Edits(json) is { } elements)
            {
                foreach (var element in elements) Read(element, line, edits, problems);
            }
            else if (Array.Exists(SearchNames, name => json.Contains($"\"{name}\"", StringComparison.Ordinal)))
            {
                problems.Add(ParsedReply.Problem(edits.Count + problems.Count + 1, line, RefusalReason.Malformed,
                    "The text looks like JSON edits and is no JSON. Write it again, with quotes and line ends in strings escaped."));
            }
        }
        return new ParsedReply(EditFormat.Json, edits.ToImmutable(), problems.ToImmutable());
    }

    /// <summary>The patch that a call of Codex's tool carries as a string; null where there is none.</summary>
    public static ReplyText? PatchIn(ReplyText text)
    {
        var patches = new List<string>();
        foreach (var (json, _) in Candidates(text).Where(candidate => candidate.Json.Contains("*** Begin Patch", StringComparison.Ordinal)))
        {
            try
            {
                var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), Options);
                while (reader.Read())
                {
                    if (reader.TokenType == JsonTokenType.String && reader.GetString() is { } found && found.Contains("*** Begin Patch", StringComparison.Ordinal)) patches.Add(found);
                }
            }
            catch (JsonException)
            {
                // Half a call is no patch, and what comes before the break is not read either.
                return null;
            }
        }
        return patches.Count > 0 ? new ReplyText(string.Join('\n', patches)) : null;
    }

    /// <summary>Closed fences that hold an array or an object; else the reply from its first to its last bracket.</summary>
    private static IEnumerable<(string Json, int Line)> Candidates(ReplyText text)
    {
        var found = false;
        foreach (var fence in text.Fences.Where(fence => fence.IsClosed))
        {
            var body = string.Join('\n', text.Lines.AsSpan(fence.Open + 1, fence.Close - fence.Open - 1)!);
            if (body.AsSpan().TrimStart() is not ['[' or '{', ..]) continue;
            found = true;
            // Below the name of a JSON file stands that file, whatever it looks like.
            if (WholeFileParser.PathOf(text.Lines, fence.Open) is not { } path || !IsJsonFile(path)) yield return (body, fence.Open + 2);
        }
        if (found) yield break;
        var whole = string.Join('\n', text.Lines);
        var start = whole.AsSpan().IndexOfAny('[', '{');
        var end = whole.AsSpan().LastIndexOfAny(']', '}');
        if (start >= 0 && end > start) yield return (whole[start..(end + 1)], 1 + whole.AsSpan(0, start).Count('\n'));
    }

    private static bool IsJsonFile(string path) => Path.GetExtension(path).StartsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>The elements of a text with edits among them; empty where it has none; null where it is no JSON.</summary>
    private static List<Element>? Edits(string json)
    {
        var elements = new List<Element>();
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), Options);
            while (reader.Read()) elements.AddRange(Elements(JsonElement.ParseValue(ref reader), path: null));
        }
        catch (JsonException)
        {
            return null;
        }
        return elements.Exists(element => element.IsEdit) ? elements : [];
    }

    /// <summary>The edits in an array, under a known name of an object, or in a call of a tool; they take the path of what they stand in.</summary>
    private static IEnumerable<Element> Elements(JsonElement root, string? path)
    {
        if (root.ValueKind == JsonValueKind.Array) return root.EnumerateArray().SelectMany(element => Elements(element, path));
        if (root.ValueKind != JsonValueKind.Object) return [new Element(root, path)];
        path = Text(root, PathNames) ?? path;
        foreach (var name in ListNames)
        {
            if (root.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array) return Elements(list, path);
        }
        foreach (var name in CallNames)
        {
            if (root.TryGetProperty(name, out var call) && call.ValueKind == JsonValueKind.Object) return Elements(call, path);
        }
        return [new Element(root, path)];
    }

    /// <summary>A JSON value that may be an edit.</summary>
    /// <param name="Path">Its own path, or that of what it stands in.</param>
    private readonly record struct Element(JsonElement Value, string? Path)
    {
        public string? Search => Text(Value, SearchNames);

        public string? Content => Text(Value, ContentNames);

        public string? RenameTo => Text(Value, RenameNames);

        public bool IsDelete => Value.ValueKind == JsonValueKind.Object && Value.TryGetProperty("delete", out var delete) && delete.ValueKind == JsonValueKind.True;

        public bool IsEdit => Value.ValueKind == JsonValueKind.Object && Path is not null && ((Search ?? Content ?? RenameTo) is not null || IsDelete);
    }

    private static void Read(
        Element element, int line, ImmutableArray<FileEdit>.Builder edits, ImmutableArray<EditReport>.Builder problems)
    {
        var block = edits.Count + problems.Count + 1;
        void Refuse(string message) => problems.Add(ParsedReply.Problem(block, line, RefusalReason.Malformed, message, element.Path));
        if (!element.IsEdit)
        {
            Refuse("The element is no edit. Each needs \"path\", and \"search\" with \"replace\", or \"content\", or \"delete\", or \"rename_to\".");
            return;
        }
        var edit = new FileEdit
        {
            Block = block,
            ReplyLine = line,
            Action = FileAction.Change,
            Paths = EditPath.Spellings(element.Path!.Trim()),
            RenameTo = element.RenameTo is { } target ? EditPath.Separators(target) : null,
        };
        var (search, content, replace) = (element.Search, element.Content, Text(element.Value, ReplaceNames));
        var ways = (search is null ? 0 : 1) + (content is null ? 0 : 1) + (element.IsDelete ? 1 : 0);
        if (ways > 1 || (edit.RenameTo is not null && search is not { Length: > 0 } && ways > 0))
        {
            Refuse("The edit says several things of the file. Write one of \"search\", \"content\" and \"delete\"; \"rename_to\" goes with \"search\" only.");
        }
        else if (search is not null && replace is null)
        {
            Refuse("The edit has \"search\" without \"replace\".");
        }
        else if (search is { Length: > 0 })
        {
            edits.Add(edit with
            {
                Hunks = [new Hunk { Block = block, ReplyLine = line, Lines = LineDiff.Compare(SplitLines(search), SplitLines(replace!)) }],
            });
        }
        else if (search is not null)
        {
            edits.Add(edit with { Action = FileAction.Create, Content = [.. SplitLines(replace!)] });
        }
        else if (content is not null)
        {
            var lacksNewline = content.Length > 0 && !content.EndsWith('\n');
            edits.Add(edit with { Action = FileAction.Replace, Content = [.. SplitLines(content)], ContentLacksFinalNewline = lacksNewline });
        }
        else
        {
            edits.Add(element.IsDelete ? edit with { Action = FileAction.Delete } : edit);
        }
    }

    private static string? Text(JsonElement element, string[] names)
    {
        if (element.ValueKind != JsonValueKind.Object) return null;
        foreach (var name in names)
        {
            if (element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String) return value.GetString();
        }
        return null;
    }

    /// <summary>Whole lines: a newline at the end ends the last line and starts no further one.</summary>
    private static string[] SplitLines(string text)
    {
        if (text.Length == 0) return [];
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }
}
