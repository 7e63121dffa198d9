using System.Globalization;

namespace TaskBot.Workspaces.Trees;

/// <summary>Where a mirror's objects come from, and what to show there. Asked for before each exchange, as tokens are short-lived.</summary>
public sealed record GitSource(string Address, GitCredential? Credential);

/// <summary>
/// A bare clone of one remote's branches, kept between uses and without the files' contents, which come when they are read. All who ask
/// while a fetch is under way share the one after it, in this process and, by a lock beside the folder, in others. Safe for concurrent use.
/// </summary>
public sealed class GitMirror(string folder, Func<CancellationToken, Task<GitSource>> source, TimeProvider time)
{
    readonly Lock gate = new();
    Task last = Task.CompletedTask;
    Task? next;

    /// <summary>The mirror with the remote's branches as they are now.</summary>
    public async Task<GitRepository> FetchAsync(CancellationToken cancellationToken)
    {
        await JoinAsync().WaitAsync(cancellationToken);
        return await OpenAsync(cancellationToken);
    }

    /// <summary>The mirror with this commit; the remote is only asked where the commit is not here yet, and may not have it either.</summary>
    public async Task<GitRepository> OpenAsync(CommitId commit, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder))
        {
            var opened = await OpenAsync(cancellationToken);
            if (await opened.Refs.ResolveAsync(commit.Value, cancellationToken) is not null)
                return opened;
            await opened.DisposeAsync();
        }
        return await FetchAsync(cancellationToken);
    }

    Task<GitRepository> OpenAsync(CancellationToken cancellationToken) => GitRepository.OpenAsync(folder, FetchMissingAsync, cancellationToken);

    /// <summary>The fetch that has not begun yet: one that has may have asked for the branches too early for this caller.</summary>
    Task JoinAsync()
    {
        lock (gate)
            return next ?? (last = next = UpdateAsync(last));
    }

    async Task UpdateAsync(Task before)
    {
        // Nothing below runs before the caller has stored this task.
        await Task.Yield();
        // How the fetch before ended is for those who wait for it.
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (gate)
            next = null;
        var asked = time.GetUtcNow();
        // Shared, so no caller's token ends it; git gives up on a remote that says nothing for a minute.
        var cancellationToken = CancellationToken.None;
        using var turn = await FolderLock.TakeAsync(folder, time, cancellationToken);
        if (StartOfLast() is { } start && start > asked)
            return;
        var from = await source(cancellationToken);
        var started = time.GetUtcNow();
        await using var mirror = Directory.Exists(folder)
            ? await OpenAsync(cancellationToken)
            : await GitRepository.CreateBareAsync(folder, cancellationToken);
        await new GitRemote(mirror, from.Address, from.Credential).FetchAsync(["+refs/heads/*:refs/heads/*"], blobless: true, cancellationToken);
        await File.WriteAllTextAsync(Marker, started.UtcTicks.ToString(CultureInfo.InvariantCulture), cancellationToken);
    }

    async Task FetchMissingAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var from = await source(cancellationToken);
        await using var mirror = await OpenAsync(cancellationToken);
        await new GitRemote(mirror, from.Address, from.Credential).FetchObjectsAsync(ids, cancellationToken);
    }

    /// <summary>When the last fetch of any process began, so that who asked before that need not fetch again.</summary>
    string Marker => Path.Combine(folder, "taskbot-fetched");

    DateTimeOffset? StartOfLast() =>
        File.Exists(Marker) && long.TryParse(File.ReadAllText(Marker), CultureInfo.InvariantCulture, out var ticks) ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
}
