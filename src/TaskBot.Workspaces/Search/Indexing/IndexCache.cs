using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Search.Languages;
using TaskBot.Workspaces.Search.Ranking;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Search.Indexing;

/// <summary>
/// The indexes of the trees that were asked for last, each made by difference from another of its repository where there is one, in memory
/// or in the store. Safe for concurrent use: a tree that is known is given at once, others are made one at a time.
/// </summary>
sealed class IndexCache(ISearchStore? store, int kept) : IDisposable
{
    readonly SemaphoreSlim making = new(1);
    readonly Lock known = new();
    readonly List<(string Repository, TreeId Tree, TreeIndex Index)> indexes = [];
    readonly ConcurrentDictionary<string, ChangeHistory> histories = new(StringComparer.Ordinal);

    public async Task<TreeIndex> OfAsync(IFileTree tree, CancellationToken cancellationToken)
    {
        if (tree is not GitTree git)
            return await new IndexUpdate((files, stop) => ReadAsync(tree, files, stop))
                .ApplyAsync(TreeIndex.Empty, [], (await tree.ListAsync(cancellationToken)).Select(path => new FileVersion(path, "")), cancellationToken);
        if (Find(git) is { } index)
            return index;
        await making.WaitAsync(cancellationToken);
        try
        {
            if (Find(git) is { } made)
                return made;
            index = await MakeAsync(git, cancellationToken);
            Keep(git, index);
            return index;
        }
        finally
        {
            making.Release();
        }
    }

    /// <summary>The history up to a commit; what can be read of it where the repository does not have all.</summary>
    public async Task<ChangeHistory> HistoryAsync(GitRepository repository, CommitId head, CancellationToken cancellationToken)
    {
        if (!histories.TryGetValue(repository.GitPlace, out var before))
        {
            before = store is not null && await store.FindHistoryAsync(repository.GitPlace, cancellationToken) is { Format: Segment.Format } stored
                ? new ChangeHistory(stored.Head, stored.Changes) : ChangeHistory.None;
        }
        var history = await ChangeHistory.ReadAsync(repository, head, before, cancellationToken);
        histories[repository.GitPlace] = history;
        if (store is not null && history != before)
            await store.SaveHistoryAsync(repository.GitPlace, new StoredHistory(Segment.Format, head, history.Changes), cancellationToken);
        return history;
    }

    /// <summary>A file's bytes; empty for what is known by its path only.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(IFileTree tree, FileVersion file, CancellationToken cancellationToken)
    {
        await foreach (var content in ReadAsync(tree, [file], cancellationToken))
            return content;
        return default;
    }

    public void Dispose() => making.Dispose();

    static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        IFileTree tree, IReadOnlyList<FileVersion> files, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (tree is not GitTree git)
        {
            foreach (var file in files)
                yield return !PathNames.IsOfOthers(file.Path) && await tree.ReadAsync(file.Path, cancellationToken) is { Kind: not FileKind.SymbolicLink } entry
                    ? entry.Content : default;
            yield break;
        }
        var blobs = files.Where(IsRead).Select(file => new BlobId(file.Blob)).ToList();
        await using var contents = git.Repository.ReadBlobsAsync(blobs, SourceFile.LargestBytes, cancellationToken).GetAsyncEnumerator(cancellationToken);
        foreach (var file in files)
            yield return IsRead(file) && await contents.MoveNextAsync() ? contents.Current : default;

        static bool IsRead(FileVersion file) => file.Blob.Length > 0 && !PathNames.IsOfOthers(file.Path);
    }

    /// <summary>The last used stands last.</summary>
    TreeIndex? Find(GitTree tree)
    {
        lock (known)
        {
            var at = indexes.FindIndex(one => one.Tree == tree.Id && one.Repository == tree.Repository.GitPlace);
            if (at < 0)
                return null;
            var found = indexes[at];
            indexes.RemoveAt(at);
            indexes.Add(found);
            return found.Index;
        }
    }

    void Keep(GitTree tree, TreeIndex index)
    {
        lock (known)
        {
            if (indexes.Count >= kept)
                indexes.RemoveAt(0);
            indexes.Add((tree.Repository.GitPlace, tree.Id, index));
        }
    }

    async Task<TreeIndex> MakeAsync(GitTree tree, CancellationToken cancellationToken)
    {
        var (near, index) = await NearAsync(tree, cancellationToken);
        if (near == tree.Id)
            return index;
        var update = new IndexUpdate((files, stop) => ReadAsync(tree, files, stop));
        if (near is { } other && await ChangesAsync(tree, other, cancellationToken) is { } changes)
        {
            index = await update.ApplyAsync(
                index, changes.Select(change => change.Path), changes.Select(change => change.After).OfType<TreeEntry>().SelectMany(Version), cancellationToken);
        }
        else
        {
            index = await update.ApplyAsync(TreeIndex.Empty, [], (await tree.EntriesAsync(cancellationToken)).SelectMany(Version), cancellationToken);
        }
        if (store is not null)
            await SaveAsync(store, tree, index, cancellationToken);
        return index;
    }

    static IEnumerable<FileVersion> Version(TreeEntry entry) => entry.Mode switch
    {
        EntryMode.Regular or EntryMode.Executable => [new FileVersion(entry.Path, entry.ObjectId)],
        EntryMode.SymbolicLink => [new FileVersion(entry.Path, "")],
        _ => [],
    };

    /// <summary>Null when the repository no longer has the other tree.</summary>
    static async Task<IReadOnlyList<TreeChange>?> ChangesAsync(GitTree tree, TreeId other, CancellationToken cancellationToken)
    {
        try
        {
            return await tree.Repository.ChangesAsync(other, tree.Id, cancellationToken);
        }
        catch (GitException exception) when (exception.Problem is GitProblem.CommandFailed or GitProblem.ObjectMissing)
        {
            return null;
        }
    }

    async Task<(TreeId? Tree, TreeIndex Index)> NearAsync(GitTree tree, CancellationToken cancellationToken)
    {
        (string Repository, TreeId Tree, TreeIndex? Index) near;
        lock (known)
            near = indexes.FindLast(one => one.Repository == tree.Repository.GitPlace);
        if (near.Index is not null)
            return (near.Tree, near.Index);
        if (store is null || await store.FindAsync(tree.Repository.GitPlace, tree.Id, cancellationToken) is not { } stored)
            return (null, TreeIndex.Empty);
        var parts = new List<IndexPart>();
        foreach (var (id, alive) in stored.Parts)
        {
            if (await store.ReadSegmentAsync(id, cancellationToken) is not { } bytes || Segment.TryOpen(bytes) is not { } segment)
                return (null, TreeIndex.Empty);
            parts.Add(new IndexPart(segment, DocumentSet.Parse(alive.Span)));
        }
        return (stored.Tree, new TreeIndex(parts));
    }

    static Task SaveAsync(ISearchStore store, GitTree tree, TreeIndex index, CancellationToken cancellationToken) => store.SaveAsync(
        tree.Repository.GitPlace,
        new StoredIndex(tree.Id, [.. index.Parts.Select(part => (part.Segment.Id, (ReadOnlyMemory<byte>)part.Alive.ToBytes()))]),
        index.Parts.DistinctBy(part => part.Segment.Id).ToDictionary(part => part.Segment.Id, part => part.Segment.Bytes, StringComparer.Ordinal),
        cancellationToken);
}
