using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace TaskBot.Workspaces.Edits.Formats;

/// <summary>Codex's <c>apply_patch</c> envelope. Several envelopes in one reply are read one after the other.</summary>
internal static partial class ApplyPatchParser
{
    private const string Begin = "*** Begin Patch";
    private const string End = "*** End Patch";

    public static bool IsIn(ReplyText text) => text.Lines.Any(IsSection);

    /// <summary>The reply's lines without those of envelopes, each of which becomes an empty line.</summary>
    public static ReplyText Outside(ReplyText text)
    {
        var inside = false;
        return text.Select(line =>
        {
            var marker = line.Trim();
            inside = (inside && marker != End) || marker == Begin;
            return !inside && marker != End;
        });
    }

    public static ParsedReply Parse(ReplyText text)
    {
        var reader = new Reader(text.Lines);
        reader.Read();
        return new ParsedReply(EditFormat.ApplyPatch, reader.Edits.ToImmutable(), reader.Problems.ToImmutable());
    }

    private static bool IsSection(string line) => line is ['*', ..] && SectionPattern().IsMatch(line);

    private sealed class Reader(ImmutableArray<string> lines)
    {
        private int _block;
        private FileEdit? _edit;
        private HunkBuilder? _hunk;
        private readonly List<string> _content = [];
        private readonly List<Hunk> _hunks = [];

        public ImmutableArray<FileEdit>.Builder Edits { get; } = ImmutableArray.CreateBuilder<FileEdit>();

        public ImmutableArray<EditReport>.Builder Problems { get; } = ImmutableArray.CreateBuilder<EditReport>();

        public void Read()
        {
            var inside = false;
            for (var i = 0; i < lines.Length; i++)
            {
                var line = lines[i];
                var marker = line.Trim();
                if (marker == Begin)
                {
                    if (inside) Problem(i, RefusalReason.Malformed, $"'{Begin}' stands inside another patch. Close each patch with '{End}'.");
                    Finish();
                    inside = true;
                }
                else if (marker == End)
                {
                    Finish();
                    inside = false;
                }
                else if (IsSection(line))
                {
                    var section = SectionPattern().Match(line);
                    Finish();
                    if (!inside) Problem(i, RefusalReason.Malformed, $"The section stands outside a patch. Start with '{Begin}'.");
                    StartSection(i, section.Groups["verb"].Value, section.Groups["path"].Value.Trim());
                }
                else if (inside)
                {
                    ReadLine(i, line);
                }
            }
            if (inside)
            {
                Finish();
                Problem(lines.Length - 1, RefusalReason.CutOff, $"The patch has no '{End}': the reply was cut off. Write it again, to its end.");
            }
        }

        private void StartSection(int index, string verb, string path)
        {
            _edit = new FileEdit
            {
                Block = ++_block,
                ReplyLine = index + 1,
                Paths = EditPath.Spellings(path),
                Action = verb switch { "Add" => FileAction.Create, "Delete" => FileAction.Delete, _ => FileAction.Change },
            };
        }

        private void ReadLine(int index, string line)
        {
            if (_edit is null)
            {
                if (!string.IsNullOrWhiteSpace(line)) Problem(index, RefusalReason.Malformed, "The line stands outside any '*** ... File:' section.");
                return;
            }
            switch (_edit.Action)
            {
                case FileAction.Create when line.StartsWith('+'):
                    _content.Add(line[1..]);
                    break;
                case FileAction.Create or FileAction.Delete when string.IsNullOrWhiteSpace(line):
                    break;
                case FileAction.Create:
                    Problem(index, RefusalReason.Malformed, "A line of a new file does not start with '+'.");
                    break;
                case FileAction.Delete:
                    Problem(index, RefusalReason.Malformed, "A deleted file has no lines.");
                    break;
                default:
                    ReadUpdate(index, line);
                    break;
            }
        }

        private void ReadUpdate(int index, string line)
        {
            if (line.StartsWith("*** Move to:", StringComparison.Ordinal))
            {
                _edit = _edit! with { RenameTo = EditPath.Separators(line["*** Move to:".Length..].Trim()) };
            }
            else if (line.StartsWith("*** End of File", StringComparison.Ordinal))
            {
                if (_hunk is not null) _hunk.AtEndOfFile = true;
            }
            else if (line.StartsWith("@@", StringComparison.Ordinal))
            {
                var header = HunkHeader.Parse(line);
                var anchor = header.HasNumbers ? "" : line[2..].Trim();
                if (anchor.EndsWith("@@", StringComparison.Ordinal)) anchor = anchor[..^2].Trim();
                var anchors = _hunk is { IsEmpty: true } ? _hunk.Anchors : [];
                FinishHunk();
                _hunk = new HunkBuilder(index + 1)
                {
                    OldStart = header.OldStart,
                    Promised = header.Promised,
                    Anchors = anchor is "" or "..." ? anchors : anchors.Add(anchor),
                };
            }
            else
            {
                _hunk ??= new HunkBuilder(index + 1);
                _hunk.Add(line);
            }
        }

        private void FinishHunk()
        {
            if (_hunk?.Build(_hunks.Count == 0 ? _block : _block + 1) is { } hunk)
            {
                _block = hunk.Block;
                _hunks.Add(hunk);
            }
            _hunk = null;
        }

        private void Finish()
        {
            if (_edit is null) return;
            FinishHunk();
            _edit = _edit with { Hunks = [.. _hunks], Content = [.. _content] };
            _hunks.Clear();
            _content.Clear();
            if (_edit is { Action: FileAction.Change, Hunks.IsEmpty: true, RenameTo: null })
            {
                Problems.Add(ParsedReply.Problem(_edit.Block, _edit.ReplyLine, RefusalReason.NoChange, "The section changes nothing.", _edit.Paths[0]));
            }
            else
            {
                Edits.Add(_edit);
            }
            _edit = null;
        }

        private void Problem(int index, RefusalReason reason, string message) =>
            Problems.Add(ParsedReply.Problem(Math.Max(1, _block), index + 1, reason, message, _edit?.Paths[0]));
    }

    [GeneratedRegex(@"^\*\*\* (?<verb>Add|Update|Delete) File: ?(?<path>.+)$", RegexOptions.NonBacktracking)]
    private static partial Regex SectionPattern();
}
