using System.Text;

namespace TaskBot.Ninja;

/// <summary>One line with those that go on after a <c>$</c> at its end.</summary>
/// <param name="Text">Without the space before it.</param>
/// <param name="Number">Of the first of them, 1-based.</param>
sealed record NinjaLine(string Text, int Number, bool IsIndented);

/// <summary>The lines of a ninja file, without comments and empty ones.</summary>
sealed class NinjaLines(string[] lines)
{
    int next;
    NinjaLine? peeked;

    /// <summary>The next line; null at the end.</summary>
    public NinjaLine? Next()
    {
        var line = peeked ?? Read();
        peeked = null;
        return line;
    }

    /// <summary>The next line where it is indented; else null, and it stays the next.</summary>
    public NinjaLine? NextIndented()
    {
        peeked ??= Read();
        return peeked is { IsIndented: true } ? Next() : null;
    }

    NinjaLine? Read()
    {
        while (next < lines.Length)
        {
            var number = next + 1;
            var line = lines[next++];
            if (line.AsSpan().Trim().IsEmpty || line.AsSpan().TrimStart()[0] == '#') continue;
            return new(Join(line.TrimStart()), number, line[0] == ' ');
        }

        return null;
    }

    string Join(string line)
    {
        if (!GoesOn(line) || next == lines.Length) return line;
        var joined = new StringBuilder(line, 0, line.Length - 1, capacity: 256);
        while (next < lines.Length)
        {
            var more = lines[next++].TrimStart();
            if (!GoesOn(more)) return joined.Append(more).ToString();
            joined.Append(more, 0, more.Length - 1);
        }

        return joined.ToString();
    }

    /// <summary>An odd number of dollar signs at the end: of <c>$$</c> the second is meant itself.</summary>
    static bool GoesOn(string line) => (line.Length - line.AsSpan().TrimEnd('$').Length) % 2 == 1;
}
