using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace TaskBot.Workspaces.Trees;

/// <summary>Reads and writes git objects through three git processes that stay open: no process for a file.</summary>
sealed class GitObjects : IAsyncDisposable
{
    /// <summary>Parsed folders kept: about 40 MB at twenty names a folder.</summary>
    const int FoldersKept = 16_384;

    readonly GitFolder folder;
    readonly int idBytes;
    readonly GitConversation reader;
    readonly GitConversation blobWriter;
    readonly GitConversation treeWriter;
    readonly ConcurrentDictionary<TreeId, TreeItem[]> folders = new();

    public GitObjects(GitFolder folder, IReadOnlyDictionary<string, string> environment, int idBytes)
    {
        this.folder = folder;
        this.idBytes = idBytes;
        reader = new(new GitCall(folder.Path, "cat-file", "--batch-command") { Environment = environment });
        blobWriter = new(new GitCall(folder.Path, "hash-object", "-w", "--no-filters", "--stdin-paths") { Environment = environment });
        treeWriter = new(new GitCall(folder.Path, "mktree", "-z", "--missing", "--batch") { Environment = environment });
    }

    /// <summary>An object's bytes, or null when the repository does not have it.</summary>
    public Task<(string Id, string Type, byte[] Bytes)?> TryReadAsync(string name, CancellationToken cancellationToken) =>
        reader.ExchangeAsync<(string, string, byte[])?>(async git =>
        {
            await git.WriteAsync(Encoding.UTF8.GetBytes($"contents {name}\n"), cancellationToken);
            if (await HeaderAsync(git, cancellationToken) is not { } header)
                return null;
            var bytes = new byte[header.Size + 1];
            await git.ReadAsync(bytes, cancellationToken);
            Array.Resize(ref bytes, bytes.Length - 1);
            return (header.Id, header.Type, bytes);
        }, cancellationToken);

    public async Task<byte[]> ReadAsync(string id, string type, CancellationToken cancellationToken)
    {
        var found = await TryReadAsync(id, cancellationToken) ?? throw Missing(type, id);
        return found.Type == type ? found.Bytes : throw new ArgumentException($"{id} is a {found.Type}, not a {type}.", nameof(id));
    }

    /// <summary>An object's size in bytes without reading it.</summary>
    public Task<long> SizeAsync(string id, CancellationToken cancellationToken) =>
        reader.ExchangeAsync(async git =>
        {
            await git.WriteAsync(Encoding.UTF8.GetBytes($"info {id}\n"), cancellationToken);
            return (await HeaderAsync(git, cancellationToken) ?? throw Missing("object", id)).Size;
        }, cancellationToken);

    public async Task<TreeItem[]> ReadFolderAsync(TreeId id, CancellationToken cancellationToken)
    {
        if (folders.TryGetValue(id, out var known))
            return known;
        var items = Parse(await ReadAsync(id.Value, "tree", cancellationToken));
        // Forgetting everything now and then keeps the bound without an order of use.
        if (folders.Count >= FoldersKept)
            folders.Clear();
        return folders[id] = items;
    }

    /// <summary>Stores contents and gives their ids, in order.</summary>
    public async Task<IReadOnlyList<BlobId>> WriteBlobsAsync(IReadOnlyList<ReadOnlyMemory<byte>> contents, CancellationToken cancellationToken)
    {
        if (contents.Count == 0)
            return [];
        var drop = Directory.CreateDirectory(folder.File($"drop-{Guid.NewGuid():N}"));
        try
        {
            var files = contents.Select((_, index) => Path.Combine(drop.FullName, index.ToString(CultureInfo.InvariantCulture))).ToArray();
            for (var i = 0; i < files.Length; i++)
                await File.WriteAllBytesAsync(files[i], contents[i], cancellationToken);
            return await blobWriter.ExchangeAsync(async git =>
            {
                var ids = new List<BlobId>(files.Length);
                // A bounded number of requests is under way, so that neither pipe can fill while the other side waits.
                foreach (var some in files.Chunk(64))
                {
                    await git.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(some.Select(file => file + "\n"))), cancellationToken);
                    foreach (var _ in some)
                        ids.Add(new BlobId(await git.ReadLineAsync(cancellationToken)));
                }
                return ids;
            }, cancellationToken);
        }
        finally
        {
            drop.Delete(recursive: true);
        }
    }

    public Task<TreeId> WriteFolderAsync(IEnumerable<TreeItem> items, CancellationToken cancellationToken)
    {
        var request = new MemoryStream();
        foreach (var item in items)
        {
            request.Write(Encoding.ASCII.GetBytes($"{item.Mode.Octal()} {item.Mode.ObjectType()} {item.ObjectId}\t"));
            request.Write(GitPath.Encode(item.Name));
            request.WriteByte(0);
        }
        request.WriteByte(0);
        return treeWriter.ExchangeAsync(async git =>
        {
            await git.WriteAsync(request.GetBuffer().AsMemory(0, (int)request.Length), cancellationToken);
            return new TreeId(await git.ReadLineAsync(cancellationToken));
        }, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await reader.DisposeAsync();
        await blobWriter.DisposeAsync();
        await treeWriter.DisposeAsync();
    }

    static GitException Missing(string type, string id) =>
        new(GitProblem.ObjectMissing, $"The repository does not have the {type} {id}; is it a shallow or partial clone?");

    static async Task<(string Id, string Type, long Size)?> HeaderAsync(GitConversation git, CancellationToken cancellationToken)
    {
        var words = (await git.ReadLineAsync(cancellationToken)).Split(' ');
        return words is [var id, var type, var size] && Utf8Parser.TryParse(Encoding.ASCII.GetBytes(size), out long bytes, out _)
            ? (id, type, bytes)
            : null;
    }

    TreeItem[] Parse(ReadOnlySpan<byte> tree)
    {
        var items = new List<TreeItem>();
        while (!tree.IsEmpty)
        {
            var space = tree.IndexOf((byte)' ');
            var nul = tree.IndexOf((byte)0);
            var id = Convert.ToHexStringLower(tree.Slice(nul + 1, idBytes));
            items.Add(new TreeItem(GitPath.Decode(tree[(space + 1)..nul]), EntryModes.Parse(tree[..space]), id));
            tree = tree[(nul + 1 + idBytes)..];
        }
        return [.. items];
    }
}
