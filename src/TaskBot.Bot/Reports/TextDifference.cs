using System.Text;

namespace TaskBot.Bot.Reports;

/// <summary>Two texts of a few hundred lines as one, line by line: what went, what came, what stayed.</summary>
static class TextDifference
{
    /// <summary>Beyond this the table of the longest common part costs too much, and nobody reads it; then all of the old goes and all of the new comes.</summary>
    const int MostLines = 1000;

    /// <summary>Lines that begin with <c>-</c>, <c>+</c> or a space, as a unified diff has them.</summary>
    public static string Of(string before, string after)
    {
        var (old, now) = (Lines(before), Lines(after));
        var text = new StringBuilder();
        if (old.Length > MostLines || now.Length > MostLines)
        {
            foreach (var line in old) text.Append('-').Append(line).Append('\n');
            foreach (var line in now) text.Append('+').Append(line).Append('\n');
            return text.ToString();
        }

        // common[i, j] is the length of the longest common part of what follows line i of the one and line j of the other.
        var common = new int[old.Length + 1, now.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
            for (var j = now.Length - 1; j >= 0; j--)
                common[i, j] = old[i] == now[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        for (int i = 0, j = 0; i < old.Length || j < now.Length;)
        {
            if (i < old.Length && j < now.Length && old[i] == now[j])
            {
                text.Append(' ').Append(old[i++]).Append('\n');
                j++;
            }
            else if (j == now.Length || (i < old.Length && common[i + 1, j] >= common[i, j + 1]))
            {
                text.Append('-').Append(old[i++]).Append('\n');
            }
            else
            {
                text.Append('+').Append(now[j++]).Append('\n');
            }
        }

        return text.ToString();
    }

    static string[] Lines(string text) => text.Trim().ReplaceLineEndings("\n").Split('\n');
}
