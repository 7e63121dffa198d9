namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>A file's lines in one state, with the edits that were accepted on them and not yet carried out.</summary>
internal sealed class Document(IReadOnlyList<TextLine> lines)
{
    private readonly LineIndex?[] _indexes = new LineIndex?[3];
    private readonly bool[] _removed = new bool[lines.Count];
    private readonly Dictionary<int, LinkedList<TextLine>> _inserted = [];
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);

    public IReadOnlyList<TextLine> Lines { get; } = lines;

    public LineIndex Index(LineForm form) => _indexes[(int)form] ??= new LineIndex(Lines, form);

    /// <summary>Whether an accepted edit wrote one of these lines, so that the run may stand in the text as edited so far.</summary>
    public bool WroteAnyOf(IReadOnlyList<string> run) =>
        _written.Count > 0 && run.Any(line => _written.Contains(line.Trim()));

    public bool HasEdits => _inserted.Count > 0 || Array.IndexOf(_removed, true) >= 0;

    /// <summary>
    /// Whether this run still stands in the text as edited so far: no line of it is gone, and nothing was put between two of them.
    /// Blocks that touch the same lines cannot both be what the reply means.
    /// </summary>
    public bool IsIntact(int start, int count)
    {
        for (var i = start; i < start + count; i++)
        {
            if (_removed[i] || (i > start && _inserted.ContainsKey(i))) return false;
        }
        return true;
    }

    public void Remove(int index) => _removed[index] = true;

    /// <summary>
    /// Puts a line before the line with this index. At the edge of two blocks each one's lines stay beside its own context:
    /// <paramref name="cursor"/> keeps the place between the lines of one block.
    /// </summary>
    public LinkedListNode<TextLine> Insert(int index, TextLine line, LinkedListNode<TextLine>? cursor, bool beforeOthers)
    {
        if (!string.IsNullOrWhiteSpace(line.Text)) _written.Add(line.Text.Trim());
        if (!_inserted.TryGetValue(index, out var list)) _inserted[index] = list = [];
        if (cursor is not null) return list.AddAfter(cursor, line);
        return beforeOthers ? list.AddFirst(line) : list.AddLast(line);
    }

    /// <summary>The lines with all accepted edits carried out.</summary>
    public List<TextLine> Edited()
    {
        var result = new List<TextLine>(Lines.Count);
        for (var i = 0; i <= Lines.Count; i++)
        {
            if (_inserted.TryGetValue(i, out var added)) result.AddRange(added);
            if (i < Lines.Count && !_removed[i]) result.Add(Lines[i]);
        }
        return result;
    }
}
