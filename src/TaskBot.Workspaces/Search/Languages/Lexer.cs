using System.Runtime.InteropServices;

namespace TaskBot.Workspaces.Search.Languages;

enum TokenKind : byte
{
    Word,
    Symbol,
    Comment,
    String,
}

/// <summary>One piece of a source text. A symbol is one character.</summary>
/// <param name="Line">Where it begins, from 1.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct Token(TokenKind Kind, int Start, int Length, int Line)
{
    public ReadOnlySpan<char> Of(string text) => text.AsSpan(Start, Length);
}

/// <summary>Splits a text into words, symbols, comments and strings; white space is left out. Any text gives tokens, also a wrong one.</summary>
static class Lexer
{
    public static void Read(string text, Language language, List<Token> tokens)
    {
        tokens.Clear();
        var line = 1;
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            var c = text[at];
            if (c == '\n')
                line++;
            if (char.IsWhiteSpace(c))
            {
                at++;
                continue;
            }
            if (IsWord(c))
            {
                do at++;
                while (at < text.Length && IsWord(text[at]));
                tokens.Add(new Token(language.IsProse ? TokenKind.Comment : TokenKind.Word, start, at - start, line));
                continue;
            }
            var (kind, length) = language.IsProse ? (TokenKind.Symbol, 1)
                : language.CommentAt(text, at) is > 0 and var comment ? (TokenKind.Comment, comment)
                : language.StringAt(text.AsSpan(at)) is > 0 and var quoted ? (TokenKind.String, quoted)
                : (TokenKind.Symbol, 1);
            tokens.Add(new Token(kind, start, length, line));
            at += length;
            if (length > 1)
                line += text.AsSpan(start, length).Count('\n');
        }
    }

    /// <summary>The words of any text, in order.</summary>
    public static WordEnumerator Words(ReadOnlySpan<char> text) => new(text);

    public static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || (c > 127 && char.IsLetterOrDigit(c));
}

/// <summary>Walks through the words of a text.</summary>
ref struct WordEnumerator(ReadOnlySpan<char> text)
{
    readonly ReadOnlySpan<char> text = text;
    int start;
    int end;

    public readonly ReadOnlySpan<char> Current => text[start..end];

    public readonly WordEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        start = end;
        while (start < text.Length && !Lexer.IsWord(text[start]))
            start++;
        end = start;
        while (end < text.Length && Lexer.IsWord(text[end]))
            end++;
        return end > start;
    }
}
