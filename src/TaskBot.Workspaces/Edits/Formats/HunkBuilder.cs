using System.Collections.Immutable;

namespace TaskBot.Workspaces.Edits.Formats;

/// <summary>Collects the lines of one hunk of a diff, with signs in the first column.</summary>
internal sealed class HunkBuilder(int replyLine)
{
    private readonly List<HunkLine> _lines = [];
    private int _old;
    private int _new;
    private int _emptyAtEnd;
    private bool _lostColumn;
    private bool _oldLacksNewline;
    private bool _newLacksNewline;

    public int ReplyLine { get; } = replyLine;

    public int? OldStart { get; init; }

    /// <summary>How many old and new lines the header promises; null where it promises nothing.</summary>
    public (int Old, int New)? Promised { get; init; }

    public ImmutableArray<string> Anchors { get; init; } = [];

    public bool AtEndOfFile { get; set; }

    public bool IsEmpty => _lines.Count == 0;

    public bool HasContextWithColumn => _lines.Exists(line => line.Role == LineRole.Context && line.Raw.StartsWith(' '));

    public bool EndsWithEmptyLine => _emptyAtEnd > 0;

    /// <summary>Whether the lines so far, empty ones at the end aside, are as many as the header promises.</summary>
    public bool IsAsPromised =>
        Promised is { } promised && _old - promised.Old == _new - promised.New && _old - promised.Old >= 0 && _old - promised.Old <= _emptyAtEnd;

    public void Add(string line)
    {
        var sign = line.Length == 0 ? ' ' : line[0];
        if (sign != '\\')
        {
            _emptyAtEnd = line.Length == 0 ? _emptyAtEnd + 1 : 0;
            if (sign != '+') _old++;
            if (sign != '-') _new++;
        }
        switch (sign)
        {
            case '+':
                _lines.Add(new HunkLine(LineRole.Added, line[1..], line));
                break;
            case '-':
                _lines.Add(new HunkLine(LineRole.Removed, line[1..], line));
                break;
            case '\\':
                MarkNoNewline();
                break;
            case ' ':
                // An empty line is a blank context line that lost its column: no other reading of it exists inside a hunk.
                _lines.Add(new HunkLine(LineRole.Context, line.Length == 0 ? "" : line[1..], line));
                break;
            default:
                _lostColumn = true;
                _lines.Add(new HunkLine(LineRole.Context, line, line));
                break;
        }
    }

    /// <summary>The hunk, or null where there is nothing in it but empty lines.</summary>
    public Hunk? Build(int block)
    {
        // Empty lines that the header does not promise lie between the hunk and what follows it.
        if (IsAsPromised) _lines.RemoveRange(_lines.Count - (_old - Promised!.Value.Old), _old - Promised.Value.Old);
        if (_lines.TrueForAll(line => line.Raw.Length == 0)) return null;
        return new Hunk
        {
            Block = block,
            ReplyLine = ReplyLine,
            Lines = [.. _lines],
            OldStart = OldStart,
            HasColumn = true,
            LostColumn = _lostColumn,
            LostChange = Promised is { } promised && promised.Old != promised.New,
            Anchors = Anchors,
            AtEndOfFile = AtEndOfFile,
            OldLacksFinalNewline = _oldLacksNewline,
            NewLacksFinalNewline = _newLacksNewline,
        };
    }

    private void MarkNoNewline()
    {
        if (_lines.Count == 0) return;
        _oldLacksNewline |= _lines[^1].Role != LineRole.Added;
        _newLacksNewline |= _lines[^1].Role != LineRole.Removed;
    }
}
