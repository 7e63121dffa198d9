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
    /// column, where a diff has a sign or a blank. A reply that has two of them is refused, for reading one would silently drop the other.
    /// </summary>
    private static ParsedReply Detect(ReplyText text)
    {
        if (ApplyPatchParser.IsIn(text)) return ApplyPatchParser.Parse(text);
        if (SearchReplaceParser.IsIn(text))
        {
            var blocks = SearchReplaceParser.Parse(text);
            return SearchReplaceParser.HasDiffOutsideBlocks(text)
                ? blocks with
                {
                    Problems = blocks.Problems.Insert(0, ParsedReply.Problem(0, 1, RefusalReason.MixedFormats,
                        "The reply has both search/replace blocks and a unified diff. Write all edits in one format.")),
                }
                : blocks;
        }
        if (UnifiedDiffParser.IsIn(text)) return UnifiedDiffParser.Parse(text);
        if (JsonEditParser.IsIn(text)) return JsonEditParser.Parse(text);
        return WholeFileParser.Parse(text, isGuess: true);
    }

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
