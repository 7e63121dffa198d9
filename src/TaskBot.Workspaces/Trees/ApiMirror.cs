using System.IO.Compression;
using System.Text;

namespace TaskBot.Workspaces.Trees;

/// <summary>
/// A bare repository whose objects come over a forge's API, for where git itself cannot reach the forge. Each commit is brought without its
/// history, and its trees are exactly the commit's: what does not hash to the id that it was asked for by is refused. A store that has little of
/// a commit gets its archive in one request; contents that the archive lacks or changed come when they are read. Safe for concurrent use, also by
/// other processes.
/// </summary>
public sealed class ApiMirror(string folder, IApiObjects api, TimeProvider time)
{
    /// <summary>Contents that may be lacking before the archive of all is worth its size.</summary>
    const int FewBlobs = 64;

    /// <summary>Contents held in memory on their way from the archive to the store, in bytes.</summary>
    const long Held = 64 << 20;

    /// <summary>Requests under way at once.</summary>
    const int Parallel = 6;

    /// <summary>What stands where an API tells a name that is not UTF-8.</summary>
    const char Lost = '\uFFFD';

    /// <summary>The mirror with this commit; the API is only asked where the commit is not here yet.</summary>
    /// <exception cref="GitException">What the API tells is not this commit, or cannot be made into it.</exception>
    public async Task<GitRepository> OpenAsync(CommitId commit, CancellationToken cancellationToken)
    {
        if (await FindAsync(commit, cancellationToken) is { } known)
            return known;
        using var turn = await FolderLock.TakeAsync(folder, time, cancellationToken);
        // Harmless where it is there, and what a killed process began is made whole.
        await (await GitRepository.CreateBareAsync(folder, cancellationToken)).DisposeAsync();
        var repository = await OpenAsync(cancellationToken);
        try
        {
            if (await repository.Refs.ResolveAsync(commit.Value, cancellationToken) is null)
                await BringAsync(repository, commit, cancellationToken);
            return repository;
        }
        catch
        {
            await repository.DisposeAsync();
            throw;
        }
    }

    /// <summary>The mirror where it has the commit; null where it has not, or is not there, or is only being made.</summary>
    async Task<GitRepository?> FindAsync(CommitId commit, CancellationToken cancellationToken)
    {
        try
        {
            var opened = await OpenAsync(cancellationToken);
            if (await opened.Refs.ResolveAsync(commit.Value, cancellationToken) is not null)
                return opened;
            await opened.DisposeAsync();
        }
        catch (GitException e) when (e.Problem == GitProblem.NotARepository)
        {
            // Whoever has the turn makes it.
        }
        return null;
    }

    Task<GitRepository> OpenAsync(CancellationToken cancellationToken) => GitRepository.OpenAsync(folder, FetchBlobsAsync, cancellationToken);

    async Task BringAsync(GitRepository repository, CommitId commit, CancellationToken cancellationToken)
    {
        var told = await api.GetCommitAsync(commit, cancellationToken);
        var text = CommitText.Rebuild(commit, told) ?? throw Refused(
            $"the commit {commit} cannot be made of what the API tells of it: it has a header that is not told, such as an encoding or a merged tag. Open it with git.");
        var folders = await ReadFoldersAsync(repository, told.Tree, cancellationToken);
        var wanted = folders.Values.SelectMany(known => known.Items).Where(item => item.Mode.FileKind() is not null).Select(item => item.ObjectId).ToHashSet(StringComparer.Ordinal);
        var missing = (await repository.Objects.MissingAsync([.. wanted], cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var unnamed = folders.Values.Any(known => known.Items.Any(item => item.Name.Contains(Lost, StringComparison.Ordinal)));
        if (missing.Count > FewBlobs || unnamed)
        {
            var names = await ReadArchiveAsync(repository, commit, missing, cancellationToken);
            if (unnamed)
                folders = Named(folders, names);
        }

        var batch = repository.Objects.NewBatch();
        foreach (var (path, known) in folders)
        {
            if (batch.AddFolder(known.Items) != known.Id)
                throw Refused($"what the API tells of the folder '/{path}' of the commit {commit} is not the tree {known.Id}. Open it with git.");
        }
        await repository.Objects.StoreAsync(batch, cancellationToken);
        // Last, as who finds a commit here takes its trees to be here too.
        batch = repository.Objects.NewBatch();
        batch.AddCommit(text);
        await repository.Objects.StoreAsync(batch, cancellationToken);
    }

    /// <summary>The folders of a tree that are not here yet, by their paths.</summary>
    async Task<Dictionary<string, ToldFolder>> ReadFoldersAsync(GitRepository repository, TreeId root, CancellationToken cancellationToken)
    {
        var folders = new Dictionary<string, ToldFolder>(StringComparer.Ordinal);
        var ask = new List<(string Path, TreeId Id)> { ("", root) };
        while (ask.Count > 0)
        {
            var unknown = (await repository.Objects.MissingAsync([.. ask.Select(one => one.Id.Value)], cancellationToken)).ToHashSet(StringComparer.Ordinal);
            var next = new List<(string, TreeId)>();
            foreach (var (path, id) in ask.Where(one => unknown.Contains(one.Id.Value)))
            {
                var told = await api.GetTreeAsync(id, cancellationToken);
                folders[path] = new ToldFolder(id, []);
                // A folder comes before what is in it.
                foreach (var entry in told.Entries.OrderBy(entry => entry.Path, StringComparer.Ordinal))
                {
                    var full = Join(path, entry.Path);
                    var (parent, name) = Split(full);
                    if (!folders.TryGetValue(parent, out var known))
                        throw Refused($"the API tells of '/{full}' and not of its folder in the tree {id}.");
                    known.Items.Add(new TreeItem(name, entry.Mode, entry.ObjectId));
                    if (entry.Mode != EntryMode.Folder)
                        continue;
                    if (told.IsDeep)
                        folders[full] = new ToldFolder(new TreeId(entry.ObjectId), []);
                    else
                        next.Add((full, new TreeId(entry.ObjectId)));
                }
            }
            ask = next;
        }
        var lacking = (await repository.Objects.MissingAsync([.. folders.Values.Select(known => known.Id.Value).Distinct(StringComparer.Ordinal)], cancellationToken))
            .ToHashSet(StringComparer.Ordinal);
        return folders.Where(pair => lacking.Contains(pair.Value.Id.Value)).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Stores those of an archive's files that are missing; gives each file's path and id.</summary>
    async Task<List<(string Path, string Id)>> ReadArchiveAsync(
        GitRepository repository, CommitId commit, HashSet<string> missing, CancellationToken cancellationToken)
    {
        var files = new List<(string, string)>();
        var batch = repository.Objects.NewBatch();
        try
        {
            await using var archive = await api.OpenArchiveAsync(commit, cancellationToken);
            await using var tar = new GZipStream(archive, CompressionMode.Decompress);
            await foreach (var file in GitArchive.ReadAsync(tar, cancellationToken))
            {
                var id = ObjectBatch.IdOf("blob", file.Content.Span, repository.IdDigits / 2);
                files.Add((file.Path, id));
                if (!missing.Contains(id))
                    continue;
                batch.AddBlob(file.Content);
                if (batch.Size < Held)
                    continue;
                await repository.Objects.StoreAsync(batch, cancellationToken);
                batch = repository.Objects.NewBatch();
            }
        }
        catch (InvalidDataException e)
        {
            throw new GitException(GitProblem.AnswerWrong, $"The archive of the commit {commit} for '{folder}' cannot be read: {e.Message} Try again.", e);
        }
        await repository.Objects.StoreAsync(batch, cancellationToken);
        return files;
    }

    /// <summary>Names that are not UTF-8, from the archive, which has their bytes: of a file the one with its id, of a folder the only one that reads the same.</summary>
    static Dictionary<string, ToldFolder> Named(Dictionary<string, ToldFolder> folders, List<(string Path, string Id)> files)
    {
        var byFolder = new Dictionary<string, List<(string Name, string? Id)>>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (path, id) in files)
        {
            string? of = id;
            for (var at = path; at.Length > 0 && seen.Add(at); of = null)
            {
                var (parent, name) = Split(at);
                (byFolder.TryGetValue(Seen(parent), out var list) ? list : byFolder[Seen(parent)] = []).Add((name, of));
                at = parent;
            }
        }
        return folders.ToDictionary(
            pair => pair.Key,
            pair => pair.Value with
            {
                Items =
                [
                    .. pair.Value.Items.Select(item => item.Name.Contains(Lost, StringComparison.Ordinal)
                        && byFolder.GetValueOrDefault(pair.Key)?.FirstOrDefault(
                            one => Seen(one.Name) == item.Name && one.Id == (item.Mode == EntryMode.Folder ? null : item.ObjectId)).Name is { } name
                            ? item with { Name = name }
                            : item),
                ],
            },
            StringComparer.Ordinal);

        // A path as the API tells it.
        static string Seen(string path) => Encoding.UTF8.GetString(GitPath.Encode(path));
    }

    async Task FetchBlobsAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        await using var repository = await GitRepository.OpenAsync(folder, cancellationToken);
        foreach (var some in ids.Chunk(4 * Parallel))
        {
            var contents = new ReadOnlyMemory<byte>[some.Length];
            await System.Threading.Tasks.Parallel.ForEachAsync(
                Enumerable.Range(0, some.Length),
                new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
                async (at, cancellation) => contents[at] = await api.GetBlobAsync(new BlobId(some[at]), cancellation));
            var batch = repository.Objects.NewBatch();
            for (var at = 0; at < some.Length; at++)
            {
                if (batch.AddBlob(contents[at]).Value != some[at])
                    throw Refused($"the API gave {contents[at].Length:N0} bytes for the file {some[at]} that are not its own.");
            }
            await repository.Objects.StoreAsync(batch, cancellationToken);
        }
    }

    GitException Refused(string what) => new(GitProblem.AnswerWrong, $"Nothing was taken into '{folder}': {what}");

    static string Join(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";

    static (string Folder, string Name) Split(string path) => path.LastIndexOf('/') is >= 0 and var slash ? (path[..slash], path[(slash + 1)..]) : ("", path);

    sealed record ToldFolder(TreeId Id, List<TreeItem> Items);
}
