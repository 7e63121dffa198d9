namespace TaskBot.Graphs.Problems;

/// <summary>The nearest known word to one that is not known, for "did you mean".</summary>
public static class Suggestion
{
    /// <summary>Longer words are no typing mistakes; bounds the work.</summary>
    const int MaxLength = 64;

    /// <summary>The option with the smallest edit distance, where that is small enough to be a typing mistake; null otherwise.</summary>
    public static string? Nearest(string word, IEnumerable<string> options)
    {
        if (word.Length is 0 or > MaxLength) return null;
        string? best = null;
        var bestDistance = Math.Max(1, word.Length / 3) + 1;
        foreach (var option in options)
        {
            if (option.Length > MaxLength || Math.Abs(option.Length - word.Length) >= bestDistance) continue;
            var distance = Distance(word, option);
            if (distance >= bestDistance) continue;
            (best, bestDistance) = (option, distance);
        }

        return best;
    }

    /// <summary>A sentence that names the nearest option, else all of them where they are few.</summary>
    public static string? Sentence(string word, IReadOnlyCollection<string> options) => Nearest(word, options) is { } near
        ? $"Did you mean '{near}'?"
        : options.Count is > 0 and <= 20 ? $"Write one of: {string.Join(", ", options)}." : null;

    // Insertions, deletions, replacements and swaps of neighbours, without regard to case.
    static int Distance(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= right.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= left.Length; i++)
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]);
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }

        return rows[left.Length, right.Length];
    }
}
