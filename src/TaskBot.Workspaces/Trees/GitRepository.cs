using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Trees;

/// <summary>
/// A git repository as a store of trees: read, derived, compared, merged and committed without a checkout. Files of a checkout are never
/// touched. Nothing of the repository's own configuration or hooks runs. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Case-colliding names, links, executable bits and submodules are entries like any other. Contents are exact bytes: no attribute and no
/// line-end conversion applies, and an LFS file is its pointer. A shallow clone works as far as its objects go; a missing object is an
/// error that says so.
/// </remarks>
public sealed class GitRepository : IAsyncDisposable
{
    readonly GitFolder own;
    readonly string objectFolder;

    GitRepository(string folder, string gitFolder, string? workTree, string objectFolder, bool sha256)
    {
        Folder = folder;
        GitPlace = gitFolder;
        WorkTree = workTree;
        IdDigits = sha256 ? 64 : 40;
        this.objectFolder = objectFolder;
        own = GitFolder.CreateTemporary(sha256);
        Objects = new GitObjects(own, ObjectsBehind(own.Path), IdDigits / 2);
        Refs = new GitRefs(this);
    }

    /// <summary>The folder that was opened, absolute.</summary>
    public string Folder { get; }

    /// <summary>The top folder of the checkout; null in a bare repository.</summary>
    public string? WorkTree { get; }

    /// <summary>Branches, tags and HEAD.</summary>
    public GitRefs Refs { get; }

    internal GitObjects Objects { get; }

    /// <summary>Brings objects that this store lacks by their ids; null: what is missing stays missing.</summary>
    internal Func<IReadOnlyCollection<string>, CancellationToken, Task>? FetchMissing { get; init; }

    /// <summary>Whether contents of files are fetched when they are first read.</summary>
    public bool IsPartial => FetchMissing is not null;

    /// <summary>The repository's git folder, absolute: <c>.git</c> of a checkout, or the bare repository itself.</summary>
    public string GitPlace { get; }

    internal int IdDigits { get; }

    /// <summary>Opens the repository whose checkout has this folder as its top, or which is this (bare) folder.</summary>
    /// <exception cref="GitException">Git is missing or too old, or the folder is not a repository.</exception>
    public static Task<GitRepository> OpenAsync(string folder, CancellationToken cancellationToken) =>
        OpenAsync(folder, fetchMissing: null, cancellationToken);

    internal static async Task<GitRepository> OpenAsync(
        string folder, Func<IReadOnlyCollection<string>, CancellationToken, Task>? fetchMissing, CancellationToken cancellationToken)
    {
        folder = Path.GetFullPath(folder);
        if (!Directory.Exists(folder))
            throw new GitException(GitProblem.NotARepository, $"There is no folder '{folder}'.");
        string[] questions = ["--absolute-git-dir", "--git-path", "objects", "--show-object-format", "--is-inside-work-tree"];
        // The ceiling keeps git from taking a repository further up, of which this folder happens to be a part.
        var ceiling = new Dictionary<string, string> { ["GIT_CEILING_DIRECTORIES"] = Path.GetDirectoryName(folder) ?? "/" };
        var asked = await GitProgram.RunAsync(
            new GitCall(folder, ["rev-parse", "--path-format=absolute", .. questions]) { Environment = ceiling }, cancellationToken);
        if (asked.ExitCode != 0)
        {
            throw new GitException(
                GitProblem.NotARepository, $"'{folder}' is neither the top of a git checkout nor a bare git repository: {asked.Error.Trim()}");
        }
        var answers = asked.Text.Split('\n');
        var top = answers[3] == "true"
            ? (await GitProgram.RunAsync(new GitCall(folder, "rev-parse", "--show-toplevel") { Environment = ceiling }, cancellationToken)).OrThrow()
            : null;
        return new GitRepository(folder, answers[0], top?.Text, answers[1], answers[2] == "sha256") { FetchMissing = fetchMissing };
    }

    /// <summary>Makes an empty bare repository; its HEAD is the branch <c>main</c>.</summary>
    public static async Task<GitRepository> CreateBareAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var call = new GitCall(Path.GetFullPath(folder), "init", "--quiet", "--bare", "--template=", "--initial-branch=main", ".");
        (await GitProgram.RunAsync(call, cancellationToken)).OrThrow();
        return await OpenAsync(folder, cancellationToken);
    }

    public GitTree Tree(TreeId tree) => new(this, tree);

    /// <summary>The tree without files; it is stored when first asked for.</summary>
    public async Task<TreeId> EmptyTreeAsync(CancellationToken cancellationToken)
    {
        var batch = Objects.NewBatch();
        var tree = batch.AddFolder([]);
        await Objects.StoreAsync(batch, cancellationToken);
        return tree;
    }

    public async Task<Commit> ReadCommitAsync(CommitId commit, CancellationToken cancellationToken)
    {
        var text = Encoding.UTF8.GetString(await Objects.ReadAsync(commit.Value, "commit", cancellationToken));
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var header = (end < 0 ? text : text[..end]).Split('\n');
        return new Commit(
            commit,
            new TreeId(header[0]["tree ".Length..]),
            [.. header.Skip(1).TakeWhile(line => line.StartsWith("parent ", StringComparison.Ordinal)).Select(line => new CommitId(line[7..]))],
            end < 0 ? "" : text[(end + 2)..]);
    }

    public async Task<TreeId> TreeOfAsync(CommitId commit, CancellationToken cancellationToken) =>
        (await ReadCommitAsync(commit, cancellationToken)).Tree;

    public async Task<ReadOnlyMemory<byte>> ReadBlobAsync(BlobId blob, CancellationToken cancellationToken)
    {
        if (IsPartial && await Objects.TryReadAsync(blob.Value, cancellationToken) is null)
            await FetchMissing!([blob.Value], cancellationToken);
        return await Objects.ReadAsync(blob.Value, "blob", cancellationToken);
    }

    /// <summary>A blob's size in bytes, without reading it.</summary>
    public async Task<long> SizeAsync(BlobId blob, CancellationToken cancellationToken)
    {
        await FetchBlobsAsync([blob], cancellationToken);
        return await Objects.SizeAsync(blob.Value, cancellationToken);
    }

    /// <summary>The contents of many blobs, in order; nothing in place of one that is larger.</summary>
    internal async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadBlobsAsync(
        IReadOnlyList<BlobId> blobs, long largest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await FetchBlobsAsync(blobs, cancellationToken);
        foreach (var some in blobs.Chunk(GitObjects.AskedAtOnce))
            foreach (var content in await Objects.ReadBlobsAsync([.. some.Select(blob => blob.Value)], largest, cancellationToken))
                yield return content;
    }

    /// <summary>Makes sure that the contents of these files are here: in a partial clone those that are not come in one exchange.</summary>
    public async Task FetchBlobsAsync(IReadOnlyCollection<BlobId> blobs, CancellationToken cancellationToken)
    {
        if (!IsPartial || blobs.Count == 0)
            return;
        var missing = await Objects.MissingAsync([.. blobs.Select(blob => blob.Value).Distinct(StringComparer.Ordinal)], cancellationToken);
        if (missing.Count > 0)
            await FetchMissing!(missing, cancellationToken);
    }

    /// <summary>The contents on both sides of these changes, submodules aside.</summary>
    internal Task FetchAsync(IEnumerable<TreeChange> changes, CancellationToken cancellationToken) =>
        FetchAsync(changes.SelectMany(change => new[] { change.Before, change.After }).OfType<TreeEntry>(), cancellationToken);

    internal Task FetchAsync(IEnumerable<TreeEntry> entries, CancellationToken cancellationToken) =>
        FetchBlobsAsync([.. entries.Where(entry => entry.Mode.FileKind() is not null).Select(entry => new BlobId(entry.ObjectId))], cancellationToken);

    /// <summary>The tree that these changes make of another: all of them, each path once.</summary>
    /// <remarks>Work is proportional to the folders that the changes touch. Deleting what is not there changes nothing.</remarks>
    /// <exception cref="ArgumentException">
    /// A path is unsafe or named twice, or a file would take the place of a folder with files in it or the other way round.
    /// </exception>
    public Task<TreeId> WriteTreeAsync(TreeId @base, IReadOnlyList<FileChange> changes, CancellationToken cancellationToken) =>
        new TreeWriter(Objects).WriteAsync(@base, changes, cancellationToken);

    /// <summary>The difference in git's unified format, for reading: full ids, no renames, binary files named only, undecodable bytes replaced.</summary>
    public async Task<string> DiffAsync(TreeId before, TreeId after, int contextLines, CancellationToken cancellationToken)
    {
        if (IsPartial)
            await FetchAsync(await ChangesAsync(before, after, cancellationToken), cancellationToken);
        var lines = contextLines.ToString(CultureInfo.InvariantCulture);
        var diff = await RunAsync(
            [
                "diff-tree", "-r", "-p", $"-U{lines}", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color",
                "--diff-algorithm=histogram", "--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules=none", "--submodule=short",
                before.Value, after.Value,
            ], cancellationToken);
        return Encoding.UTF8.GetString(diff.OrThrow().Bytes.Span);
    }

    /// <summary>The paths that differ, in ordinal order.</summary>
    public async Task<IReadOnlyList<TreeChange>> ChangesAsync(TreeId before, TreeId after, CancellationToken cancellationToken)
    {
        if (before == after)
            return [];
        var diff = await RunAsync(["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", before.Value, after.Value], cancellationToken);
        var changes = new List<TreeChange>();
        foreach (var pair in diff.OrThrow().Fields().Chunk(2))
        {
            // :100644 100755 before-id after-id M
            var words = Encoding.ASCII.GetString(pair[0].Span[1..]).Split(' ');
            var path = GitPath.Decode(pair[1].Span);
            changes.Add(new TreeChange(path, Side(words[0], words[2]), Side(words[1], words[3])));
            TreeEntry? Side(string mode, string id) =>
                mode == "000000" ? null : new TreeEntry(path, EntryModes.Parse(Encoding.ASCII.GetBytes(mode)), id);
        }
        changes.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return changes;
    }

    /// <summary>What both sides did since their common base, in one tree or as conflicts. Renames are followed; folders' renames are not.</summary>
    public async Task<TreeMerge> MergeAsync(TreeId @base, TreeId ours, TreeId theirs, CancellationToken cancellationToken)
    {
        if (ours == theirs || theirs == @base)
            return new TreeMerge.Clean(ours);
        if (ours == @base)
            return new TreeMerge.Clean(theirs);
        if (IsPartial)
            foreach (var side in (TreeId[])[ours, theirs])
                await FetchAsync(await ChangesAsync(@base, side, cancellationToken), cancellationToken);
        // Before 2.40 git merges commits only, so each tree gets one; the fixed signature makes the same tree the same commit.
        var nobody = new CommitSignature("TaskBot", "taskbot@localhost", DateTimeOffset.UnixEpoch);
        var root = await CommitAsync(new CommitDraft(@base, [], nobody, nobody, "base"), cancellationToken);
        var left = await CommitAsync(new CommitDraft(ours, [root], nobody, nobody, "ours"), cancellationToken);
        var right = await CommitAsync(new CommitDraft(theirs, [root], nobody, nobody, "theirs"), cancellationToken);
        var merged = await RunAsync(
            ["-c", "merge.directoryRenames=false", "-c", "merge.renames=true", "merge-tree", "--write-tree", "-z", "--messages", left.Value, right.Value],
            cancellationToken);
        if (merged.ExitCode is not (0 or 1))
            throw merged.Failure();
        var fields = merged.Fields().ToArray();
        var tree = new TreeId(Encoding.ASCII.GetString(fields[0].Span));
        return merged.ExitCode == 0 ? new TreeMerge.Clean(tree) : new TreeMerge.Conflicted(tree, Conflicts(fields));
    }

    /// <summary>Stores a commit; no ref moves.</summary>
    public async Task<CommitId> CommitAsync(CommitDraft draft, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string>(ObjectsBehind(own.Path))
        {
            ["GIT_AUTHOR_NAME"] = draft.Author.Name,
            ["GIT_AUTHOR_EMAIL"] = draft.Author.Email,
            ["GIT_AUTHOR_DATE"] = draft.Author.Date,
            ["GIT_COMMITTER_NAME"] = draft.Committer.Name,
            ["GIT_COMMITTER_EMAIL"] = draft.Committer.Email,
            ["GIT_COMMITTER_DATE"] = draft.Committer.Date,
        };
        var call = new GitCall(own.Path, ["commit-tree", draft.Tree.Value, .. draft.Parents.SelectMany(parent => new[] { "-p", parent.Value })])
        {
            Environment = environment,
            Input = Encoding.UTF8.GetBytes(draft.Message.EndsWith('\n') ? draft.Message : draft.Message + "\n"),
        };
        return new CommitId((await GitProgram.RunAsync(call, cancellationToken)).OrThrow().Text);
    }

    /// <summary>The checkout's paths that differ from HEAD, untracked files among them and ignored ones not; empty when bare or clean.</summary>
    public async Task<IReadOnlyList<string>> DirtyPathsAsync(CancellationToken cancellationToken)
    {
        if (WorkTree is null)
            return [];
        // HEAD, index and ignore patterns are the repository's; the configuration is ours, so that no filter or monitor of its own runs.
        using var view = GitFolder.CreateTemporary(IdDigits == 64);
        File.Delete(view.File("info/attributes"));
        if (await Refs.HeadAsync(cancellationToken) is { } head)
            await File.WriteAllTextAsync(view.File("HEAD"), head.Value + "\n", cancellationToken);
        foreach (var file in Directory.EnumerateFiles(GitPlace, "sharedindex.*"))
            File.CreateSymbolicLink(view.File(Path.GetFileName(file)), file);
        var exclude = (await RunInPlaceAsync(["rev-parse", "--path-format=absolute", "--git-path", "info/exclude"], cancellationToken)).OrThrow().Text;
        if (File.Exists(exclude))
            File.Copy(exclude, view.File("info/exclude"));
        var environment = new Dictionary<string, string>(ObjectsBehind(view.Path))
        {
            ["GIT_WORK_TREE"] = WorkTree,
            ["GIT_INDEX_FILE"] = Path.Combine(GitPlace, "index"),
        };
        string[] settings = [.. (await CheckoutSettingsAsync(cancellationToken)).SelectMany(setting => new[] { "-c", setting })];
        var status = await GitProgram.RunAsync(
            new GitCall(WorkTree, [.. settings, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal", "--ignore-submodules=dirty"])
            {
                Environment = environment,
            }, cancellationToken);
        return [.. status.OrThrow().Fields().Select(field => GitPath.Decode(field.Span[3..])).Order(StringComparer.Ordinal)];
    }

    public async ValueTask DisposeAsync()
    {
        await Objects.DisposeAsync();
        own.Dispose();
    }

    /// <summary>Runs git on the objects alone, behind a configuration of our own.</summary>
    internal Task<GitOutput> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        GitProgram.RunAsync(new GitCall(own.Path, arguments) { Environment = ObjectsBehind(own.Path) }, cancellationToken);

    /// <summary>Runs git on the repository's own refs; only for commands that start no other program.</summary>
    internal Task<GitOutput> RunInPlaceAsync(
        IReadOnlyList<string> arguments, CancellationToken cancellationToken, ReadOnlyMemory<byte> input = default) =>
        GitProgram.RunAsync(
            new GitCall(GitPlace, arguments) { Environment = new Dictionary<string, string> { ["GIT_DIR"] = GitPlace }, Input = input },
            cancellationToken);

    /// <summary>The variables that put a git folder in front of this repository's objects.</summary>
    internal Dictionary<string, string> ObjectsBehind(string gitFolder) =>
        new() { ["GIT_DIR"] = gitFolder, ["GIT_OBJECT_DIRECTORY"] = objectFolder };

    internal async Task<IReadOnlyList<TreeEntry>> ListAsync(TreeId tree, CancellationToken cancellationToken)
    {
        var listed = await RunAsync(["ls-tree", "-r", "-z", "--full-tree", tree.Value], cancellationToken);
        var entries = new List<TreeEntry>();
        foreach (var line in listed.OrThrow().Fields())
        {
            // 100644 blob id<tab>path
            var tab = line.Span.IndexOf((byte)'\t');
            var mode = EntryModes.Parse(line.Span[..6]);
            var id = Encoding.ASCII.GetString(line.Span[(tab - IdDigits)..tab]);
            entries.Add(new TreeEntry(GitPath.Decode(line.Span[(tab + 1)..]), mode, id));
        }
        entries.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return entries;
    }

    /// <summary>What the repository's config says of how its checkout was written; these keys name no program.</summary>
    async Task<IReadOnlyList<string>> CheckoutSettingsAsync(CancellationToken cancellationToken)
    {
        const string keys = @"^core\.(autocrlf|eol|filemode|ignorecase|symlinks|precomposeunicode|sparsecheckout|sparsecheckoutcone|checkstat|trustctime)$";
        // Without --includes nothing but the repository's own file is read, and the settings of our command line stay out.
        var found = await RunInPlaceAsync(["config", "--local", "-z", "--get-regexp", keys], cancellationToken);
        return [.. found.Fields().Select(field => Encoding.UTF8.GetString(field.Span)).Select(pair => pair.Replace('\n', '='))];
    }

    /// <summary>
    /// After the tree's id come the conflicted entries up to an empty field, then the messages: number of paths, the paths, kind, text.
    /// Of the messages those that speak of a conflict count; the others say "Auto-merging".
    /// </summary>
    static List<MergeConflict> Conflicts(ReadOnlyMemory<byte>[] fields)
    {
        var conflicts = new List<MergeConflict>();
        var at = Array.FindIndex(fields, 1, field => field.IsEmpty) + 1;
        while (at < fields.Length)
        {
            var count = int.Parse(Encoding.ASCII.GetString(fields[at].Span), CultureInfo.InvariantCulture);
            var paths = fields.AsSpan(at + 1, count).ToArray().Select(path => GitPath.Decode(path.Span)).Order(StringComparer.Ordinal);
            var kind = Encoding.UTF8.GetString(fields[at + 1 + count].Span);
            if (kind.StartsWith("CONFLICT", StringComparison.Ordinal))
                conflicts.Add(new MergeConflict([.. paths], kind, Encoding.UTF8.GetString(fields[at + 2 + count].Span).Trim()));
            at += count + 3;
        }
        return conflicts;
    }
}
