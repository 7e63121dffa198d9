using System.Collections.Immutable;

namespace TaskBot.Workspaces.Edits.Formats;

/// <summary>Reads a model's reply, prose and fences included, into edits of files. Looks at no file.</summary>
internal static class EditReply
{
    /// <summary>Bounds of one reply: far above what models write, low enough that no reply can stall a run.</summary>
    public const int MaxCharacters = 8 * 1024 * 1024;

    public const int MaxBlocks = 20_000;

    public static ParsedReply Parse(string reply, EditFormat format)
    {
        if (reply.Length > MaxCharacters)
        {
            return Refused(format, RefusalReason.TooLarge, $"The reply has more than {MaxCharacters} characters. Answer with fewer edits at a time.");
        }
        var text = new ReplyText(reply);
        var parsed = format switch
        {
            EditFormat.UnifiedDiff => UnifiedDiffParser.Parse(text),
            EditFormat.SearchReplace => SearchReplaceParser.Parse(text),
            EditFormat.ApplyPatch => ApplyPatchParser.Parse(text),
            EditFormat.WholeFile => WholeFileParser.Parse(text, isGuess: false),
            EditFormat.Json => JsonEditParser.Parse(text),
            _ => Detect(text),
        };
        if (parsed.Edits.Sum(edit => Math.Max(1, edit.Hunks.Length)) > MaxBlocks)
        {
            return Refused(parsed.Format, RefusalReason.TooLarge, $"The reply has more than {MaxBlocks} blocks. Answer with fewer edits at a time.");
        }
        return parsed.Edits.IsEmpty && parsed.Problems.IsEmpty
            ? Refused(parsed.Format, RefusalReason.NoEdit, "The reply holds no edit. " + Wanted(format))
            : parsed;
    }

    /// <summary>
    /// The notations cannot be taken for each other by their first characters: an envelope and search/replace markers stand in the first
    /// column, where a diff has a sign or a blank. A reply that has two of them is refused whole: reading one would silently drop the other,
    /// and reading both would carry out twice what a model often only shows twice.
    /// </summary>
    private static ParsedReply Detect(ReplyText text)
    {
        var found = new List<ParsedReply>();
        if (ApplyPatchParser.IsIn(text))
        {
            found.Add(ApplyPatchParser.Parse(text));
            text = ApplyPatchParser.Outside(text);
        }
        if (SearchReplaceParser.IsIn(text))
        {
            found.Add(SearchReplaceParser.Parse(text));
            text = SearchReplaceParser.Outside(text);
        }
        if (UnifiedDiffParser.IsIn(text)) found.Add(UnifiedDiffParser.Parse(text));
        if (JsonEditParser.IsIn(text)) found.Add(JsonEditParser.Parse(text));
        if (found.Count == 0 && JsonEditParser.PatchIn(text) is { } patch) return ApplyPatchParser.Parse(patch);
        if (found.Count == 0) return WholeFileParser.Parse(text, isGuess: true);
        if (Unread(text) is { IsEmpty: false } files) found.Add(new ParsedReply(EditFormat.WholeFile, files, []));
        // An example of a notation that names no file is prose, not an edit.
        var edits = found.FindAll(parsed => !parsed.Edits.IsEmpty);
        if (edits.Count < 2) return edits.Count == 1 && found[0].Problems.IsEmpty ? edits[0] : found[0];
        var names = string.Join(" and ", edits.Select(parsed => EditFormats.NameOf(parsed.Format)));
        return edits[0] with
        {
            Problems = edits[0].Problems.Insert(0, ParsedReply.Problem(0, 1, RefusalReason.MixedFormats,
                $"The reply has edits in several formats: {names}. Write all of them in one.")),
        };
    }

    /// <summary>Files that stand whole in fences of their own, beside what the other notations say: reading only those would drop them.</summary>
    private static ImmutableArray<FileEdit> Unread(ReplyText text) =>
    [
        .. WholeFileParser.Parse(text, isGuess: true).Edits.Where(edit => edit.Content.Any(line => !string.IsNullOrWhiteSpace(line))
            && !UnifiedDiffParser.IsIn(new ReplyText(string.Join('\n', edit.Content)))
            && edit.Content.FirstOrDefault(line => !string.IsNullOrWhiteSpace(line))?.TrimStart() is not (['[' or '{', ..] or ['@', '@', ..])),
    ];

    private static string Wanted(EditFormat format) => format switch
    {
        EditFormat.UnifiedDiff => "Answer with a unified diff: a line '--- a/path', a line '+++ b/path', then hunks that start with '@@'.",
        EditFormat.SearchReplace =>
            "Answer with blocks: the path on its own line, then '<<<<<<< SEARCH', the exact old lines, '=======', the new lines, '>>>>>>> REPLACE'.",
        EditFormat.ApplyPatch => "Answer with '*** Begin Patch', '*** Update File: path', hunks that start with '@@', and '*** End Patch'.",
        EditFormat.WholeFile => "Answer with the path on its own line, then the whole new file in a fence.",
        EditFormat.Json => "Answer with a JSON array of {\"path\", \"search\", \"replace\"}.",
        _ => "Answer with search/replace blocks or a unified diff.",
    };

    private static ParsedReply Refused(EditFormat format, RefusalReason reason, string message) =>
        new(format, [], [ParsedReply.Problem(0, 1, reason, message)]);
}
