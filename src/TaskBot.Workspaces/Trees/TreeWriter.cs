using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Trees;

/// <summary>Derives a tree from another by rewriting the folders that changes touch, and no others.</summary>
sealed class TreeWriter(GitObjects objects)
{
    readonly ObjectBatch batch = objects.NewBatch();

    public async Task<TreeId> WriteAsync(TreeId @base, IReadOnlyList<FileChange> changes, CancellationToken cancellationToken)
    {
        foreach (var change in changes)
            if (GitPath.Problem(change.Path) is { } problem)
                throw new ArgumentException($"'{change.Path}' cannot be written into a tree: {problem}.", nameof(changes));
        var root = new Folder("");
        foreach (var change in changes)
            root.Add(change.Path, change.After is { } file ? new TreeItem("", file.Kind.Mode(), batch.AddBlob(file.Content).Value) : null);
        var tree = await RewriteAsync(@base, root, cancellationToken) ?? batch.AddFolder([]);
        await objects.StoreAsync(batch, cancellationToken);
        return tree;
    }

    /// <summary>The folder's new id, or null when nothing is left in it (git has no empty folders).</summary>
    async Task<TreeId?> RewriteAsync(TreeId? before, Folder changed, CancellationToken cancellationToken)
    {
        var items = before is { } id
            ? (await objects.ReadFolderAsync(id, cancellationToken)).ToDictionary(item => item.Name, StringComparer.Ordinal)
            : new Dictionary<string, TreeItem>(StringComparer.Ordinal);
        var same = true;
        foreach (var (name, file) in changed.Files)
        {
            var known = items.TryGetValue(name, out var item);
            if (known && item.Mode == EntryMode.Folder)
            {
                if (file is null)
                    throw new ArgumentException($"'{changed.Path}{name}' is a folder; its files are deleted one by one.", nameof(changed));
                // A file may take a folder's place when the same changes empty that folder.
                if (!changed.Folders.TryGetValue(name, out var inside) || !inside.OnlyDeletes
                    || await RewriteAsync(new TreeId(item.ObjectId), inside, cancellationToken) is not null)
                    throw new ArgumentException($"'{changed.Path}{name}' is a folder that still has files; a file cannot take its place.", nameof(changed));
            }
            if (file is null)
                same &= !items.Remove(name);
            else if (!known || item.Mode != file.Value.Mode || item.ObjectId != file.Value.ObjectId)
                (items[name], same) = (file.Value with { Name = name }, false);
        }
        foreach (var (name, folder) in changed.Folders)
        {
            if (changed.Files.TryGetValue(name, out var file) && file is not null)
            {
                if (!folder.OnlyDeletes)
                    throw new ArgumentException($"'{changed.Path}{name}' cannot become a file and a folder at once.", nameof(changed));
                continue;
            }
            var known = items.TryGetValue(name, out var item);
            if (known && item.Mode != EntryMode.Folder && folder.OnlyDeletes)
                continue;
            if (known && item.Mode != EntryMode.Folder)
                throw new ArgumentException($"'{changed.Path}{name}' is not a folder; nothing can be written below it.", nameof(changed));
            var after = await RewriteAsync(known ? new TreeId(item.ObjectId) : null, folder, cancellationToken);
            if (after is { } id2 && id2.Value != item.ObjectId)
                (items[name], same) = (new TreeItem(name, EntryMode.Folder, id2.Value), false);
            else if (after is null)
                same &= !items.Remove(name);
        }
        if (items.Count == 0)
            return null;
        return same && before is not null ? before : batch.AddFolder(items.Values);
    }

    /// <summary>The changes below one folder: its own files (null: deleted) and its sub-folders.</summary>
    sealed class Folder(string path)
    {
        public string Path { get; } = path;
        public Dictionary<string, TreeItem?> Files { get; } = new(StringComparer.Ordinal);
        public Dictionary<string, Folder> Folders { get; } = new(StringComparer.Ordinal);
        public bool OnlyDeletes => Files.Values.All(file => file is null) && Folders.Values.All(folder => folder.OnlyDeletes);

        public void Add(string path, TreeItem? file)
        {
            var names = path.Split('/');
            var folder = this;
            foreach (var name in names[..^1])
            {
                if (!folder.Folders.TryGetValue(name, out var inner))
                    folder.Folders[name] = inner = new Folder(folder.Path + name + "/");
                folder = inner;
            }
            if (!folder.Files.TryAdd(names[^1], file))
                throw new ArgumentException($"'{path}' is changed twice.", nameof(path));
        }
    }
}
