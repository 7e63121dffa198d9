namespace TaskBot.Engine.Keys;

/// <summary>Says which facts of two key texts differ, for people.</summary>
static class KeyDifference
{
    /// <summary>Lines of two key texts that say different things of the same fact, in the order of the newer text, then those that are gone.</summary>
    public static IEnumerable<KeyLine> Lines(string before, string after)
    {
        var old = Facts(before);
        var now = Facts(after);
        return now.Where(fact => old.GetValueOrDefault(fact.Key) != fact.Value)
            .Select(fact => new KeyLine(fact.Key, old.TryGetValue(fact.Key, out var value) ? $"{fact.Key} {value}" : null, $"{fact.Key} {fact.Value}"))
            .Concat(old.Where(fact => !now.ContainsKey(fact.Key)).Select(fact => new KeyLine(fact.Key, $"{fact.Key} {fact.Value}", Now: null)));
    }

    const int MostFactsTold = 5;

    /// <summary>Such as <c>input description changed; attribute model changed from "small" to "large"</c>.</summary>
    public static string Describe(string before, string after)
    {
        var old = Facts(before);
        var now = Facts(after);
        var differences = now
            .Where(fact => !old.TryGetValue(fact.Key, out var value) || value != fact.Value)
            .Select(fact => old.TryGetValue(fact.Key, out var value) ? Changed(fact.Key, value, fact.Value) : $"{fact.Key} is new")
            .Concat(old.Keys.Where(fact => !now.ContainsKey(fact)).Select(fact => $"{fact} is gone"))
            .ToList();
        return differences.Count <= MostFactsTold
            ? string.Join("; ", differences)
            : $"{string.Join("; ", differences.Take(MostFactsTold))}; and {differences.Count - MostFactsTold} more";
    }

    /// <summary>Digests tell a reader nothing, so only short values are shown.</summary>
    static string Changed(string fact, string before, string after) =>
        fact.StartsWith("input ", StringComparison.Ordinal) || IsDigest(before) || IsDigest(after)
            ? $"{fact} changed"
            : $"{fact} changed from {before} to {after}";

    static bool IsDigest(string value) => value.Contains("sha256:", StringComparison.Ordinal);

    /// <summary>A line is a fact and its value: <c>attribute model "small"</c>; of <c>type</c>, <c>run</c> and <c>at</c> the fact is one word.</summary>
    static Dictionary<string, string> Facts(string text)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var end = line.IndexOf(' ', StringComparison.Ordinal);
            if (line[..end] is not ("type" or "run" or "at")) end = line.IndexOf(' ', end + 1);
            facts[line[..end]] = line[(end + 1)..];
        }

        return facts;
    }
}
