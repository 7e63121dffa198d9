using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace TaskBot.Builds;

/// <summary>
/// The lines of a layer's text, where each of them can be understood by itself: where lines stand is told by their indentation, and a value ends where its line
/// does. So an edit of few lines is understood without reading the rest as YAML. What is not plainly so is not: the text is then composed again.
/// </summary>
static class LayerLines
{
    /// <summary>Lines that may differ; more are read faster all together.</summary>
    const int MostChanged = 1000;

    static readonly SearchValues<byte> KeyBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-"u8);

    /// <summary>What no plain text begins with.</summary>
    static readonly SearchValues<byte> NoText = SearchValues.Create("|>&*!%@`?\t"u8);

    /// <summary>What a value in brackets stands behind.</summary>
    static readonly SearchValues<byte> Opens = SearchValues.Create("{[,:"u8);

    /// <summary>How a line begins.</summary>
    /// <param name="Indent">Spaces before it.</param>
    /// <param name="KeyLength">Length of its key; 0 where it has none.</param>
    /// <param name="Kind">What stands there.</param>
    [StructLayout(LayoutKind.Auto)]
    readonly record struct Start(int Indent, int KeyLength, Kind Kind);

    enum Kind
    {
        /// <summary>Nothing, or a comment.</summary>
        Blank,

        /// <summary>A key whose value stands in the lines below.</summary>
        Header,

        /// <summary>A key and its whole value.</summary>
        Entry,

        /// <summary>A key whose value is the text of the lines below that are indented more.</summary>
        Block,

        /// <summary>An item of a list that begins here.</summary>
        Item,

        /// <summary>Anything else.</summary>
        Other,
    }

    /// <summary>True where every line can be understood by itself.</summary>
    /// <param name="text">A text that was read as YAML without any mistake.</param>
    public static bool AreSeparate(ReadOnlySpan<byte> text)
    {
        var block = -1;
        for (var at = 0; at < text.Length;)
        {
            var range = LineAt(text, at);
            at = range.End.Value + 1;
            var line = text[range];
            if (block >= 0 && (line.Trim(" \r"u8).IsEmpty || IndentOf(line) > block)) continue;
            block = -1;
            var start = Read(line);
            if (start.Kind == Kind.Other) return false;
            if (start.Kind == Kind.Block) block = start.Indent;
        }

        return true;
    }

    /// <summary>
    /// The lines that differ, each with the keys above it as a layer of its own, before and after. Null where it is not only values in lines that differ.
    /// </summary>
    /// <param name="before">A text of which <see cref="AreSeparate"/> is true.</param>
    public static List<(string Before, string After)>? Changes(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        var (keys, changes) = (new List<(int Indent, Range Line)>(), new List<(string, string)>());
        var (at, other) = (0, 0);
        while (true)
        {
            var same = before[at..].CommonPrefixLength(after[other..]);
            if (at + same == before.Length && other + same == after.Length) return changes;
            same = before.Slice(at, same).LastIndexOf((byte)'\n') + 1;
            ReadKeys(before, at..(at + same), keys);
            (at, other) = (at + same, other + same);
            if (at == before.Length || other == after.Length || changes.Count == MostChanged) return null;
            var (old, now) = (LineAt(before, at), LineAt(after, other));
            var was = before[old];
            var line = after[now];
            var (first, second) = (Read(was), Read(line));
            if (first.Kind is not Kind.Blank || second.Kind is not Kind.Blank)
            {
                if (first.Kind != Kind.Entry || second != first || !was.Slice(first.Indent, first.KeyLength).SequenceEqual(line.Slice(first.Indent, first.KeyLength))) return null;
                if (Above(before, keys, first.Indent) is not { } above) return null;
                changes.Add(($"{above}{Encoding.UTF8.GetString(was)}\n", $"{above}{Encoding.UTF8.GetString(line)}\n"));
            }

            (at, other) = (Math.Min(old.End.Value + 1, before.Length), Math.Min(now.End.Value + 1, after.Length));
        }
    }

    /// <summary>The keys that a line of that indentation stands under, as the text of a layer; null where it stands under anything else.</summary>
    static string? Above(ReadOnlySpan<byte> text, List<(int Indent, Range Line)> keys, int indent)
    {
        var above = new StringBuilder("taskbot: 1\n");
        var count = keys.Count;
        while (count > 0 && keys[count - 1].Indent >= indent) count--;
        if (count == 0 && indent > 0) return null;
        foreach (var (_, line) in keys[..count])
        {
            if (Read(text[line]).Kind != Kind.Header) return null;
            above.Append(Encoding.UTF8.GetString(text[line])).Append('\n');
        }

        return above.ToString();
    }

    /// <summary>Goes through lines, and keeps those that the next one may stand under.</summary>
    static void ReadKeys(ReadOnlySpan<byte> text, Range lines, List<(int Indent, Range Line)> keys)
    {
        for (var at = lines.Start.Value; at < lines.End.Value;)
        {
            var line = LineAt(text, at);
            at = line.End.Value + 1;
            if (text[line].Trim(" \r"u8) is [] or [(byte)'#', ..]) continue;
            var indent = IndentOf(text[line]);
            while (keys.Count > 0 && keys[^1].Indent >= indent) keys.RemoveAt(keys.Count - 1);
            keys.Add((indent, line));
        }
    }

    /// <summary>The line that begins there, without its end.</summary>
    static Range LineAt(ReadOnlySpan<byte> text, int at) => text[at..].IndexOf((byte)'\n') is >= 0 and var length ? at..(at + length) : at..text.Length;

    static int IndentOf(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ') is >= 0 and var indent ? indent : line.Length;

    static Start Read(ReadOnlySpan<byte> line)
    {
        var indent = IndentOf(line);
        var rest = line[indent..].TrimEnd(" \r"u8);
        if (rest is [] or [(byte)'#', ..]) return new(indent, 0, Kind.Blank);
        if (rest is [(byte)'-'] || (rest is [(byte)'-', (byte)' ', .. var item] && KindOf(item) is Kind.Entry or Kind.Header)) return new(indent, 0, Kind.Item);
        var length = rest.IndexOfAnyExcept(KeyBytes);
        if (length <= 0 || rest[length] != ':') return new(indent, 0, Kind.Other);
        var value = rest[(length + 1)..];
        if (value is [not (byte)' ', ..]) return new(indent, 0, Kind.Other);
        value = value.TrimStart((byte)' ');
        return new(indent, length, value is [] or [(byte)'#', ..] ? Kind.Header : value is [(byte)'|' or (byte)'>', ..] ? Kind.Block : IsWhole(value) ? Kind.Entry : Kind.Other);
    }

    /// <summary>What an item of a list is, behind its dash: a value or an entry by itself.</summary>
    static Kind KindOf(ReadOnlySpan<byte> item) => IsWhole(item.TrimStart((byte)' ')) ? Kind.Entry : Read(item).Kind;

    /// <summary>True for a value that ends in its line, comments behind it aside.</summary>
    static bool IsWhole(ReadOnlySpan<byte> value)
    {
        switch (value)
        {
            case [(byte)'"' or (byte)'\'', ..]: return AfterQuoted(value) is >= 0 and var end && IsEnd(value[end..]);
            case [(byte)'{' or (byte)'[', ..]: return AfterBrackets(value) is >= 0 and var close && IsEnd(value[close..]);
            case [var first, ..] when NoText.Contains(first): return false;
            default: return true;
        }
    }

    static bool IsEnd(ReadOnlySpan<byte> rest) => rest.Trim((byte)' ') is [] || rest is [(byte)' ', ..] && rest.TrimStart((byte)' ') is [(byte)'#', ..];

    /// <summary>Where a quoted text ends that begins a value; -1 where it does not.</summary>
    static int AfterQuoted(ReadOnlySpan<byte> value)
    {
        for (var i = 1; i < value.Length; i++)
        {
            if (value[0] == '"' && value[i] == '\\') i++;
            else if (value[i] != value[0]) continue;
            else if (value[0] == '\'' && i + 1 < value.Length && value[i + 1] == '\'') i++;
            else return i + 1;
        }

        return -1;
    }

    /// <summary>Where a list or map in brackets ends that begins a value; -1 where it does not.</summary>
    static int AfterBrackets(ReadOnlySpan<byte> value)
    {
        var depth = 0;
        for (var i = 0; i < value.Length; i++)
        {
            switch (value[i])
            {
                case (byte)'{' or (byte)'[': depth++; break;
                case (byte)'}' or (byte)']':
                    if (--depth == 0) return i + 1;
                    break;
                case (byte)'#' or (byte)'&' or (byte)'*' or (byte)'!': return -1;

                // Where a quotation mark stands inside a plain text, it may be no quotation: what is behind it is not certain.
                case (byte)'"' or (byte)'\'':
                    if (AfterQuoted(value[i..]) is not (>= 0 and var length) || !Opens.Contains(value[..i].TrimEnd((byte)' ')[^1])) return -1;
                    i += length - 1;
                    break;
            }
        }

        return -1;
    }
}
