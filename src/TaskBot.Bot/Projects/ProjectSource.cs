using System.Collections.Concurrent;
using System.Collections.Immutable;
using TaskBot.Bot.Forges;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Projects;

/// <summary>A project as its default branch has it at one commit.</summary>
/// <param name="Tasks">The repository's own task files, <c>.github/taskbot/tasks/NAME.task.yml</c>, in ordinal order.</param>
public sealed record ProjectAt(Project Project, CommitId Commit, ImmutableArray<string> Tasks);

/// <summary>
/// Reads projects from default branches, for whoever has to decide before there is a run. What can be read is enough there: a mistake in the
/// file is the run's to tell.
/// </summary>
public sealed class ProjectSource(IForge forge, IObjectSource objects)
{
    /// <summary>Where a repository's own tasks stand.</summary>
    public const string TaskFolder = ".github/taskbot/tasks/";

    public const string TaskExtension = ".task.yml";

    /// <summary>The newest of each repository; a commit never changes.</summary>
    readonly ConcurrentDictionary<RepositoryName, ProjectAt> known = new();

    /// <exception cref="ForgeException">The repository or its default branch cannot be read.</exception>
    public async Task<ProjectAt> ReadAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var branch = (await forge.GetRepositoryAsync(repository, cancellationToken)).DefaultBranch;
        var head = await objects.ResolveBaseAsync(repository, branch, cancellationToken);
        if (known.TryGetValue(repository, out var last) && last.Commit == head) return last;
        await using var git = await objects.OpenObjectsAsync(repository, head, cancellationToken);
        var tree = git.Tree(await git.TreeOfAsync(head, cancellationToken));
        var project = (await ProjectReader.ReadAsync(tree, cancellationToken)).Project;
        var tasks = (await tree.ListAsync(cancellationToken))
            .Where(path => path.StartsWith(TaskFolder, StringComparison.Ordinal) && path.EndsWith(TaskExtension, StringComparison.Ordinal)).ToImmutableArray();
        return known[repository] = new(project, head, tasks);
    }
}
