namespace TaskBot.Workspaces.Search.Indexing;

/// <summary>Words as the index knows them: lower case, identifiers whole and in parts, without the endings that grammar adds.</summary>
static class Terms
{
    const int Longest = 64;

    /// <summary>The terms of one word: <c>parseUtf8_text</c> is parse, utf8, utf, text and parseutf8text. None where it has no letter.</summary>
    public static void Split(ReadOnlySpan<char> word, ICollection<string> terms)
    {
        if (word.Length is < 2 or > Longest || !HasLetter(word))
            return;
        var start = 0;
        var isWhole = true;
        for (var i = 1; i <= word.Length; i++)
        {
            if (i < word.Length && !IsBoundary(word, i))
                continue;
            var part = word[start..i].Trim("_$");
            start = i;
            if (part.Length == word.Length)
                break;
            isWhole = false;
            AddPart(part, terms);
        }
        if (isWhole)
            AddPart(word, terms);
        else
            terms.Add(Joined(word));
    }

    /// <summary>The term of a name as a whole.</summary>
    public static string Whole(string name)
    {
        var terms = new List<string>();
        Split(name, terms);
        return terms.Count > 0 ? terms[^1] : name;
    }

    static void AddPart(ReadOnlySpan<char> part, ICollection<string> terms)
    {
        if (part.Length < 2 || !HasLetter(part))
            return;
        var letters = part.TrimEnd("0123456789");
        if (letters.Length == part.Length)
        {
            terms.Add(Stem(part));
            return;
        }
        terms.Add(Lower(part));
        if (letters.Length > 1)
            terms.Add(Stem(letters));
    }

    static bool IsBoundary(ReadOnlySpan<char> name, int i) =>
        name[i] is '_' or '$' || name[i - 1] is '_' or '$'
        || (char.IsUpper(name[i]) && (char.IsLower(name[i - 1]) || char.IsDigit(name[i - 1]) || (i + 1 < name.Length && char.IsUpper(name[i - 1]) && char.IsLower(name[i + 1]))))
        || (char.IsLetter(name[i]) && char.IsDigit(name[i - 1]) && i > 1);

    static bool HasLetter(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (char.IsLetter(c))
                return true;
        return false;
    }

    /// <summary>However a name is joined, it is the same: sessionId, session_id and SESSION_ID.</summary>
    static string Joined(ReadOnlySpan<char> word) => Lower(word).Replace("_", "", StringComparison.Ordinal).Replace("$", "", StringComparison.Ordinal);

    static string Lower(ReadOnlySpan<char> word) => string.Create(word.Length, word, (lower, from) => from.ToLowerInvariant(lower));

    /// <summary>A light stemmer: it only has to do the same to the question and to the code, so a stem need be no word.</summary>
    static string Stem(ReadOnlySpan<char> word)
    {
        Span<char> lower = stackalloc char[Longest];
        var length = word.ToLowerInvariant(lower);
        ReadOnlySpan<char> stem = lower[..length];
        if (Ends(stem, "ies", 5)) return string.Concat(stem[..^3], "y");
        if (Ends(stem, "sses", 5)) stem = stem[..^2];
        else if (stem.Length > 3 && stem[^1] == 's' && stem[^2] is not ('s' or 'u' or 'i')) stem = stem[..^1];
        if (Ends(stem, "ization", 9) || Ends(stem, "isation", 9)) stem = stem[..^5];
        else if (Ends(stem, "ation", 8)) stem = stem[..^5];
        else if (Ends(stem, "ator", 7)) stem = stem[..^4];
        else if (Ends(stem, "ment", 8)) stem = stem[..^4];
        else if (Ends(stem, "ing", 6)) stem = Undouble(stem[..^3]);
        else if (Ends(stem, "ied", 5)) return string.Concat(stem[..^3], "y");
        else if (Ends(stem, "ed", 5)) stem = Undouble(stem[..^2]);
        else if (Ends(stem, "er", 6) || Ends(stem, "or", 6)) stem = Undouble(stem[..^2]);
        else if (Ends(stem, "ion", 6) && stem[^4] is 's' or 't') stem = stem[..^3];
        if (Ends(stem, "ate", 6)) stem = stem[..^3];
        else if (stem.Length > 4 && stem[^1] == 'e') stem = stem[..^1];
        return new string(stem);
    }

    static bool Ends(ReadOnlySpan<char> word, string ending, int shortest) => word.Length >= shortest && word.EndsWith(ending, StringComparison.Ordinal);

    static ReadOnlySpan<char> Undouble(ReadOnlySpan<char> stem) => stem.Length > 3 && stem[^1] == stem[^2] && stem[^1] is not ('l' or 's' or 'z') ? stem[..^1] : stem;
}
