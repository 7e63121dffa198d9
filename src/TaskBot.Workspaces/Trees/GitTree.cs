using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Trees;

/// <summary>The files of one git tree, read without a checkout. Submodules are listed as entries but are no files.</summary>
public sealed class GitTree(GitRepository repository, TreeId id) : IFileTree
{
    /// <summary>Files of a partial clone that may be missing one by one; who reads more reads them all.</summary>
    const int SingleFetches = 8;

    IReadOnlyList<TreeEntry>? entries;
    int missed;

    public TreeId Id { get; } = id;

    public GitRepository Repository { get; } = repository;

    public async ValueTask<FileEntry?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (await FindAsync(path, cancellationToken) is not { } entry || entry.Mode.FileKind() is not { } kind)
            return null;
        if (Repository.IsPartial && (await Repository.Objects.MissingAsync([entry.ObjectId], cancellationToken)).Count > 0)
        {
            var isOneOfMany = Interlocked.Increment(ref missed) > SingleFetches;
            await Repository.FetchAsync(isOneOfMany ? await EntriesAsync(cancellationToken) : [entry], cancellationToken);
        }
        return new FileEntry(kind, await Repository.ReadBlobAsync(new BlobId(entry.ObjectId), cancellationToken));
    }

    public async ValueTask<bool> IsFolderAsync(string path, CancellationToken cancellationToken) =>
        await FindAsync(path, cancellationToken) is { Mode: EntryMode.Folder or EntryMode.Submodule };

    /// <summary>The entry at this path, or null where there is none. Costs one object for each folder on the way, most of them remembered.</summary>
    public async ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken)
    {
        var names = path.Split('/');
        var folder = Id;
        for (var depth = 0; ; depth++)
        {
            var items = await Repository.Objects.ReadFolderAsync(folder, cancellationToken);
            var at = Array.FindIndex(items, item => item.Name == names[depth]);
            if (at < 0)
                return null;
            if (depth == names.Length - 1)
                return new TreeEntry(path, items[at].Mode, items[at].ObjectId);
            if (items[at].Mode != EntryMode.Folder)
                return null;
            folder = new TreeId(items[at].ObjectId);
        }
    }

    public async ValueTask<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await EntriesAsync(cancellationToken)).Where(entry => entry.Mode.FileKind() is not null).Select(entry => entry.Path)];

    /// <summary>Every file, link and submodule, in ordinal order of the path.</summary>
    public async ValueTask<IReadOnlyList<TreeEntry>> EntriesAsync(CancellationToken cancellationToken) =>
        entries ??= await Repository.ListAsync(Id, cancellationToken);
}
