namespace TaskBot.Workspaces.Edits.Matching;

/// <summary>What of a line counts when lines are compared.</summary>
internal enum LineForm
{
    Exact,
    WithoutTrailingBlanks,
    WithoutIndentation,
}

/// <summary>
/// Where runs of lines occur in a file. Lines become numbers once, so that a search costs no more than the file's length, whatever repeats
/// in it: the rarest line of the run gives the places to look at, and a run of common lines is searched with Knuth, Morris and Pratt's table.
/// </summary>
internal sealed class LineIndex
{
    private readonly LineForm _form;
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly int[] _lines;
    private readonly int[] _firsts;
    private readonly int[] _places;

    public LineIndex(IReadOnlyList<TextLine> lines, LineForm form)
    {
        _form = form;
        _lines = new int[lines.Count];
        var lookup = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var i = 0; i < _lines.Length; i++)
        {
            var line = Reduce(lines[i].Text, form);
            if (!lookup.TryGetValue(line, out var number))
            {
                number = _numbers.Count;
                lookup[line] = number;
            }
            _lines[i] = number;
        }
        _firsts = new int[_numbers.Count + 1];
        foreach (var number in _lines) _firsts[number + 1]++;
        for (var i = 1; i < _firsts.Length; i++) _firsts[i] += _firsts[i - 1];
        _places = new int[_lines.Length];
        var next = _firsts.AsSpan().ToArray();
        for (var i = 0; i < _lines.Length; i++) _places[next[_lines[i]]++] = i;
    }

    public static ReadOnlySpan<char> Reduce(string line, LineForm form) => form switch
    {
        LineForm.Exact => line,
        LineForm.WithoutTrailingBlanks => line.AsSpan().TrimEnd(" \t\f"),
        _ => line.AsSpan().Trim(" \t\f"),
    };

    /// <summary>Places of one line, ascending.</summary>
    public ReadOnlySpan<int> PlacesOf(string line) =>
        _numbers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(Reduce(line, _form), out var number) ? PlacesOf(number) : [];

    /// <summary>First indexes of all places where these lines stand one after the other, ascending.</summary>
    public List<int> Find(IReadOnlyList<string> run)
    {
        if (run.Count == 0 || run.Count > _lines.Length) return [];
        var numbers = new int[run.Count];
        var lookup = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        var rarest = 0;
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!lookup.TryGetValue(Reduce(run[i], _form), out numbers[i])) return [];
            if (PlacesOf(numbers[i]).Length < PlacesOf(numbers[rarest]).Length) rarest = i;
        }
        var places = PlacesOf(numbers[rarest]);
        if ((long)places.Length * numbers.Length > 4L * _lines.Length) return FindAll(numbers);
        var found = new List<int>();
        foreach (var place in places)
        {
            var start = place - rarest;
            if (start >= 0 && start + numbers.Length <= _lines.Length && _lines.AsSpan(start, numbers.Length).SequenceEqual(numbers)) found.Add(start);
        }
        return found;
    }

    private ReadOnlySpan<int> PlacesOf(int number) => _places.AsSpan(_firsts[number].._firsts[number + 1]);

    private List<int> FindAll(int[] run)
    {
        var fallback = new int[run.Length];
        for (int i = 1, length = 0; i < run.Length; i++)
        {
            while (length > 0 && run[i] != run[length]) length = fallback[length - 1];
            if (run[i] == run[length]) length++;
            fallback[i] = length;
        }
        var found = new List<int>();
        for (int i = 0, length = 0; i < _lines.Length; i++)
        {
            while (length > 0 && (length == run.Length || _lines[i] != run[length])) length = fallback[length - 1];
            if (_lines[i] == run[length]) length++;
            if (length == run.Length) found.Add(i - length + 1);
        }
        return found;
    }
}
