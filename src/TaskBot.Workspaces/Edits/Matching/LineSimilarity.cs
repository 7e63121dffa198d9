namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>How much other lines are like one line: shared pairs of characters (Dice's coefficient) over at most the first 200 characters.</summary>
internal sealed class LineSimilarity
{
    private const int ComparedCharacters = 200;

    private readonly string _line;
    private readonly Dictionary<int, int> _slots = [];
    private readonly int[] _counts;
    private readonly int[] _left;

    public LineSimilarity(string line)
    {
        _line = Cut(line).ToString();
        _counts = new int[Math.Max(0, _line.Length - 1)];
        _left = new int[_counts.Length];
        for (var i = 0; i + 1 < _line.Length; i++)
        {
            var pair = Pair(_line, i);
            if (!_slots.TryGetValue(pair, out var slot)) _slots[pair] = slot = _slots.Count;
            _counts[slot]++;
        }
    }

    /// <summary>From 0 to 0.99; lines that differ only at their ends are 0.99 alike.</summary>
    public double To(string other)
    {
        var line = Cut(other);
        if (line.SequenceEqual(_line)) return 0.99;
        if (_line.Length < 2 || line.Length < 2) return 0;
        _counts.CopyTo(_left, 0);
        var shared = 0;
        for (var i = 0; i + 1 < line.Length; i++)
        {
            if (_slots.TryGetValue(Pair(line, i), out var slot) && _left[slot]-- > 0) shared++;
        }
        return 2.0 * shared / (_line.Length + line.Length - 2);
    }

    private static int Pair(ReadOnlySpan<char> line, int index) => (line[index] << 16) | line[index + 1];

    private static ReadOnlySpan<char> Cut(string line)
    {
        var text = line.AsSpan().Trim();
        return text.Length > ComparedCharacters ? text[..ComparedCharacters] : text;
    }
}
