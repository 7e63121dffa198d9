namespace TaskBot.Workspaces.Search.Languages;

/// <summary>What a file declares, in order, and the last parts of the names that it imports, in lower case.</summary>
sealed record Declarations(IReadOnlyList<SourceSymbol> Symbols, IReadOnlySet<string> Imports)
{
    static readonly HashSet<string> Nothing = [];

    public static Declarations Empty { get; } = new([], Nothing);

    /// <param name="tokens">What <see cref="Lexer"/> made of the text.</param>
    public static Declarations Read(string text, Language language, List<Token> tokens) =>
        language.IsCSharp ? new Declarations(CSharpDeclarations.Read(text), Nothing)
        : language.Declares.Count == 0 ? Empty
        : new DeclarationReader(text, language, tokens).Read();
}
