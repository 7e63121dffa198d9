using Microsoft.Extensions.AI;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Search;

/// <summary>What is looked for, and where.</summary>
/// <param name="Tree">The files to search.</param>
/// <param name="Text">An issue's title and body, a stack trace, or just words. The first line counts most.</param>
public sealed record CodeQuestion(IFileTree Tree, string Text)
{
    /// <summary>How many files to give at most.</summary>
    public int Limit { get; init; } = 10;

    /// <summary>
    /// The commit whose history says which files change together and were touched for words like these; it has to be in the tree's
    /// repository. Null for no history.
    /// </summary>
    public CommitId? History { get; init; }

    /// <summary>Ranks the best files again by what they mean; null to go without. What it throws, the search throws.</summary>
    public IEmbeddingGenerator<string, Embedding<float>>? Embedder { get; init; }

    /// <summary>Which paths to give; null for all.</summary>
    public Func<string, bool>? Where { get; init; }
}
