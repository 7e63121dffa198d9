using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text;

namespace TaskBot.Workspaces.Trees;

/// <summary>Reads git objects through one git process that stays open, and writes them in batches: no process for a file.</summary>
sealed class GitObjects : IAsyncDisposable
{
    /// <summary>Questions under way at once: few enough that neither pipe can fill while the other side waits.</summary>
    public const int AskedAtOnce = 128;

    /// <summary>Parsed folders kept: about 40 MB at twenty names a folder.</summary>
    const int FoldersKept = 16_384;

    readonly GitFolder folder;
    readonly IReadOnlyDictionary<string, string> environment;
    readonly int idBytes;
    readonly GitConversation reader;
    readonly ConcurrentDictionary<TreeId, TreeItem[]> folders = new();

    /// <summary>How many folders were read and are kept.</summary>
    public int FolderCount => folders.Count;

    public GitObjects(GitFolder folder, IReadOnlyDictionary<string, string> environment, int idBytes)
    {
        this.folder = folder;
        this.environment = environment;
        this.idBytes = idBytes;
        reader = new(new GitCall(folder.Path, "cat-file", "--batch-command") { Environment = environment });
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

    /// <summary>Those of the objects that are not here, in order.</summary>
    public Task<IReadOnlyList<string>> MissingAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        reader.ExchangeAsync<IReadOnlyList<string>>(async git =>
        {
            var missing = new List<string>();
            foreach (var some in ids.Chunk(AskedAtOnce))
            {
                await AskAsync(git, "info", some, cancellationToken);
                foreach (var id in some)
                    if (await HeaderAsync(git, cancellationToken) is null)
                        missing.Add(id);
            }
            return missing;
        }, cancellationToken);

    /// <summary>The contents of blobs, in order; nothing in place of one that is larger. Two rounds for all of them.</summary>
    /// <param name="ids">At most <see cref="AskedAtOnce"/>.</param>
    public Task<ReadOnlyMemory<byte>[]> ReadBlobsAsync(IReadOnlyList<string> ids, long largest, CancellationToken cancellationToken) =>
        reader.ExchangeAsync(async git =>
        {
            var sizes = new long[ids.Count];
            await AskAsync(git, "info", ids, cancellationToken);
            for (var at = 0; at < sizes.Length; at++)
                sizes[at] = (await HeaderAsync(git, cancellationToken) ?? throw Missing("blob", ids[at])).Size;
            var contents = new ReadOnlyMemory<byte>[ids.Count];
            await AskAsync(git, "contents", ids.Where((_, at) => sizes[at] <= largest), cancellationToken);
            for (var at = 0; at < sizes.Length; at++)
            {
                if (sizes[at] > largest)
                    continue;
                await HeaderAsync(git, cancellationToken);
                var bytes = new byte[sizes[at] + 1];
                await git.ReadAsync(bytes, cancellationToken);
                contents[at] = bytes.AsMemory(..^1);
            }
            return contents;
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

    /// <summary>A batch of new objects for this store; <see cref="StoreAsync"/> puts them there.</summary>
    public ObjectBatch NewBatch() => new(idBytes);

    public Task StoreAsync(ObjectBatch batch, CancellationToken cancellationToken) =>
        batch.StoreAsync(new GitCall(folder.Path) { Environment = environment }, cancellationToken);

    public ValueTask DisposeAsync() => reader.DisposeAsync();

    static Task AskAsync(GitConversation git, string question, IEnumerable<string> ids, CancellationToken cancellationToken) =>
        git.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(ids.Select(id => $"{question} {id}\n"))), cancellationToken);

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
