using System.Collections.Immutable;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Library;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Tasks;
using TaskBot.Models.Prompts;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Runs;

/// <summary>What a run finds on its base commit: the tree to start from, and the configuration that holds for it.</summary>
public sealed record RunWork(GitRepository Git, TreeId BaseTree, Project Project, PromptLibrary Prompts, RunComposer Composer, ImmutableArray<string> Problems)
{
    /// <param name="run">The run.</param>
    /// <param name="git">Has its base commit.</param>
    /// <param name="forge">Fetches layers that are locked and not at hand; null to do without.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<RunWork> OpenAsync(RunRecord run, GitRepository git, IForge? forge, CancellationToken cancellationToken)
    {
        var baseTree = await git.TreeOfAsync(new CommitId(run.BaseCommit), cancellationToken);
        var tree = git.Tree(baseTree);
        var project = await ProjectReader.ReadAsync(tree, run.Organisation, cancellationToken);
        var prompts = await BuiltInPrompts.ReadAsync(tree, cancellationToken);
        var parameters = RunParameters.Of(run);
        return new(
            git, baseTree, parameters.Over(project.Project), prompts.Library.Prefer(parameters.Prompts), await RunComposer.CreateAsync(tree, forge, LayerCache.Default, cancellationToken),
            [.. project.Problems.Select(problem => problem.ToString()), .. prompts.Problems.Select(problem => problem.ToString())]);
    }
}
