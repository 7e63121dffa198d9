using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace TaskBot.Workspaces.Search.Languages;

/// <summary>What a C# file declares, by Roslyn's parser; a file with errors gives what can be recognised.</summary>
static class CSharpDeclarations
{
    static readonly CSharpParseOptions Options = new(LanguageVersion.Latest, DocumentationMode.None);

    public static IReadOnlyList<SourceSymbol> Read(string text)
    {
        var source = SourceText.From(text);
        var found = new List<SourceSymbol>();
        Read(((CompilationUnitSyntax)SyntaxFactory.ParseSyntaxTree(source, Options).GetRoot()).Members, source, found);
        return found;
    }

    static void Read(SyntaxList<MemberDeclarationSyntax> members, SourceText source, List<SourceSymbol> found)
    {
        foreach (var member in members)
        {
            foreach (var (name, kind) in Names(member))
            {
                var lines = source.Lines.GetLinePositionSpan(member.Span);
                if (name.Length > 0)
                    found.Add(new SourceSymbol(name, kind, lines.Start.Line + 1, lines.End.Line + 1));
            }
            if (member is BaseNamespaceDeclarationSyntax space)
                Read(space.Members, source, found);
            else if (member is TypeDeclarationSyntax type)
                Read(type.Members, source, found);
        }
    }

    static IEnumerable<(string Name, string Kind)> Names(MemberDeclarationSyntax member) => member switch
    {
        RecordDeclarationSyntax type => [(type.Identifier.ValueText, "record")],
        TypeDeclarationSyntax type => [(type.Identifier.ValueText, type.Keyword.ValueText)],
        EnumDeclarationSyntax type => [(type.Identifier.ValueText, "enum"), .. type.Members.Select(value => (value.Identifier.ValueText, "member"))],
        DelegateDeclarationSyntax type => [(type.Identifier.ValueText, "delegate")],
        MethodDeclarationSyntax method => [(method.Identifier.ValueText, "method")],
        ConstructorDeclarationSyntax made => [(made.Identifier.ValueText, "constructor")],
        PropertyDeclarationSyntax property => [(property.Identifier.ValueText, "property")],
        EventDeclarationSyntax raised => [(raised.Identifier.ValueText, "event")],
        BaseFieldDeclarationSyntax field => field.Declaration.Variables.Select(variable => (variable.Identifier.ValueText, "field")),
        _ => [],
    };
}
