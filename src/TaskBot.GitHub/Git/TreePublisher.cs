using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.Git;

/// <summary>
/// Publishes changed files as one commit through the REST API: no checkout, no push credential, and a signed commit when the token is an
/// App's. Safe to run again after a crash at any point: blobs, trees and commits are named by content, and a branch that an earlier run
/// already moved is recognised by its tree and parent.
/// </summary>
public sealed class TreePublisher(GitHubClient client)
{
    const int ParallelBlobs = 6;

    /// <summary>
    /// The touched paths whose file at a commit differs from what the change was made from, by blob id. Empty means that the change applies
    /// to the commit exactly as it was made, whatever else happened there.
    /// </summary>
    /// <param name="expected">The blob id of each touched path before the change; null where there was no file.</param>
    public async Task<IReadOnlyList<BaseDifference>> CompareBaseAsync(
        RepositoryName repository, string commit, IReadOnlyDictionary<string, string?> expected, CancellationToken cancellationToken)
    {
        var root = (await client.Git.GetCommitAsync(repository, commit, cancellationToken)).Tree.Sha;
        var actual = await FindEntriesAsync(repository, root, [.. expected.Keys], cancellationToken);
        return
        [
            .. from pair in expected
               let found = actual.GetValueOrDefault(pair.Key)?.Sha
               where found != pair.Value
               orderby pair.Key
               select new BaseDifference(pair.Key, pair.Value, found)
        ];
    }

    /// <summary>Publishes. The head is compared first and the branch moved last, so a refusal leaves it as it was.</summary>
    /// <exception cref="ArgumentException">A path leaves the repository or enters <c>.git</c>, a mode is unknown, or a path comes twice.</exception>
    public async Task<PublishResult> PublishAsync(TreePublication publication, CancellationToken cancellationToken)
    {
        Check(publication);
        var repository = publication.Repository;
        var reference = $"heads/{publication.Branch}";
        var baseTree = (await client.Git.GetCommitAsync(repository, publication.BaseCommit, cancellationToken)).Tree.Sha;
        var before = await FindEntriesAsync(
            repository, baseTree, [.. publication.Changes.Select(change => change.Path)], cancellationToken);
        var changed = publication.Changes.Where(change => !IsAt(before.GetValueOrDefault(change.Path), change)).ToArray();
        var tree = changed.Length == 0 ? baseTree : await StoreTreeAsync(repository, baseTree, changed, cancellationToken);
        if (tree == baseTree) return new PublishResult.NoChange(tree);

        var head = (await client.Git.FindReferenceAsync(repository, reference, cancellationToken))?.Object.Sha;
        if (head is not null && await IsOursAsync(repository, head, publication.BaseCommit, tree, cancellationToken))
            return new PublishResult.AlreadyThere(head, tree);
        if (head != publication.ExpectedHead) return new PublishResult.HeadMoved(head);

        var commit = await client.Git.CreateCommitAsync(
            repository, new NewCommit(publication.Message, tree, [publication.BaseCommit], publication.Author), cancellationToken);
        try
        {
            if (head is null) await client.Git.CreateReferenceAsync(repository, reference, commit.Sha, cancellationToken);
            // A branch on the base moves ahead, which GitHub refuses once another commit is there.
            else if (head == publication.BaseCommit) await client.Git.UpdateReferenceAsync(repository, reference, commit.Sha, force: false, cancellationToken);
            else await ResetAsync(repository, reference, head, commit.Sha, cancellationToken);
            return new PublishResult.Published(commit.Sha, tree, Created: head is null);
        }
        catch (GitHubApiException exception) when (exception.Status is HttpStatusCode.UnprocessableEntity or HttpStatusCode.OK or null)
        {
            // The branch moved meanwhile, or the answer to moving it was lost. Where it is now tells which.
            var now = (await client.Git.FindReferenceAsync(repository, reference, cancellationToken))?.Object.Sha;
            if (now == commit.Sha) return new PublishResult.Published(commit.Sha, tree, Created: head is null);
            if (now == head) throw;
            return new PublishResult.HeadMoved(now);
        }
    }

    /// <summary>The id that git gives a blob of these bytes.</summary>
    public static string BlobId(ReadOnlySpan<byte> content)
    {
#pragma warning disable CA5350 // SHA-1 is how git names objects here; nothing is secured by it.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {content.Length}\0"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The new commit stands on the base, not on the old head: the branch is moved by force, and by the one operation that compares the old head in the same step.</summary>
    async Task ResetAsync(RepositoryName repository, string reference, string head, string commit, CancellationToken cancellationToken)
    {
        try
        {
            if ((await client.Repositories.GetAsync(repository, cancellationToken)).NodeId is { } id)
            {
                await client.GraphQL.ResetReferenceAsync(id, $"refs/{reference}", head, commit, cancellationToken);
                return;
            }
        }
        catch (GitHubApiException exception) when (exception.Status == HttpStatusCode.NotFound || exception.GitHubMessage?.Contains("'updateRefs' doesn't exist", StringComparison.Ordinal) == true)
        {
            // A server without this operation. Between the comparison above and the update below there is then a moment without a lock.
        }

        await client.Git.UpdateReferenceAsync(repository, reference, commit, force: true, cancellationToken);
    }

    async Task<string> StoreTreeAsync(
        RepositoryName repository, string baseTree, IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        var entries = new NewTreeEntry[changes.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, changes.Count),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelBlobs, CancellationToken = cancellationToken },
            async (index, cancellation) =>
            {
                var change = changes[index];
                var blob = change.Content is { } content ? await client.Git.CreateBlobAsync(repository, content, cancellation) : null;
                entries[index] = new NewTreeEntry(change.Path, change.Mode, "blob", blob);
            });
        return (await client.Git.CreateTreeAsync(repository, entries, baseTree, cancellationToken)).Sha;
    }

    async Task<bool> IsOursAsync(RepositoryName repository, string head, string parent, string tree, CancellationToken cancellationToken)
    {
        var commit = await client.Git.GetCommitAsync(repository, head, cancellationToken);
        return commit.Tree.Sha == tree && commit.Parents is [{ Sha: var only }] && only == parent;
    }

    /// <summary>The entries of paths below a tree. Reads the trees of their folders and no others, so a large repository costs nothing.</summary>
    async Task<IReadOnlyDictionary<string, GitTreeEntry>> FindEntriesAsync(
        RepositoryName repository, string rootTree, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, GitTreeEntry>(StringComparer.Ordinal);
        var level = new List<(string Prefix, string Tree, IReadOnlyList<string> Paths)> { ("", rootTree, paths) };
        while (level.Count > 0)
        {
            var next = new List<(string, string, IReadOnlyList<string>)>();
            foreach (var (prefix, sha, below) in level)
            {
                var entries = (await client.Git.GetTreeAsync(repository, sha, recursive: false, cancellationToken)).Tree
                    .ToDictionary(entry => entry.Path, StringComparer.Ordinal);
                foreach (var group in below.GroupBy(path => path[prefix.Length..].Split('/')[0], StringComparer.Ordinal))
                {
                    if (!entries.TryGetValue(group.Key, out var entry)) continue;
                    var here = prefix + group.Key;
                    var deeper = group.Where(path => path.Length > here.Length).ToArray();
                    if (deeper.Length < group.Count() && entry.Type != "tree") found[here] = entry;
                    if (deeper.Length > 0 && entry.Type == "tree") next.Add((here + "/", entry.Sha, deeper));
                }
            }

            level = next;
        }

        return found;
    }

    static bool IsAt(GitTreeEntry? entry, TreeChange change) => change.Content is { } content
        ? entry is not null && entry.Mode == change.Mode && entry.Sha == BlobId(content.Span)
        : entry is null;

    static void Check(TreePublication publication)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in publication.Changes)
        {
            if (change.Path.Contains('\0') || change.Path.Split('/').Any(part => part is "" or "." or ".." || IsGitFolder(part)))
                throw new ArgumentException($"'{change.Path}' is not a path inside a repository.", nameof(publication));
            if (change.Mode is not ("100644" or "100755" or "120000"))
                throw new ArgumentException($"'{change.Path}' has the mode {change.Mode}; files are 100644, 100755 or 120000.", nameof(publication));
            if (!seen.Add(change.Path)) throw new ArgumentException($"'{change.Path}' is changed twice.", nameof(publication));
        }
    }

    /// <summary>
    /// Also the spellings that NTFS and HFS+ read as .git, after git's own <c>is_ntfs_dotgit</c> and <c>is_hfs_dotgit</c>: the short name, blanks and dots at the
    /// end, streams, backslashes as separators, characters that are ignored.
    /// </summary>
    static bool IsGitFolder(string part) => string
        .Concat(part.Where(character => char.GetUnicodeCategory(character) != UnicodeCategory.Format))
        .Split('\\')
        .Select(name => name.Split(':')[0].TrimEnd('.', ' '))
        .Any(name => name.Equals(".git", StringComparison.OrdinalIgnoreCase) || name.Equals("git~1", StringComparison.OrdinalIgnoreCase));
}
