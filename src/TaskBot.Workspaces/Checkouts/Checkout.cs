using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Checkouts;

/// <summary>
/// A folder with a tree's files, for commands. It has no .git: the index and everything else of git's is elsewhere, out of the commands'
/// reach. Files are the blobs' exact bytes, whatever .gitattributes says; of a submodule there is an empty folder.
/// </summary>
/// <remarks>Not safe for concurrent use. Disposing gives the folder back to its pool.</remarks>
public sealed class Checkout : IAsyncDisposable
{
    readonly CheckoutPool pool;
    readonly GitRepository repository;
    readonly GitFolder front;
    SparseFolders? sparse;

    internal Checkout(CheckoutPool pool, GitRepository repository, string place)
    {
        this.pool = pool;
        this.repository = repository;
        Folder = Directory.CreateDirectory(Path.Combine(place, "files")).FullName;
        front = GitFolder.Create(Path.Combine(place, "git"), repository.IdDigits == 64);
        File.WriteAllText(front.File("info/sparse-checkout"), SparseFolders.Everything);
    }

    /// <summary>The top of the files, absolute; the same for the checkout's whole life.</summary>
    public string Folder { get; }

    /// <summary>The tree whose files were last put here or taken from here.</summary>
    public TreeId Tree { get; private set; }

    /// <summary>Makes the folder hold this tree and nothing else. Only files that differ are written; what commands left is removed.</summary>
    /// <param name="keepIgnored">Leaves files that .gitignore names, such as a build's output, for the next command to start from.</param>
    /// <param name="folders">The only folders to be there, from the root, with the files beside and above them; null: all.</param>
    /// <exception cref="ArgumentException">One of them is no such path (<see cref="CheckoutPool.IsFolder"/>).</exception>
    public async Task MoveToAsync(TreeId tree, bool keepIgnored, IReadOnlyList<string>? folders, CancellationToken cancellationToken)
    {
        var next = folders is null ? null : new SparseFolders(folders);
        // Cleaned first: what commands left may stand where a file of the tree must go.
        // Git passes over a .git at the top, which only a command can have put there.
        CheckoutPool.Remove(Path.Combine(Folder, ".git"));
        await EmptySubmodulesAsync(cancellationToken);
        string[] clean = keepIgnored ? ["clean", "-ffdq"] : ["clean", "-ffdxq"];
        await GitAsync(cancellationToken, clean);
        var isWidened = sparse is not null && sparse.Patterns != next?.Patterns;
        if (next?.Patterns != sparse?.Patterns)
        {
            await File.WriteAllTextAsync(front.File("info/sparse-checkout"), next?.Patterns ?? SparseFolders.Everything, cancellationToken);
            sparse = next;
        }
        if (repository.IsPartial)
            await FetchAsync(tree, isWidened, cancellationToken);
        await GitAsync(cancellationToken, "read-tree", "--reset", "-u", tree.Value);
        Tree = tree;
    }

    /// <summary>
    /// The tree of what is in the folder now, with new files but those that .gitignore names. A repository that a command made below the
    /// folder is left out; git would make it a submodule that nobody has.
    /// </summary>
    public async Task<TreeId> SnapshotAsync(CancellationToken cancellationToken)
    {
        // Not `git add`: it would look into a submodule's folder, where a command may have put a repository with settings of its own.
        var changed = await GitAsync(cancellationToken, "diff-files", "-z", "--name-status", "--ignore-submodules=all");
        var added = await GitAsync(cancellationToken, "ls-files", "-z", "--others", "--exclude-standard");
        var status = changed.Fields().Chunk(2).ToLookup(pair => pair[0].Span[0] == (byte)'D', pair => pair[1]);
        // A path that ends in a slash is a repository of its own.
        var kept = status[false].Concat(added.Fields().Where(path => path.Span[^1] != (byte)'/'));
        await UpdateIndexAsync(status[true], cancellationToken, "--force-remove");
        await UpdateIndexAsync(kept, cancellationToken, "--add", "--replace");
        return Tree = new TreeId((await GitAsync(cancellationToken, "write-tree")).Text);
    }

    /// <summary>Only what differs from the tree before has to come, unless folders are added.</summary>
    async Task FetchAsync(TreeId tree, bool isWidened, CancellationToken cancellationToken)
    {
        var entries = Tree == default || isWidened
            ? await repository.Tree(tree).EntriesAsync(cancellationToken)
            : [.. (await repository.ChangesAsync(Tree, tree, cancellationToken)).Select(change => change.After).OfType<TreeEntry>()];
        await repository.FetchAsync(entries.Where(entry => sparse is null || sparse.Has(entry.Path)), cancellationToken);
    }

    async Task UpdateIndexAsync(IEnumerable<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken, params string[] options)
    {
        var input = new MemoryStream();
        foreach (var path in paths)
        {
            input.Write(path.Span);
            input.WriteByte(0);
        }
        if (input.Length == 0)
            return;
        var call = Call(["update-index", "-z", .. options, "--stdin"]) with { Input = input.GetBuffer().AsMemory(0, (int)input.Length) };
        (await GitProgram.RunAsync(call, cancellationToken)).OrThrow();
    }

    /// <summary>Git does not clean inside a submodule's folder, where nothing of ours is.</summary>
    async Task EmptySubmodulesAsync(CancellationToken cancellationToken)
    {
        var staged = await GitAsync(cancellationToken, "ls-files", "-z", "--stage");
        foreach (var entry in staged.Fields().Where(entry => entry.Span.StartsWith("160000"u8)))
            CheckoutPool.Remove(Path.Combine(Folder, GitPath.Decode(entry.Span[(entry.Span.IndexOf((byte)'\t') + 1)..])));
    }

    public ValueTask DisposeAsync()
    {
        pool.Return(this);
        return ValueTask.CompletedTask;
    }

    async Task<GitOutput> GitAsync(CancellationToken cancellationToken, params string[] arguments) =>
        (await GitProgram.RunAsync(Call(arguments), cancellationToken)).OrThrow();

    GitCall Call(params string[] arguments) => new(Folder, [.. SparseFolders.Settings, .. arguments])
    {
        Environment = new Dictionary<string, string>(repository.ObjectsBehind(front.Path)) { ["GIT_WORK_TREE"] = Folder },
    };
}
