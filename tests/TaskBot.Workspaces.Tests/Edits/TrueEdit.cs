using System.Text;
using TaskBot.Workspaces.Edits;

namespace TaskBot.Workspaces.Tests.Edits;

/// <summary>A real file and one to three real changes of it, far enough apart to be hunks of their own.</summary>
internal sealed class TrueEdit
{
    readonly Random random;
    readonly List<string> before;
    readonly List<(int Start, int Count, List<string> New)> edits = [];
    readonly int context;
    readonly string end;
    readonly bool finalNewline;
    readonly string mark;

    public TrueEdit(Random random, string[][] files, bool withSlips)
    {
        this.random = random;
        var file = files[random.Next(files.Length)];
        var other = files[random.Next(files.Length)];
        before = [.. file.Skip(random.Next(Math.Max(1, file.Length - 200))).Take(200)];
        context = random.Next(0, 4);
        var count = random.Next(1, 4);
        var start = random.Next(0, 8);
        for (var i = 0; i < count && start + 3 < before.Count; i++)
        {
            var length = random.Next(0, 4);
            List<string> added = [.. Enumerable.Range(0, random.Next(length == 0 ? 1 : 0, 4)).Select(_ => Fresh(other[random.Next(other.Length)]))];
            edits.Add((start, length, added));
            start += length + (2 * context) + 2 + random.Next(20);
        }
        end = withSlips && random.Next(4) == 0 ? "\r\n" : "\n";
        finalNewline = !withSlips || random.Next(5) > 0;
        mark = withSlips && random.Next(8) == 0 ? "\uFEFF" : "";
        Slips = withSlips ? (Slip)random.Next(1 << 14) & (Slip)random.Next(1 << 14) : Slip.None;
        // With other blanks a block may be a true quotation of another place, and one line is no block.
        if (context == 0 || edits.Exists(edit => IsQuotation([.. Deeper(Old(edit)).Select(line => line.TrimEnd())]))) Slips &= ~Slip.Deeper;
    }

    [Flags]
    public enum Slip
    {
        None = 0,
        NoPrefix = 1,
        DotPrefix = 2,
        TimeStamp = 4,
        Backslash = 8,
        WrongCounts = 16,
        WrongNumber = 32,
        BlankWithoutColumn = 64,
        NoTrailingBlanks = 128,
        ReturnInReply = 256,
        AnyOrder = 512,
        Deeper = 1024,
        LongFence = 2048,
        GitHeader = 4096,
        Heading = 8192,
    }

    public Slip Slips { get; }

    public string Before => mark + string.Join(end, before) + (finalNewline ? end : "");

    public string After => mark + string.Join(end, AfterLines) + (finalNewline ? end : "");

    List<string> AfterLines
    {
        get
        {
            var lines = new List<string>();
            var at = 0;
            foreach (var (start, count, added) in edits)
            {
                lines.AddRange(before[at..start]);
                lines.AddRange(added);
                at = start + count;
            }
            lines.AddRange(before[at..]);
            return lines;
        }
    }

    /// <summary>Whether each edit's old text, blanks aside, stands once, so that a harmless reply must apply.</summary>
    public bool IsUnique => edits.TrueForAll(edit =>
    {
        var old = Old(edit);
        if (old.All(string.IsNullOrWhiteSpace)) return false;
        var places = 0;
        for (var i = 0; i + old.Count <= before.Count; i++)
        {
            if (old.Select((line, j) => line.Trim() == before[i + j].Trim()).All(same => same)) places++;
        }
        // Trimmed lines of a changed file are a matter of taste at its very end; the rest is a matter of fact.
        return places == 1 && edit.Start + edit.Count + context < before.Count;
    });

    public IEnumerable<(string, EditFormat)> Replies()
    {
        foreach (var (reply, format) in new[]
        {
            (Diff(fenced: true), EditFormat.UnifiedDiff), (Blocks(), EditFormat.SearchReplace), (Patch(), EditFormat.ApplyPatch), (Json(), EditFormat.Json), (Whole(), EditFormat.WholeFile),
        })
        {
            // A fence cannot say that a file ends without a line end.
            if (format == EditFormat.WholeFile && !finalNewline) continue;
            var sent = Slips.HasFlag(Slip.ReturnInReply) ? reply.Replace("\n", "\r\n", StringComparison.Ordinal) : reply;
            yield return (sent, format != EditFormat.WholeFile && random.Next(2) == 0 ? EditFormat.Auto : format);
        }
    }

    static readonly string[] Elisions =
    [
        "// ... existing code ...", "# ... rest of the file ...", "/* rest of the class unchanged */", "<!-- ... -->", "// other methods remain the same",
        "# (unchanged)", "// ... (keep the rest)", "-- existing code here", "# code omitted for brevity", "// …",
    ];

    /// <summary>The reply with each line of code, old or new, changed in the same way.</summary>
    static string Recoded(string[] lines, EditFormat format, Func<string, string> recode) => string.Join('\n', lines.Select((line, i) =>
        IsOldLine(lines, i, format) || IsNewLine(lines, i, format) ? Sign(line, format) + recode(line[Sign(line, format).Length..]) : line));

    static bool IsNewLine(string[] lines, int index, EditFormat format)
    {
        if (format != EditFormat.SearchReplace) return lines[index] is ['+', ..] && !lines[index].StartsWith("+++ ", StringComparison.Ordinal);
        var divider = Array.LastIndexOf(lines, "=======", index);
        return divider >= 0 && divider < index && Array.IndexOf(lines, ">>>>>>> REPLACE", divider) > index;
    }

    static string Curled(string line) => line.Replace('"', '\u201C').Replace('\'', '\u2018');

    static string Indented(string line, char blank) => new string(blank, line.Length - line.TrimStart(' ').Length) + line.TrimStart(' ');

    static string Tabbed(string line)
    {
        var depth = line.Length - line.TrimStart(' ').Length;
        return new string('\t', depth / 4) + line[(depth / 4 * 4)..];
    }

    /// <summary>What happens to the characters of a reply on its way, and what surrounds it.</summary>
    IEnumerable<(string Twist, string Reply)> Distorted(string reply, string[] lines, EditFormat format)
    {
        yield return ("HTML escapes", Recoded(lines, format, System.Net.WebUtility.HtmlEncode));
        yield return ("typographic quotes", Recoded(lines, format, Curled));
        yield return ("no-break spaces", Recoded(lines, format, line => Indented(line, '\u00A0')));
        if (before.Exists(line => line.StartsWith("  ", StringComparison.Ordinal)) && !before.Exists(line => line.StartsWith('\t'))) yield return ("tabs for spaces", Recoded(lines, format, Tabbed));
        var number = random.Next(1, 100);
        yield return ("line numbers", Recoded(lines, format, line => $"{number++}: {line}"));
        // Two blocks for one and the same text may be for two places that have it.
        if (edits.Count > 1 || format == EditFormat.UnifiedDiff) yield return ("given twice", reply + "\nOr all at once:\n\n" + reply);
        yield return ("another file", reply.Replace("src/a.cs", "src/b.cs", StringComparison.Ordinal));
        yield return ("no file", reply.Replace("src/a.cs", "", StringComparison.Ordinal));
        if (Enumerable.Range(0, lines.Length).Where(i => IsNewLine(lines, i, format)).ToArray() is { Length: > 0 } added)
        {
            var at = added[random.Next(added.Length)];
            var elision = $"    {Elisions[random.Next(Elisions.Length)]}";
            yield return ("new lines for others", string.Join('\n', lines.Select((line, i) => i == at ? $"{line}\n{(format == EditFormat.SearchReplace ? "" : "+")}{elision}" : line)));
        }
    }

    public IEnumerable<(string Twist, string Reply, EditFormat Format, string Before)> Twisted()
    {
        var (diff, blocks, patch) = (Diff(fenced: true), Blocks(), Patch());
        foreach (var (reply, format) in new[] { (diff, EditFormat.UnifiedDiff), (blocks, EditFormat.SearchReplace), (patch, EditFormat.ApplyPatch) })
        {
            var lines = reply.Split('\n');
            var old = Enumerable.Range(0, lines.Length).Where(i => IsOldLine(lines, i, format)).ToArray();
            if (old.Length > 0)
            {
                var gone = old[random.Next(old.Length)];
                // A block without a line at its edge that it removes, or that says where it adds, is another edit; and what is a true
                // quotation of the file with the line skipped says nothing of it.
                var isEdge = !old.Contains(gone - 1) || !old.Contains(gone + 1);
                var skipped = old.Where(i => i != gone && Block(old, gone, i)).Select(i => lines[i][Sign(lines[i], format).Length..].TrimEnd()).ToArray();
                // Of two equal lines either may be the one that is quoted.
                var isDouble = lines[gone] == lines[gone - 1] || lines[gone] == lines[gone + 1];
                // Without an empty line at its edge, the old text is as good as one that asks for that line.
                var isEmptyEdge = isEdge && lines[gone][Sign(lines[gone], format).Length..].Trim().Length == 0;
                if (!isDouble && !isEmptyEdge && !(isEdge && !IsKeptAtEdge(lines, gone, format)) && (isEdge || !IsQuotation(skipped)))
                    yield return ("a line skipped", string.Join('\n', lines.Where((_, i) => i != gone)), format, Before);
                var one = old[random.Next(old.Length)];
                yield return ("a line invented", string.Join('\n', lines.Select((line, i) => i == one && line.Trim().Length > 1 ? line + " invented();" : line)), format, Before);
                if (!isEdge) yield return ("a line for others", string.Join('\n', lines.Select((line, i) => i == gone ? Sign(line, format) + "    // ... existing code ..." : line)), format, Before);
                if (lines[gone].Length > 4 && lines[gone][1..4] == "   ") yield return ("one line less deep", string.Join('\n', lines.Select((line, i) => i == gone ? Sign(line, format) + line[(Sign(line, format).Length + 3)..] : line)), format, Before);
                string[] swapped = [.. old.Where(i => Block(old, gone, i)).Select(i => lines[i == gone ? i + 1 : i == gone + 1 ? i - 1 : i]).Select(line => line[Sign(line, format).Length..].TrimEnd())];
                // An empty line at an edge may be the reply's layout.
                if (Array.IndexOf(old, gone + 1) >= 0 && lines[gone].Trim() != lines[gone + 1].Trim() && lines[gone].Trim().Length * lines[gone + 1].Trim().Length > 1 && !IsQuotation(swapped))
                    yield return ("two lines swapped", string.Join('\n', [.. lines[..gone], lines[gone + 1], lines[gone], .. lines[(gone + 2)..]]), format, Before);
                if (lines[gone].Trim().Length > 1) yield return ("one line deeper", string.Join('\n', lines.Select((line, i) => i == gone ? Sign(line, format) + "   " + line[Sign(line, format).Length..] : line)), format, Before);
            }
            foreach (var (twist, distorted) in Distorted(reply, lines, format)) yield return (twist, distorted, format, Before);
            // Behind the end of a block nothing tells a cut from an end; inside one it must.
            var cut = random.Next(lines.Length / 2, lines.Length - 1);
            var isInside = format != EditFormat.SearchReplace || Array.LastIndexOf(lines, "<<<<<<< SEARCH", cut - 1) > Array.LastIndexOf(lines, ">>>>>>> REPLACE", cut - 1);
            if (isInside) yield return ("cut off", string.Join('\n', lines[..cut]), format, Before);
            if (format == EditFormat.SearchReplace)
            {
                foreach (var marker in (string[])["=======", ">>>>>>> REPLACE", "<<<<<<< SEARCH"])
                {
                    var at = Array.FindIndex(lines, line => line == marker);
                    yield return ("no " + marker, string.Join('\n', lines.Where((_, i) => i != at)), format, Before);
                }
            }
        }
        yield return ("two formats", diff + blocks, EditFormat.Auto, Before);
        var json = Json();
        yield return ("cut off", json[..random.Next(json.Length / 2, json.Length - 10)], EditFormat.Json, Before);
        yield return ("cut off", json[..random.Next(json.Length / 2, json.Length - 10)], EditFormat.Auto, Before);
        // The whole file twice: without numbers nothing says which of the two is meant.
        var twice = Before + Before;
        foreach (var (reply, format) in new[] { (blocks, EditFormat.SearchReplace), (patch, EditFormat.ApplyPatch) })
            yield return ("two places", reply, format, twice);
    }

    /// <summary>Whether two old lines belong to one block: all lines between them are old ones too.</summary>
    static bool Block(int[] old, int one, int other) => Enumerable.Range(Math.Min(one, other), Math.Abs(one - other)).All(old.Contains);

    bool IsQuotation(string[] text) => Enumerable.Range(0, Math.Max(0, before.Count - text.Length + 1)).Any(i => text.Select((line, j) => line == before[i + j].TrimEnd()).All(same => same));

    /// <summary>
    /// Whether this line at the edge of a block is context at the edge of the new text too, so that a block without it is still the same
    /// edit. An empty one beside which lines only go is not: how many empty lines are to stay is then open.
    /// </summary>
    static bool IsKeptAtEdge(string[] lines, int index, EditFormat format)
    {
        if (format != EditFormat.SearchReplace) return lines[index][0] == ' ' && lines[index - 1] is not ['+', ..] && lines[index + 1] is not ['+', ..];
        var divider = Array.IndexOf(lines, "=======", index);
        var (before, after) = (lines[(Array.LastIndexOf(lines, "<<<<<<< SEARCH", index) + 1)..divider], lines[(divider + 1)..Array.IndexOf(lines, ">>>>>>> REPLACE", divider)]);
        if (after.Length == 0 || (lines[index].Length == 0 && after.All(before.Contains))) return false;
        return index == divider - 1 ? after[^1] == lines[index] : after[0] == lines[index];
    }

    static string Sign(string line, EditFormat format) => format == EditFormat.SearchReplace ? "" : line[..1];

    /// <summary>Whether this line of the reply is quoted from the file.</summary>
    static bool IsOldLine(string[] lines, int index, EditFormat format)
    {
        if (format == EditFormat.SearchReplace)
        {
            var open = Array.LastIndexOf(lines, "<<<<<<< SEARCH", index);
            return open >= 0 && open < index && Array.IndexOf(lines, "=======", open) > index;
        }
        var line = lines[index];
        return line is [' ' or '-', ..] && !line.StartsWith("--- ", StringComparison.Ordinal);
    }

    /// <summary>A line that no file has, with its own indentation.</summary>
    string Fresh(string line) => $"{new string(' ', 4 * random.Next(4))}{$"{line.Trim()} fresh".TrimStart()}{random.Next(100_000)}".Replace("\t", " ", StringComparison.Ordinal);

    List<string> Old((int Start, int Count, List<string> New) edit) => before[Math.Max(0, edit.Start - context)..Math.Min(before.Count, edit.Start + edit.Count + context)];

    (List<string> Lead, List<string> Gone, List<string> Added, List<string> Trail) Parts((int Start, int Count, List<string> New) edit)
    {
        var after = edit.Start + edit.Count;
        var (lead, gone, trail) = (before[Math.Max(0, edit.Start - context)..edit.Start], before[edit.Start..after], before[after..Math.Min(before.Count, after + context)]);
        var added = edit.New;
        if (Slips.HasFlag(Slip.NoTrailingBlanks)) (lead, gone, trail) = (Strip(lead), Strip(gone), Strip(trail));
        if (Slips.HasFlag(Slip.Deeper)) (lead, gone, added, trail) = (Deeper(lead), Deeper(gone), Deeper(added), Deeper(trail));
        return (lead, gone, added, trail);

        static List<string> Strip(List<string> lines) => [.. lines.Select(line => line.TrimEnd())];
    }

    static List<string> Deeper(List<string> lines) => [.. lines.Select(line => string.IsNullOrWhiteSpace(line) ? line : "    " + line)];

    IEnumerable<(int Start, int Count, List<string> New)> Ordered => Slips.HasFlag(Slip.AnyOrder) ? edits.AsEnumerable().Reverse() : edits;

    string Hunk((int Start, int Count, List<string> New) edit, bool hasNumbers, int shift)
    {
        var (lead, gone, added, trail) = Parts(edit);
        var start = edit.Start - lead.Count + 1;
        if (lead.Count + gone.Count + trail.Count == 0) start--;
        var (olds, news) = (lead.Count + gone.Count + trail.Count, lead.Count + added.Count + trail.Count);
        if (Slips.HasFlag(Slip.WrongCounts)) (olds, news) = (olds + random.Next(1, 4), news + random.Next(1, 4));
        var number = Slips.HasFlag(Slip.WrongNumber) ? 9_000 : start;
        var text = new StringBuilder(hasNumbers ? $"@@ -{number},{olds} +{number + shift},{news} @@\n" : "@@\n");
        string Context(string line) => Slips.HasFlag(Slip.BlankWithoutColumn) && line.Length == 0 ? "" : " " + line;
        foreach (var line in lead) text.Append(Context(line)).Append('\n');
        foreach (var line in gone) text.Append('-').Append(line).Append('\n');
        foreach (var line in added) text.Append('+').Append(line).Append('\n');
        foreach (var line in trail) text.Append(Context(line)).Append('\n');
        return text.ToString();
    }

    public string Diff(bool fenced)
    {
        var path = Slips.HasFlag(Slip.Backslash) ? "src\\a.cs" : "src/a.cs";
        var (a, b) = Slips.HasFlag(Slip.NoPrefix) ? ("", "") : Slips.HasFlag(Slip.DotPrefix) ? ("./", "./") : ("a/", "b/");
        var stamp = Slips.HasFlag(Slip.TimeStamp) ? "\t2024-01-02 03:04:05.000000000 +0000" : "";
        var shift = 0;
        var hunks = new StringBuilder();
        foreach (var edit in Ordered)
        {
            hunks.Append(Hunk(edit, hasNumbers: true, shift));
            shift += edit.New.Count - edit.Count;
        }
        var header = Slips.HasFlag(Slip.GitHeader) ? $"diff --git {a}{path} {b}{path}\nindex 83db48f..bf269f4 100644\n" : "";
        var diff = $"{header}--- {a}{path}{stamp}\n+++ {b}{path}{stamp}\n{hunks}";
        var fence = Slips.HasFlag(Slip.LongFence) || diff.Contains("```", StringComparison.Ordinal) ? "``````" : "```";
        return fenced ? $"Here is the change.\n\n{fence}diff\n{diff}{fence}\n\nThat is all.\n" : diff;
    }

    string Blocks()
    {
        var text = new StringBuilder("I change this.\n\n");
        foreach (var edit in Ordered)
        {
            var (lead, gone, added, trail) = Parts(edit);
            text.Append(Slips.HasFlag(Slip.Heading) ? "### File: `src/a.cs`\n\n~~~~~~cs\n" : "src/a.cs\n``````\n").Append("<<<<<<< SEARCH\n");
            foreach (var line in (List<string>)[.. lead, .. gone, .. trail]) text.Append(line).Append('\n');
            text.Append("=======\n");
            foreach (var line in (List<string>)[.. lead, .. added, .. trail]) text.Append(line).Append('\n');
            text.Append(Slips.HasFlag(Slip.Heading) ? ">>>>>>> REPLACE\n~~~~~~\n\n" : ">>>>>>> REPLACE\n``````\n\n");
        }
        return text.ToString();
    }

    string Whole() => $"src/a.cs\n``````\n{string.Join('\n', AfterLines)}\n``````\n";

    string Patch() => $"*** Begin Patch\n*** Update File: src/a.cs\n{string.Concat(Ordered.Select(edit => Hunk(edit, hasNumbers: false, 0)))}*** End Patch\n";

    string Json() => "``````json\n" + System.Text.Json.JsonSerializer.Serialize(Ordered.Select(edit =>
    {
        var (lead, gone, added, trail) = Parts(edit);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["path"] = "src/a.cs",
            ["search"] = string.Join('\n', (List<string>)[.. lead, .. gone, .. trail]) + "\n",
            ["replace"] = string.Concat(((List<string>)[.. lead, .. added, .. trail]).Select(line => line + "\n")),
        };
    })) + "\n``````\n";
}
