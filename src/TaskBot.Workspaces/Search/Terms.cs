namespace TaskBot.Workspaces.Search;

/// <summary>Words as the index knows them: lower case, identifiers whole and in parts, plurals without their s.</summary>
static class Terms
{
    const int Longest = 64;

    /// <summary>Calls back for a name as a whole and for its parts: <c>HTTPServerError_code2</c> is http, server, error, code2 too.</summary>
    public static void Of(ReadOnlySpan<char> name, Action<string, bool> add)
    {
        if (name.Length > Longest || name.Length < 2 || !HasLetter(name))
            return;
        var parts = 0;
        var start = 0;
        for (var i = 1; i <= name.Length; i++)
        {
            if (i < name.Length && !IsBoundary(name, i))
                continue;
            var part = name[start..i].Trim("_$");
            start = i;
            if (part.Length == name.Length)
                break;
            parts++;
            if (part.Length > 1 && HasLetter(part))
                add(Stem(part), false);
        }
        add(parts > 0 ? new string(name).ToLowerInvariant() : Stem(name), true);
    }

    public static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '$';

    static bool IsBoundary(ReadOnlySpan<char> name, int i) =>
        name[i] is '_' or '$' || name[i - 1] is '_' or '$'
        || (char.IsUpper(name[i]) && (char.IsLower(name[i - 1]) || char.IsDigit(name[i - 1]) || (i + 1 < name.Length && char.IsUpper(name[i - 1]) && char.IsLower(name[i + 1]))));

    static bool HasLetter(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (char.IsLetter(c))
                return true;
        return false;
    }

    static string Stem(ReadOnlySpan<char> word)
    {
        var lower = new string(word).ToLowerInvariant();
        return lower switch
        {
            { Length: > 4 } when lower.EndsWith("ies", StringComparison.Ordinal) => lower[..^3] + "y",
            { Length: > 5 } when lower.EndsWith("ing", StringComparison.Ordinal) => lower[..^3],
            { Length: > 4 } when lower.EndsWith("ed", StringComparison.Ordinal) => lower[..^2],
            { Length: > 3 } when lower[^1] == 's' && lower[^2] is not ('s' or 'u' or 'i') => lower[..^1],
            _ => lower,
        };
    }
}
