using System.Collections.Immutable;
using System.Text;
using TaskBot.Workspaces.Edits.Formats;
using TaskBot.Workspaces.Edits.Matching;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Edits;

/// <summary>The files that one reply touches, while its edits are collected.</summary>
internal sealed class EditPlan(IFileTree tree, string replyLineEnd)
{
    private const int SuggestedPaths = 3;

    /// <summary>In a guessed whole file, the share of the old file's different lines that must be left: less is a snippet, or another file.</summary>
    private const double LeastKeptLines = 0.5;

    /// <summary>The share of its different words that may stand in for the lines, where all lines were set anew.</summary>
    private const double LeastKeptWords = 0.9;

    private readonly Dictionary<string, PlannedFile> _files = new(StringComparer.Ordinal);
    private readonly List<EditReport> _reports = [];
    private ImmutableArray<string>? _submodules;

    public async Task AddAsync(FileEdit edit, CancellationToken cancellationToken)
    {
        if (await FindAsync(edit, cancellationToken) is not { } planned) return;
        var error = edit.Action switch
        {
            FileAction.Create => Create(planned, edit),
            FileAction.Replace => Replace(planned, edit),
            FileAction.Delete => Delete(planned, edit),
            _ => await ChangeAsync(planned, edit, cancellationToken),
        };
        if (error is not null) _reports.Add(error);
    }

    public async Task<EditResult> FinishAsync(ParsedReply parsed, CancellationToken cancellationToken)
    {
        var changes = new SortedDictionary<string, FileChange>(StringComparer.Ordinal);
        foreach (var file in _files.Values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Write(file, changes);
        }
        RefuseFilesBelowFiles(changes);
        _reports.AddRange(parsed.Problems);
        if (HtmlEscapes.In(parsed.Edits) is { } escaped)
        {
            Refuse(escaped, RefusalReason.Escaped,
                "The new text has HTML escapes such as '&lt;' and nowhere a plain '<', '>' or '&': the whole reply seems to be escaped. Write plain characters.",
                escaped.Paths[0]);
        }
        if (_reports.TrueForAll(report => report.Status != EditStatus.Refused))
        {
            foreach (var (path, change) in changes.ToArray())
            {
                if (await IsSameAsync(change, cancellationToken)) changes.Remove(path);
            }
            if (changes.Count == 0)
            {
                _reports.Add(ParsedReply.Problem(0, 1, RefusalReason.NoChange, "The reply changes nothing: its new text is what the files already have."));
            }
        }
        var applied = _reports.TrueForAll(report => report.Status != EditStatus.Refused);
        var reports = _reports
            .OrderBy(report => report.Block)
            .Select(report => applied || report.Status == EditStatus.Refused ? report : report with { Status = EditStatus.Fine });
        return new EditResult(applied, parsed.Format, applied ? [.. changes.Values] : [], [.. reports]);
    }

    /// <summary>The file that the edit means, or null after a report.</summary>
    private async Task<PlannedFile?> FindAsync(FileEdit edit, CancellationToken cancellationToken)
    {
        foreach (var path in edit.Paths)
        {
            if (EditPath.WhyUnsafe(path) is { } why)
            {
                Refuse(edit, RefusalReason.UnsafePath, $"The path is not allowed: {why}. Use a path relative to the repository's root.", path);
                return null;
            }
        }
        foreach (var path in edit.Paths)
        {
            if (_files.TryGetValue(path, out var known)) return known;
            if (await tree.ReadAsync(path, cancellationToken) is { } entry) return _files[path] = new PlannedFile(path, entry);
        }
        var name = edit.Paths[0];
        if (await WhyNoNewFileAsync(name, cancellationToken) is { } reason)
        {
            Refuse(edit, RefusalReason.UnsafePath, reason, name);
            return null;
        }
        if (edit.Action is FileAction.Create or FileAction.Replace) return _files[name] = new PlannedFile(name, null);
        var similar = Similar(name, await tree.ListAsync(cancellationToken));
        Refuse(edit, RefusalReason.MissingFile,
            "There is no such file." + (similar.Length > 0 ? $" Is one of these meant: {string.Join(", ", similar)}?" : " To create it, give its whole text as a new file."),
            name);
        return null;
    }

    /// <summary>Two new files of one reply may not need the same name for a file and for a folder.</summary>
    private void RefuseFilesBelowFiles(SortedDictionary<string, FileChange> changes)
    {
        foreach (var (path, change) in changes)
        {
            if (change.After is null) continue;
            for (var slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1))
            {
                if (!changes.TryGetValue(path[..slash], out var parent) || parent.After is null) continue;
                var report = _reports.Find(report => report.Path == path) ?? _reports[0];
                _reports.Add(ParsedReply.Problem(report.Block, report.ReplyLine, RefusalReason.Conflict,
                    $"The reply also writes the file '{parent.Path}', so there can be no file below it. Rename one of them.", path));
            }
        }
    }

    /// <summary>
    /// Why no file can be made here: a folder stands here, a file or a symbolic link stands where a folder must be, or the place belongs to
    /// a submodule. What else the reply deletes does not make room: which of the two was meant to be first would be a guess.
    /// </summary>
    private async Task<string?> WhyNoNewFileAsync(string path, CancellationToken cancellationToken)
    {
        for (var slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            var parent = path[..slash];
            if (await tree.ReadAsync(parent, cancellationToken) is not { } entry) continue;
            return entry.Kind == FileKind.SymbolicLink
                ? $"'{parent}' is a symbolic link, and edits do not go through links."
                : $"'{parent}' is a file, so there can be no file below it.";
        }
        if (await tree.IsFolderAsync(path, cancellationToken)) return $"'{path}' is a folder, and a file cannot take its place. Name a file.";
        _submodules ??= await SubmodulesAsync(cancellationToken);
        var inside = _submodules.Value.FirstOrDefault(submodule => path == submodule || path.StartsWith(submodule + "/", StringComparison.Ordinal));
        return inside is null ? null : $"'{inside}' is a submodule, whose files belong to another repository.";
    }

    private async Task<ImmutableArray<string>> SubmodulesAsync(CancellationToken cancellationToken)
    {
        if (await tree.ReadAsync(".gitmodules", cancellationToken) is not { Kind: not FileKind.SymbolicLink } entry) return [];
        return
        [
            .. Encoding.UTF8.GetString(entry.Content.Span).Split('\n')
                .Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries))
                .Where(pair => pair is ["path", { Length: > 0 }])
                .Select(pair => pair[1].Trim('"').TrimEnd('/')),
        ];
    }

    private EditReport? Create(PlannedFile planned, FileEdit edit)
    {
        if (planned is { IsDeleted: false, Text: not null } || (planned.Before is { Content.Length: > 0 } && !planned.IsDeleted))
        {
            return Problem(edit, RefusalReason.FileExists,
                "The file exists and is not empty, so it is neither appended to nor replaced. Quote the lines to be changed as old text.", planned.Path);
        }
        if (planned.HasHunks || planned.RenamedTo is not null) return Conflict(edit, planned.Path);
        // An empty file stays what it is: its kind, and the folder that it is in.
        if (planned.Before is { Kind: FileKind.SymbolicLink }) return NotText(edit, planned.Path, "It is a symbolic link.");
        if (!Prose.Is(planned.Path) && RefuseElision(edit, planned.Path, ImmutableHashSet<string>.Empty) is { } elided) return elided;
        planned.IsDeleted = false;
        planned.Text = TextFile.Create(edit.Content, replyLineEnd, endsWithNewline: !edit.ContentLacksFinalNewline);
        planned.Kind = edit.Kind ?? planned.Kind;
        planned.Reports.Add(Whole(edit, planned.Path, "new file"));
        return null;
    }

    private EditReport? Replace(PlannedFile planned, FileEdit edit)
    {
        if (planned.HasHunks || planned.Reports.Count > 0) return Conflict(edit, planned.Path);
        if (planned.Before is null) return Create(planned, edit);
        if (planned.Before.Kind == FileKind.SymbolicLink) return NotText(edit, planned.Path, "It is a symbolic link.");
        if (TextFile.TryRead(planned.Before.Content.Span, out var problem) is not { } before) return NotText(edit, planned.Path, problem);

        var old = before.Lines.Select(line => line.Text.Trim()).Where(line => line.Length > 0).ToHashSet(StringComparer.Ordinal);
        if (RefuseElision(edit, planned.Path, old) is { } elided) return elided;
        if (edit.IsGuess && !MayBeWhole(before, edit.Content))
        {
            return Problem(edit, RefusalReason.NoEdit,
                "The fence leaves out too much of the file to be taken for all of it. Answer with search/replace blocks or a unified diff.",
                planned.Path);
        }
        // A line that stays keeps its own end, as it does under every other format.
        var ends = new Queue<TextLine>(before.Lines);
        var lines = new List<TextLine>(edit.Content.Length);
        foreach (var hunkLine in LineDiff.Compare([.. before.Lines.Select(line => line.Text)], edit.Content.AsSpan()))
        {
            if (hunkLine.Role == LineRole.Added) lines.Add(new TextLine(hunkLine.Text, before.LineEnd, 0));
            else if (hunkLine.Role == LineRole.Context) lines.Add(ends.Dequeue());
            else ends.Dequeue();
        }
        planned.Text = before;
        planned.Replacement = lines;
        planned.ReplacementEndsWithNewline = !edit.ContentLacksFinalNewline;
        planned.Reports.Add(Whole(edit, planned.Path, "whole file replaced"));
        return null;
    }

    /// <summary>Refuses a file's whole text of which a line stands for others.</summary>
    private static EditReport? RefuseElision(FileEdit edit, string path, IReadOnlySet<string> old) =>
        Elision.In(edit.Content, path, old) is { } elision
            ? Problem(edit, RefusalReason.Elided, $"The new file has '{elision}', which stands for lines that it leaves out. Write the whole file.", path)
            : null;

    /// <summary>
    /// A snippet shows a part of the file: it lacks the file's first and its last line, or most of the others.
    /// </summary>
    private static bool MayBeWhole(TextFile before, ImmutableArray<string> content)
    {
        string[] old = [.. before.Lines.Select(line => line.Text.Trim()).Where(line => line.Length > 0)];
        if (old.Length == 0) return true;
        var lines = content.Select(line => line.Trim()).ToHashSet(StringComparer.Ordinal);
        if ((lines.Contains(old[0]) || lines.Contains(old[^1])) && Kept(old, lines) >= LeastKeptLines) return true;
        return Kept(old.SelectMany(Words), content.SelectMany(Words).ToHashSet(StringComparer.Ordinal)) >= LeastKeptWords;

        static double Kept(IEnumerable<string> old, HashSet<string> after)
        {
            var different = old.ToHashSet(StringComparer.Ordinal);
            return different.Count == 0 ? 1 : different.Count(after.Contains) / (double)different.Count;
        }

        static string[] Words(string line) => line.Split([.. line.Where(character => !char.IsLetterOrDigit(character)).Distinct()], StringSplitOptions.RemoveEmptyEntries);
    }

    private static EditReport? Delete(PlannedFile planned, FileEdit edit)
    {
        if (planned.HasHunks || planned.Reports.Count > 0 || planned.Before is null) return Conflict(edit, planned.Path);
        if (edit.DeletedText is { } claimed && planned.Before.Kind != FileKind.SymbolicLink)
        {
            // A deletion that quotes the file must quote all of it: else the reply may only mean to remove these lines.
            if (TextFile.TryRead(planned.Before.Content.Span, out var problem) is not { } text) return NotText(edit, planned.Path, problem);
            var same = claimed.Lines.Select(line => line.Text.TrimEnd()).SequenceEqual(text.Lines.Select(line => line.Text.TrimEnd()), StringComparer.Ordinal);
            if (!same)
            {
                return Problem(edit, RefusalReason.NotFound,
                    "The deleted lines are not the whole file. To delete the file, quote it whole or not at all; to remove lines, keep its name on the '+++' line.",
                    planned.Path);
            }
        }
        planned.IsDeleted = true;
        planned.Reports.Add(Whole(edit, planned.Path, "deleted"));
        return null;
    }

    private async Task<EditReport?> ChangeAsync(PlannedFile planned, FileEdit edit, CancellationToken cancellationToken)
    {
        if (planned.IsDeleted || planned.Replacement is not null) return Conflict(edit, planned.Path);
        if (planned.Before is { Kind: FileKind.SymbolicLink }) return NotText(edit, planned.Path, "It is a symbolic link.");
        if (edit.RenameTo is { } target)
        {
            if (planned.RenamedTo is not null) return Conflict(edit, planned.Path);
            if (EditPath.WhyUnsafe(target) is { } why)
                return Problem(edit, RefusalReason.UnsafePath, $"The path is not allowed: {why}. Use a path relative to the repository's root.", target);
            if (_files.ContainsKey(target) || await tree.ReadAsync(target, cancellationToken) is not null)
                return Problem(edit, RefusalReason.FileExists, "The file cannot be renamed to this path, which is taken.", target);
            if (await WhyNoNewFileAsync(target, cancellationToken) is { } reason) return Problem(edit, RefusalReason.UnsafePath, reason, target);
            planned.RenamedTo = target;
        }
        if (edit.Kind is { } kind) planned.Kind = kind;
        if (edit.Hunks.IsEmpty)
        {
            planned.Reports.Add(Whole(edit, planned.Path, planned.RenamedTo is null ? "mode set" : $"renamed to {planned.RenamedTo}"));
            return null;
        }
        if (planned.Text is null)
        {
            planned.Text = TextFile.TryRead(planned.Before!.Content.Span, out var problem);
            if (planned.Text is null) return NotText(edit, planned.Path, problem);
        }
        planned.Hunks.AddRange(edit.Hunks);
        return null;
    }

    private void Write(PlannedFile file, SortedDictionary<string, FileChange> changes)
    {
        _reports.AddRange(file.Reports);
        if (file.IsDeleted)
        {
            changes[file.Path] = new FileChange(file.Path, null);
            return;
        }
        var content = file.Before?.Content;
        if (file.Text is { } text)
        {
            IReadOnlyList<TextLine> lines = file.Replacement ?? text.Lines;
            var endsWithNewline = file.Replacement is null ? text.EndsWithNewline : file.ReplacementEndsWithNewline;
            if (file.HasHunks)
            {
                var rewriter = new FileRewriter(text, file.Path);
                _reports.AddRange(rewriter.Apply([.. file.Hunks]));
                (lines, endsWithNewline) = (rewriter.Lines, rewriter.EndsWithNewline);
            }
            if (text.TryWrite(lines, endsWithNewline) is not { } bytes)
            {
                _reports.Add(ParsedReply.Problem(file.Hunks.Count > 0 ? file.Hunks[0].Block : 0, 1, RefusalReason.NotText,
                    "The file is not UTF-8, so only ASCII text can be added to it.", file.Path));
                return;
            }
            content = bytes;
        }
        if (content is null) return;
        var after = new FileEntry(file.Kind ?? file.Before?.Kind ?? FileKind.Regular, content.Value);
        if (file.RenamedTo is { } target)
        {
            changes[file.Path] = new FileChange(file.Path, null);
            changes[target] = new FileChange(target, after);
        }
        else
        {
            changes[file.Path] = new FileChange(file.Path, after);
        }
    }

    private async Task<bool> IsSameAsync(FileChange change, CancellationToken cancellationToken)
    {
        if (change.After is null || await tree.ReadAsync(change.Path, cancellationToken) is not { } before) return false;
        return before.Kind == change.After.Kind && before.Content.Span.SequenceEqual(change.After.Content.Span);
    }

    /// <summary>Paths with the same file name, or the same path in another case: what a mistaken path may mean.</summary>
    private static string[] Similar(string path, IReadOnlyList<string> paths)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return
        [
            .. paths.Where(other => other.EndsWith(name, StringComparison.OrdinalIgnoreCase)
                    && (other.Length == name.Length || other[other.Length - name.Length - 1] == '/'))
                .Take(SuggestedPaths),
        ];
    }

    private static EditReport Whole(FileEdit edit, string path, string message) => new()
    {
        Block = edit.Block,
        ReplyLine = edit.ReplyLine,
        Status = EditStatus.Applied,
        Path = path,
        Tier = MatchTier.WholeFile,
        Message = message,
    };

    private void Refuse(FileEdit edit, RefusalReason reason, string message, string path) => _reports.Add(Problem(edit, reason, message, path));

    private static EditReport Conflict(FileEdit edit, string path) =>
        Problem(edit, RefusalReason.Conflict, "Another block of the reply creates, deletes, renames or replaces this file. Write one of them.", path);

    private static EditReport NotText(FileEdit edit, string path, string problem) => Problem(edit, RefusalReason.NotText, problem, path);

    private static EditReport Problem(FileEdit edit, RefusalReason reason, string message, string path) =>
        ParsedReply.Problem(edit.Block, edit.ReplyLine, reason, message, path);

    /// <summary>One file of the plan: as it was, and what the reply says of it so far.</summary>
    private sealed class PlannedFile(string path, FileEntry? before)
    {
        public string Path { get; } = path;

        public FileEntry? Before { get; } = before;

        /// <summary>The lines that hunks apply to: the file's, or those of a file that the reply creates.</summary>
        public TextFile? Text { get; set; }

        public List<TextLine>? Replacement { get; set; }

        public bool ReplacementEndsWithNewline { get; set; }

        public List<Hunk> Hunks { get; } = [];

        public bool HasHunks => Hunks.Count > 0;

        public bool IsDeleted { get; set; }

        public string? RenamedTo { get; set; }

        public FileKind? Kind { get; set; }

        public List<EditReport> Reports { get; } = [];
    }
}
