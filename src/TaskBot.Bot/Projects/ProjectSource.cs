using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using TaskBot.Bot.Forges;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Projects;

/// <summary>A project as its default branch has it at one commit.</summary>
/// <param name="Organisation">What the owner's <c>.github</c> repository says under it; null where that says nothing, or cannot be read.</param>
/// <param name="Tasks">The repository's own task files, <c>.github/taskbot/tasks/NAME.task.yml</c>, in ordinal order.</param>
public sealed record ProjectAt(Project Project, CommitId Commit, ProjectLayer? Organisation, ImmutableArray<string> Tasks);

/// <summary>
/// Reads projects from default branches, for whoever has to decide before there is a run. What can be read is enough there: a mistake in the
/// file is the run's to tell.
/// </summary>
public sealed class ProjectSource(IForge forge, IObjectSource objects)
{
    /// <summary>Where a repository's own tasks stand.</summary>
    public const string TaskFolder = ".github/taskbot/tasks/";

    public const string TaskExtension = ".task.yml";

    /// <summary>The newest of each repository; a commit never changes, and the organisation's file is asked for each time.</summary>
    readonly ConcurrentDictionary<RepositoryName, ProjectAt> known = new();

    /// <exception cref="ForgeException">The repository or its default branch cannot be read.</exception>
    public async Task<ProjectAt> ReadAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var branch = (await forge.GetRepositoryAsync(repository, cancellationToken)).DefaultBranch;
        var head = await objects.ResolveBaseAsync(repository, branch, cancellationToken);
        var organisation = await ReadOrganisationAsync(repository, cancellationToken);
        if (known.TryGetValue(repository, out var last) && last.Commit == head && last.Organisation == organisation) return last;
        await using var git = await objects.OpenObjectsAsync(repository, head, cancellationToken);
        var tree = git.Tree(await git.TreeOfAsync(head, cancellationToken));
        var project = (await ProjectReader.ReadAsync(tree, organisation, cancellationToken)).Project;
        var tasks = (await tree.ListAsync(cancellationToken))
            .Where(path => path.StartsWith(TaskFolder, StringComparison.Ordinal) && path.EndsWith(TaskExtension, StringComparison.Ordinal)).ToImmutableArray();
        return known[repository] = new(project, head, organisation, tasks);
    }

    /// <summary>The same file of the owner's <c>.github</c> repository, as its default branch has it now.</summary>
    async Task<ProjectLayer?> ReadOrganisationAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var place = new RepositoryName(repository.Owner, ".github");
        return place != repository && await forge.FindFileAsync(place, Project.FilePath, commit: null, cancellationToken) is { } file
            ? new($"{place}/{Project.FilePath}", Encoding.UTF8.GetString(file.Span).TrimStart('\uFEFF'))
            : null;
    }
}
