using System.Collections.Immutable;
using System.Text.Json;

namespace TaskBot.Workspaces.Edits.Formats;

/// <summary>
/// JSON edits: <c>[{"path", "search", "replace"}]</c>, one such object, or <c>{"edits": [...]}</c>; instead of search and replace also
/// <c>content</c> (the whole file), <c>delete: true</c> or <c>rename_to</c>. The names that other tools use for these are understood.
/// </summary>
internal static class JsonEditParser
{
    private static readonly string[] PathNames = ["path", "file", "file_path", "filePath", "filename"];
    private static readonly string[] SearchNames = ["search", "old_string", "oldString", "old_str", "old_text", "old", "find"];
    private static readonly string[] ReplaceNames = ["replace", "new_string", "newString", "new_str", "new_text", "new", "replacement"];
    private static readonly string[] ContentNames = ["content", "contents", "text"];
    private static readonly string[] ListNames = ["edits", "changes", "files"];

    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 16 };

    public static bool IsIn(ReplyText text) => Candidates(text).Any(candidate => TryParse(candidate.Json, out var document) && Dispose(document));

    public static ParsedReply Parse(ReplyText text)
    {
        var edits = ImmutableArray.CreateBuilder<FileEdit>();
        var problems = ImmutableArray.CreateBuilder<EditReport>();
        foreach (var (json, line) in Candidates(text))
        {
            if (!TryParse(json, out var document)) continue;
            using (document)
            {
                foreach (var element in Elements(document.RootElement)) Read(element, line, edits, problems);
            }
        }
        return new ParsedReply(EditFormat.Json, edits.ToImmutable(), problems.ToImmutable());
    }

    private static bool Dispose(JsonDocument document)
    {
        document.Dispose();
        return true;
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
            yield return (body, fence.Open + 2);
        }
        if (found) yield break;
        var whole = string.Join('\n', text.Lines);
        var start = whole.AsSpan().IndexOfAny('[', '{');
        var end = whole.AsSpan().LastIndexOfAny(']', '}');
        if (start >= 0 && end > start) yield return (whole[start..(end + 1)], 1 + whole.AsSpan(0, start).Count('\n'));
    }

    private static bool TryParse(string json, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        try
        {
            document = JsonDocument.Parse(json, Options);
        }
        catch (JsonException)
        {
            // Other JSON-like text in a reply is not an edit; what is left is reported as "no edit" by the caller.
            return false;
        }
        if (Elements(document.RootElement).Any(IsEdit)) return true;
        document.Dispose();
        document = null;
        return false;
    }

    private static IEnumerable<JsonElement> Elements(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array) return root.EnumerateArray();
        if (root.ValueKind != JsonValueKind.Object) return [];
        foreach (var name in ListNames)
        {
            if (root.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array)
            {
                // {"path": ..., "edits": [...]} would need the path of the outer object; it is read edit by edit and refused for the path.
                return list.EnumerateArray();
            }
        }
        return [root];
    }

    private static bool IsEdit(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object
        && Text(element, PathNames) is not null
        && (Text(element, SearchNames) is not null || Text(element, ContentNames) is not null || Text(element, ["rename_to"]) is not null || IsDelete(element));

    private static void Read(
        JsonElement element, int line, ImmutableArray<FileEdit>.Builder edits, ImmutableArray<EditReport>.Builder problems)
    {
        var block = edits.Count + problems.Count + 1;
        if (!IsEdit(element))
        {
            problems.Add(ParsedReply.Problem(block, line, RefusalReason.Malformed,
                "The element is no edit. Each needs \"path\", and \"search\" with \"replace\", or \"content\", or \"delete\", or \"rename_to\"."));
            return;
        }
        var path = EditPath.Separators(Text(element, PathNames)!.Trim());
        var edit = new FileEdit { Block = block, ReplyLine = line, Action = FileAction.Change, Paths = [path] };
        var (search, replace) = (Text(element, SearchNames), Text(element, ReplaceNames));
        if (search is not null && replace is null)
        {
            problems.Add(ParsedReply.Problem(block, line, RefusalReason.Malformed, "The edit has \"search\" without \"replace\".", path));
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
        else if (Text(element, ContentNames) is { } content)
        {
            var lacksNewline = content.Length > 0 && !content.EndsWith('\n');
            edits.Add(edit with { Action = FileAction.Replace, Content = [.. SplitLines(content)], ContentLacksFinalNewline = lacksNewline });
        }
        else
        {
            edits.Add(IsDelete(element) ? edit with { Action = FileAction.Delete } : edit with { RenameTo = EditPath.Separators(Text(element, ["rename_to"])!) });
        }
    }

    private static bool IsDelete(JsonElement element) => element.TryGetProperty("delete", out var delete) && delete.ValueKind == JsonValueKind.True;

    private static string? Text(JsonElement element, string[] names)
    {
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
