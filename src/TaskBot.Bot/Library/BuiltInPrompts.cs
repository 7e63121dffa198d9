using System.Collections.Immutable;
using System.Text;
using TaskBot.Models.Documents;
using TaskBot.Models.Prompts;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Library;

/// <summary>The prompts that come with TaskBot, below those of a repository.</summary>
public static class BuiltInPrompts
{
    /// <summary>Where a repository keeps prompts of its own.</summary>
    public const string RepositoryFolder = ".github/taskbot/prompts/";

    const string Extension = ".prompt.yml";

    /// <summary>The built-in prompts.</summary>
    public static PromptSource Source { get; } = ReadSource();

    /// <summary>The prompts of a repository (base branch) before the built-in ones, and what is wrong with the repository's.</summary>
    public static async Task<(PromptLibrary Library, ImmutableArray<FileProblem> Problems)> ReadAsync(GitTree baseTree, CancellationToken cancellationToken)
    {
        var files = new List<(string, string)>();
        foreach (var path in await baseTree.ListAsync(cancellationToken))
        {
            if (path.StartsWith(RepositoryFolder, StringComparison.Ordinal) && path.EndsWith(Extension, StringComparison.Ordinal)
                && await baseTree.ReadAsync(path, cancellationToken) is { } file)
                files.Add((path, Encoding.UTF8.GetString(file.Content.Span)));
        }

        var own = PromptSource.Parse("repository", files, out var problems);
        return (new PromptLibrary([own, Source]), problems);
    }

    static PromptSource ReadSource()
    {
        var source = PromptSource.Parse("built-in", EmbeddedFiles.Read("Library/Prompts/", Extension), out var problems);
        return problems.IsEmpty ? source : throw new InvalidOperationException($"A built-in prompt is wrong: {string.Join(' ', problems)}");
    }
}
