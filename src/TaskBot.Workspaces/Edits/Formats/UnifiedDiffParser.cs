using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Edits.Formats;

/// <summary>
/// Git's unified diff as models write it: in fences or bare, with or without <c>a/</c> and <c>b/</c>, numbers, or <c>@@</c> lines at all.
/// Counts are never believed against the lines; they only tell where a diff outside of a fence ends.
/// </summary>
internal static partial class UnifiedDiffParser
{
    private const string NoFile = "/dev/null";

    public static bool IsIn(ReplyText text)
    {
        for (var i = 0; i < text.Lines.Length; i++)
        {
            if (StartsDiff(text.Lines, i)) return true;
        }
        return text.Fences.Any(fence => IsDiffFence(text.Lines, fence));
    }

    public static bool IsFileHeader(ImmutableArray<string> lines, int index) =>
        index + 1 < lines.Length && IsOldName(lines[index]) && IsNewName(lines[index + 1]);

    public static ParsedReply Parse(ReplyText text)
    {
        var reader = new Reader(text);
        reader.Read();
        return new ParsedReply(EditFormat.UnifiedDiff, reader.Edits.ToImmutable(), reader.Problems.ToImmutable());
    }

    private static bool IsOldName(string line) => line.StartsWith("--- ", StringComparison.Ordinal);

    private static bool IsNewName(string line) => line.StartsWith("+++ ", StringComparison.Ordinal);

    private static bool IsGitHeader(string line) => line.StartsWith("diff --git ", StringComparison.Ordinal);

    private static bool IsHunkHeader(string line) => line.StartsWith("@@", StringComparison.Ordinal);

    private static bool StartsDiff(ImmutableArray<string> lines, int index) =>
        IsGitHeader(lines[index]) || IsFileHeader(lines, index) || IsHalfHeader(lines, index);

    /// <summary>One name line only, followed by a hunk.</summary>
    private static bool IsHalfHeader(ImmutableArray<string> lines, int index) =>
        index + 1 < lines.Length && (IsOldName(lines[index]) || IsNewName(lines[index])) && IsHunkHeader(lines[index + 1]);

    private static bool IsDiffFence(ImmutableArray<string> lines, Fence fence)
    {
        var named = fence.Info is "diff" or "patch" or "udiff";
        for (var i = fence.Open + 1; i < fence.Close; i++)
        {
            if (StartsDiff(lines, i) || (named && IsHunkHeader(lines[i]))) return true;
        }
        return false;
    }

    /// <summary>One file's part of the diff while it is read.</summary>
    private sealed class Section(int replyLine)
    {
        public int ReplyLine { get; } = replyLine;

        public string? Old { get; set; }

        public string? New { get; set; }

        public string? GitNames { get; set; }

        public bool IsNew { get; set; }

        public bool IsDeleted { get; set; }

        public string? RenameFrom { get; set; }

        public string? RenameTo { get; set; }

        public FileKind? Kind { get; set; }

        public string? Refusal { get; set; }

        public bool HasNewFileHeader { get; set; }

        public List<Hunk> Hunks { get; } = [];

        public bool HasNames => Old is not null || New is not null;
    }

    private sealed class Reader(ReplyText text)
    {
        private readonly ImmutableArray<string> _lines = text.Lines;
        private Section? _section;
        private HunkBuilder? _hunk;
        private int _block;

        public ImmutableArray<FileEdit>.Builder Edits { get; } = ImmutableArray.CreateBuilder<FileEdit>();

        public ImmutableArray<EditReport>.Builder Problems { get; } = ImmutableArray.CreateBuilder<EditReport>();

        public void Read()
        {
            var fences = text.Fences.ToDictionary(fence => fence.Open);
            for (var i = 0; i < _lines.Length; i++)
            {
                // In the middle of a bare hunk an indented fence is a context line of Markdown.
                if (!fences.TryGetValue(i, out var fence) || (_hunk is { IsAsPromised: false } && _lines[i] is [' ', ..]))
                {
                    i = ReadBare(i);
                    continue;
                }
                FinishSection();
                if (IsDiffFence(_lines, fence)) ReadFence(fence);
                i = fence.Close;
            }
            FinishSection();
        }

        private void ReadFence(Fence fence)
        {
            for (var i = fence.Open + 1; i < fence.Close; i++)
            {
                var next = ReadHeader(i, isFenced: true);
                if (next > i)
                {
                    i = next - 1;
                }
                else if (_hunk is not null)
                {
                    _hunk.Add(_lines[i]);
                }
                else if (_section is { HasNames: true } && _lines[i].Length > 0)
                {
                    // No @@ line at all: the hunk starts with the first line after the names.
                    _hunk = new HunkBuilder(i + 1);
                    _hunk.Add(_lines[i]);
                }
            }
            if (!fence.IsClosed)
            {
                FinishSection();
                Problem(fence.Open, RefusalReason.CutOff, "The reply ends inside the fence of a diff: it was cut off. Write the diff again, to its end.");
            }
            else if (_hunk is { IsAsPromised: false } && fence.Close + 1 < _lines.Length && _lines[fence.Close + 1] is ['+' or '-' or ' ', ..])
            {
                Problem(fence.Close, RefusalReason.Malformed,
                    "A line of the diff looks like the end of its fence. Put a longer fence (````) around a diff of Markdown.");
            }
            FinishSection();
        }

        /// <summary>Reads a line outside of fences; gives the index of the last line read.</summary>
        private int ReadBare(int index)
        {
            var next = ReadHeader(index, isFenced: false);
            if (next > index) return next - 1;
            if (_section is null) return index;
            var line = _lines[index];
            if (line.StartsWith("*** End Patch", StringComparison.Ordinal))
            {
                FinishSection();
            }
            else if (_hunk is not null && !EndsBareHunk(line))
            {
                _hunk.Add(line);
            }
            else if (_hunk is null && _section.HasNames && _section.Hunks.Count == 0 && line is [' ' or '+' or '-', ..])
            {
                _hunk = new HunkBuilder(index + 1);
                _hunk.Add(line);
            }
            else if (_hunk is not null || !string.IsNullOrWhiteSpace(line))
            {
                FinishSection();
            }
            return index;
        }

        /// <summary>
        /// Prose after a diff without a fence: a line without a sign, after an empty line, when either the promised lines are all there or
        /// the hunk's other context lines have their column, so that this one cannot be context. Signed lines always belong to the hunk.
        /// </summary>
        private bool EndsBareHunk(string line) =>
            line is not ([] or [' ' or '+' or '-' or '\\', ..])
            && (_hunk!.IsAsPromised || (_hunk.EndsWithEmptyLine && _hunk.HasContextWithColumn));

        /// <summary>Reads a header at this line; gives the index after it, or the same index where there is none.</summary>
        private int ReadHeader(int index, bool isFenced)
        {
            var line = _lines[index];
            if (_hunk is { IsAsPromised: true } && IsSignature(index))
            {
                FinishSection();
                return index + 2;
            }
            if (IsGitHeader(line))
            {
                FinishSection();
                _section = new Section(index + 1) { GitNames = line["diff --git ".Length..].Trim() };
                return index + 1;
            }
            if (IsFileHeader(_lines, index) && (_hunk is null || IsHeaderInHunk(index)))
            {
                StartNames(index, _lines[index], _lines[index + 1]);
                return index + 2;
            }
            if (_hunk is null && IsHalfHeader(_lines, index))
            {
                StartNames(index, IsOldName(line) ? line : null, IsNewName(line) ? line : null);
                return index + 1;
            }
            if (IsHunkHeader(line) && (_section is not null || isFenced))
            {
                StartHunk(index, line);
                return index + 1;
            }
            return _section is { Hunks.Count: 0 } && _hunk is null && ReadExtendedHeader(_section, line) ? index + 1 : index;
        }

        /// <summary>Inside a hunk, "--- x" over "+++ y" may also be a removed "-- x" and an added "++ y": then no hunk and no names follow.</summary>
        private bool IsHeaderInHunk(int index) =>
            (index + 2 < _lines.Length && IsHunkHeader(_lines[index + 2]))
            || (EditPath.FromLine(CleanName(_lines[index][4..]), allowBareName: false) is not null
                && EditPath.FromLine(CleanName(_lines[index + 1][4..]), allowBareName: false) is not null);

        /// <summary>What <c>git format-patch</c> ends a mail with: two dashes and a blank, and git's version below.</summary>
        private bool IsSignature(int index) =>
            _lines[index] == "-- " && index + 1 < _lines.Length && VersionPattern().IsMatch(_lines[index + 1]);

        private void StartNames(int index, string? oldLine, string? newLine)
        {
            var continuesGitHeader = _section is { GitNames: not null, HasNames: false, Hunks.Count: 0 } && _hunk is null;
            if (!continuesGitHeader)
            {
                FinishSection();
                _section = new Section(index + 1);
            }
            _section!.Old = oldLine is null ? null : CleanName(oldLine[4..]);
            _section.New = newLine is null ? null : CleanName(newLine[4..]);
            _section.IsNew |= _section.Old == NoFile;
            _section.IsDeleted |= _section.New == NoFile;
        }

        private void StartHunk(int index, string line)
        {
            FinishHunk();
            var header = HunkHeader.Parse(line);
            if (_section is not null) _section.HasNewFileHeader |= header.IsNewFile;
            _hunk = new HunkBuilder(index + 1) { OldStart = header.OldStart, Promised = header.Promised };
        }

        private static bool ReadExtendedHeader(Section section, string line)
        {
            if (line.StartsWith("Binary files ", StringComparison.Ordinal) || line.StartsWith("GIT binary patch", StringComparison.Ordinal))
            {
                section.Refusal = "Binary patches are not applied.";
                return true;
            }
            if (ExtendedHeaderPattern().Match(line) is not { Success: true } match) return false;
            var value = match.Groups["value"].Value.Trim();
            switch (match.Groups["name"].Value)
            {
                case "new file mode":
                    section.IsNew = true;
                    SetKind(section, value);
                    break;
                case "deleted file mode":
                    section.IsDeleted = true;
                    break;
                case "new mode":
                    SetKind(section, value);
                    break;
                case "rename from":
                    section.RenameFrom = Unquote(value);
                    break;
                case "rename to":
                    section.RenameTo = Unquote(value);
                    break;
                case "copy from" or "copy to":
                    section.Refusal = "Copies are not applied: write the new file out.";
                    break;
            }
            return true;
        }

        private static void SetKind(Section section, string mode)
        {
            if (mode == "100644") section.Kind = FileKind.Regular;
            else if (mode == "100755") section.Kind = FileKind.Executable;
            else section.Refusal = $"Mode {mode} is not applied: only plain (100644) and executable (100755) files are.";
        }

        private void FinishHunk()
        {
            if (_hunk?.Build(_block + 1) is { } hunk)
            {
                _block++;
                if (_section is null) Problem(hunk.ReplyLine - 1, RefusalReason.NoPath, "The hunk names no file. Write '--- a/path' and '+++ b/path' before it.");
                else _section.Hunks.Add(hunk);
            }
            _hunk = null;
        }

        private void FinishSection()
        {
            FinishHunk();
            if (_section is not { } section) return;
            _section = null;
            if (section.Hunks.Count == 0) _block++;
            if (section is { HasNames: false, GitNames: { } names }) TakeGitNames(section, names);
            if (ToEdit(section) is { } edit) Edits.Add(edit);
        }

        private FileEdit? ToEdit(Section section)
        {
            var block = section.Hunks.Count == 0 ? _block : section.Hunks[0].Block;
            FileEdit? Refuse(RefusalReason reason, string message)
            {
                Problems.Add(ParsedReply.Problem(block, section.ReplyLine, reason, message, section.New ?? section.Old));
                return null;
            }

            if (section.Refusal is { } refusal) return Refuse(RefusalReason.NotText, refusal);
            if (section.IsNew && section.IsDeleted) return Refuse(RefusalReason.Malformed, "The diff names no file: both of its names are /dev/null.");
            var paths = Paths(section);
            if (paths.IsEmpty) return Refuse(RefusalReason.NoPath, "The diff names no file. Write '--- a/path' and '+++ b/path' before the first '@@'.");
            var edit = new FileEdit { Block = block, ReplyLine = section.ReplyLine, Action = FileAction.Change, Paths = paths, Kind = section.Kind };
            var addsOnly = section.Hunks.Count > 0
                && section.Hunks.TrueForAll(hunk => hunk.Lines.All(line => line.Role == LineRole.Added || line.Raw.Length == 0));
            if (section.IsNew || (section.HasNewFileHeader && addsOnly))
            {
                if (section.Hunks.Count > 0 && !addsOnly)
                    return Refuse(RefusalReason.Malformed, "A line of a new file does not start with '+'. Put '+' before every line of it.");
                return edit with
                {
                    Action = FileAction.Create,
                    Paths = [paths[0]],
                    Content = Content(section),
                    ContentLacksFinalNewline = section.Hunks.Exists(hunk => hunk.NewLacksFinalNewline),
                };
            }
            if (section.IsDeleted) return edit with { Action = FileAction.Delete, DeletedText = WholeText(section) };
            if (section.RenameTo is { } target)
                return edit with { Paths = [section.RenameFrom ?? paths[0]], RenameTo = target, Hunks = [.. section.Hunks] };
            if (section is { Hunks.Count: 0, Kind: null }) return Refuse(RefusalReason.NoChange, "The diff changes nothing.");
            return edit with { Hunks = [.. section.Hunks] };
        }

        /// <summary>A new file's lines; empty lines inside are blank lines without their '+', at the end they are the gap before what follows.</summary>
        private static ImmutableArray<string> Content(Section section)
        {
            var lines = section.Hunks.SelectMany(hunk => hunk.Lines).ToList();
            while (lines.Count > 0 && lines[^1].Raw.Length == 0) lines.RemoveAt(lines.Count - 1);
            return [.. lines.Select(line => line.Text)];
        }

        private static Hunk? WholeText(Section section) => section.Hunks.Count == 0
            ? null
            : section.Hunks[0] with { Lines = [.. section.Hunks.SelectMany(hunk => hunk.Lines).Where(line => line.IsOld)] };

        private void Problem(int index, RefusalReason reason, string message) =>
            Problems.Add(ParsedReply.Problem(_block, index + 1, reason, message));
    }

    /// <summary>
    /// The spellings of the file: the old name, without git's a/ when the new name has b/ (or is absent). A new name that differs counts
    /// only where there is no old one: models invent it, and an old name that does not exist is a reason to refuse.
    /// </summary>
    private static ImmutableArray<string> Paths(Section section)
    {
        var (before, after) = (section.Old, section.New);
        var name = before is null or NoFile ? after : before;
        if (name is null or NoFile or "") return [];
        var prefix = before is null or NoFile ? "b/" : "a/";
        var bothPrefixed = (before is null or NoFile || before.StartsWith("a/", StringComparison.Ordinal))
            && (after is null or NoFile || after.StartsWith("b/", StringComparison.Ordinal));
        // Git's diff.mnemonicPrefix: index, work tree, commit, object. Folders of these names are as likely, so they come first.
        if (IsMnemonic(before) && IsMnemonic(after)) return [name, name[2..]];
        if (!name.StartsWith(prefix, StringComparison.Ordinal)) return [name];
        return bothPrefixed ? [name[2..], name] : [name, name[2..]];
    }

    private static bool IsMnemonic(string? name) => name is ['i' or 'w' or 'c' or 'o', '/', _, ..];

    /// <summary>Names of a git header without name lines (pure renames, modes, empty files): equal halves, or the rename's own lines.</summary>
    private static void TakeGitNames(Section section, string names)
    {
        if (section.RenameFrom is not null)
        {
            section.Old = section.RenameFrom;
            return;
        }
        for (var gap = names.IndexOf(' '); gap >= 0; gap = names.IndexOf(' ', gap + 1))
        {
            var (before, after) = (CleanName(names[..gap]), CleanName(names[(gap + 1)..]));
            var isPrefixed = before.StartsWith("a/", StringComparison.Ordinal) && after.StartsWith("b/", StringComparison.Ordinal);
            if (isPrefixed ? before[2..] != after[2..] : before != after) continue;
            section.Old = section.IsNew ? NoFile : before;
            section.New = section.IsDeleted ? NoFile : after;
            return;
        }
    }

    /// <summary>A name without its time stamp, quotes and backslashes.</summary>
    private static string CleanName(string name)
    {
        var tab = name.IndexOf('\t');
        if (tab >= 0) name = name[..tab];
        name = Unquote(TimeStampPattern().Replace(name, "").Trim());
        return EditPath.Separators(name.Trim('`', '\'', ' '));
    }

    /// <summary>Git quotes names with special characters as C strings, with octal escapes of UTF-8 bytes.</summary>
    private static string Unquote(string name)
    {
        if (name.Length < 2 || name[0] != '"' || name[^1] != '"') return name;
        var bytes = new List<byte>();
        for (var i = 1; i < name.Length - 1; i++)
        {
            if (name[i] != '\\' || i + 1 == name.Length - 1)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(name, i, 1));
            }
            else if (i + 3 < name.Length && int.TryParse(name.AsSpan(i + 1, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var octal))
            {
                bytes.Add((byte)((octal / 100 * 64) + (octal / 10 % 10 * 8) + (octal % 10)));
                i += 3;
            }
            else
            {
                bytes.Add((byte)(name[++i] switch { 't' => '\t', 'n' => '\n', var other => other }));
            }
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    [GeneratedRegex("^(?<name>new file mode|deleted file mode|old mode|new mode|rename from|rename to|copy from|copy to|index|similarity index|dissimilarity index)(?<value> .*)?$", RegexOptions.NonBacktracking)]
    private static partial Regex ExtendedHeaderPattern();

    [GeneratedRegex(@"^\d+(?:\.\w+)+\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"\s+(?:\d{4}-\d{2}-\d{2}|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s).*$", RegexOptions.NonBacktracking)]
    private static partial Regex TimeStampPattern();
}
