using System.Collections.Concurrent;
using TaskBot.Workspaces.Search.Indexing;
using TaskBot.Workspaces.Search.Languages;

namespace TaskBot.Workspaces.Search.Ranking;

/// <summary>A file as ranking and reading need it; what it declares is found when it is first asked for.</summary>
/// <param name="text">Empty for what is known by its path only.</param>
sealed class Source(string path, string text)
{
    readonly Lazy<(Declarations Declarations, IReadOnlySet<string> Words)> read = new(() => Read(path, text));

    public string Text => text;

    public Declarations Declarations => read.Value.Declarations;

    /// <summary>Every word of its code, once.</summary>
    public IReadOnlySet<string> Words => read.Value.Words;

    static (Declarations, IReadOnlySet<string>) Read(string path, string text)
    {
        var language = Language.Of(path);
        var tokens = new List<Token>();
        Lexer.Read(text, language, tokens);
        var words = new HashSet<string>(StringComparer.Ordinal);
        var bySpan = words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var token in tokens)
            if (token.Kind == TokenKind.Word)
                bySpan.Add(token.Of(text));
        return (Declarations.Read(text, language, tokens), words);
    }
}

/// <summary>Files that were read for an answer, as the next question is often about the same ones. Safe for concurrent use.</summary>
sealed class SourceCache
{
    const int Kept = 256;

    readonly ConcurrentDictionary<FileVersion, Source> sources = new();

    public async ValueTask<Source> ReadAsync(FileVersion file, Func<FileVersion, CancellationToken, ValueTask<ReadOnlyMemory<byte>>> read, CancellationToken cancellationToken)
    {
        if (file.Blob.Length > 0 && sources.TryGetValue(file, out var known))
            return known;
        var source = new Source(file.Path, SourceFile.Text(file.Path, (await read(file, cancellationToken)).Span) ?? "");
        if (sources.Count >= Kept)
            sources.Clear();
        if (file.Blob.Length > 0)
            sources[file] = source;
        return source;
    }
}
