using System.Runtime.InteropServices;
using System.Text;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Search;

/// <summary>How often a term stands in each part of a file.</summary>
[StructLayout(LayoutKind.Auto)]
readonly record struct TermCounts(int Path, int Code, int Comment, int Text)
{
    public static TermCounts operator +(TermCounts a, TermCounts b) => new(a.Path + b.Path, a.Code + b.Code, a.Comment + b.Comment, a.Text + b.Text);

    /// <summary>A name in the path says most of a file, and a word in a string least.</summary>
    public double Weight => (6 * Math.Min(Path, 1)) + Code + (0.7 * Comment) + (0.5 * Text);
}

/// <summary>What the index keeps of one file: its terms by part, and what it defines.</summary>
sealed record SourceDocument(string Path, IReadOnlyDictionary<string, TermCounts> Terms, IReadOnlyList<Declaration> Declarations)
{
    /// <summary>Larger files are data or generated; they are known by their path only.</summary>
    public const int LargestBytes = 512 * 1024;

    const int BinaryProbeBytes = 8000;

    public double Length { get; } = Terms.Values.Sum(counts => counts.Weight);

    /// <param name="content">Null when the file is too large to read.</param>
    public static SourceDocument Read(string path, ReadOnlyMemory<byte>? content)
    {
        var counts = new Dictionary<string, TermCounts>(StringComparer.Ordinal);
        void Add(ReadOnlySpan<char> name, TermCounts count) =>
            Search.Terms.Of(name, (term, _) => counts[term] = counts.GetValueOrDefault(term) + count);
        foreach (var part in path.Split('/', '.', '-', ' '))
            Add(part, new TermCounts(1, 0, 0, 0));
        if (content is not { } bytes || bytes.Length > LargestBytes || bytes.Span[..Math.Min(bytes.Length, BinaryProbeBytes)].Contains((byte)0))
            return new SourceDocument(path, counts, []);
        var text = Encoding.UTF8.GetString(bytes.Span);
        Scan(text, Syntax.Of(path), Add);
        return new SourceDocument(path, counts, Search.Declarations.Read(path, TextLimits.Lines(text)));
    }

    delegate void Adder(ReadOnlySpan<char> name, TermCounts count);

    /// <summary>One pass over the text that tells code from comments from strings. A quote that does not close on its line is none.</summary>
    static void Scan(string text, Syntax syntax, Adder add)
    {
        var at = 0;
        while (at < text.Length)
        {
            var rest = text.AsSpan(at);
            if (syntax.Comment(rest) is > 0 and var comment)
                at += Words(rest[..comment], new TermCounts(0, 0, 1, 0), add);
            else if (syntax.Text(rest) is > 0 and var quoted)
                at += Words(rest[..quoted], new TermCounts(0, 0, 0, 1), add);
            else if (Search.Terms.IsWord(rest[0]))
                at += Word(rest, new TermCounts(0, 1, 0, 0), add);
            else
                at++;
        }
    }

    static int Words(ReadOnlySpan<char> text, TermCounts count, Adder add)
    {
        for (var at = 0; at < text.Length;)
            at += Search.Terms.IsWord(text[at]) ? Word(text[at..], count, add) : 1;
        return text.Length;
    }

    static int Word(ReadOnlySpan<char> text, TermCounts count, Adder add)
    {
        var end = 1;
        while (end < text.Length && Search.Terms.IsWord(text[end]))
            end++;
        add(text[..end], count);
        return end;
    }
}
