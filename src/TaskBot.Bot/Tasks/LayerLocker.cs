using System.Collections.Immutable;
using System.Net;
using System.Text;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Problems;

namespace TaskBot.Bot.Tasks;

/// <summary>What locking gave.</summary>
/// <param name="Lock">Every layer of another repository that is used, and no other. To be kept only where there is no error.</param>
/// <param name="Problems">Every mistake of every layer on the way, and whatever could not be had.</param>
public sealed record LayerLocking(LockFile Lock, ImmutableArray<Problem> Problems);

/// <summary>
/// Pins the layers of other repositories that a repository's own layers lead to, however far: each ref becomes a commit, each file is fetched at that
/// commit into the cache. What is locked stays where it is, also where its ref moved on; that is an error until someone asks for the update.
/// </summary>
public sealed class LayerLocker(GitHubClient client, LayerCache cache)
{
    /// <summary>The kind of a problem that is not the layers' fault: GitHub refused, or could not be reached.</summary>
    public const string Unreachable = "unreachable";

    /// <param name="roots">The repository's own layers.</param>
    /// <param name="files">Finds the repository's other layers that these name.</param>
    /// <param name="known">The lock as it is.</param>
    /// <param name="update">Whether refs that moved are followed.</param>
    /// <param name="cancellationToken">Ends it; what was fetched stays in the cache.</param>
    public async Task<LayerLocking> LockAsync(
        IReadOnlyCollection<LayerParse> roots, ILayerResolver files, LockFile known, bool update, CancellationToken cancellationToken)
    {
        var pass = new Pass(client.Repositories, cache, files, known, update);
        await pass.FollowAsync(roots, cancellationToken);
        var pinned = pass.Pinned.Aggregate(known.Only(pass.Pinned.Keys), (locks, pin) => pin.Value is { } entry ? locks.With(pin.Key, entry) : locks);
        return new(pinned, [.. pass.Problems]);
    }

    sealed class Pass(RepositoriesClient repositories, LayerCache cache, ILayerResolver files, LockFile known, bool update)
    {
        readonly Dictionary<(string Repository, string Ref), string?> commits = [];

        public Dictionary<RemoteAsset, LockEntry?> Pinned { get; } = [];

        public List<Problem> Problems { get; } = [];

        public async Task FollowAsync(IReadOnlyCollection<LayerParse> roots, CancellationToken cancellationToken)
        {
            var open = new Queue<TaskLayer>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var root in roots) Read(root);
            while (open.TryDequeue(out var layer))
            {
                foreach (var (path, location) in LayerDependencies.Of(layer))
                {
                    if (LibraryLayerResolver.Handles(path, layer.Identifier)) continue;
                    var found = RemoteAsset.Handles(path, layer.Identifier)
                        ? await RemoteAsync(path, layer.Identifier, location, cancellationToken)
                        : files.Resolve(path, layer.Identifier);
                    if (found?.Error is { } error) Problems.Add(new(error.Kind, location, error.Message, error.Fix));
                    else if (found is { Text: { } text } && !seen.Contains(found.Identifier)) Read(TaskLayer.Parse(found.Identifier, text));
                }
            }

            void Read(LayerParse parse)
            {
                if (!seen.Add(parse.Layer.Identifier)) return;
                Problems.AddRange(parse.Problems);
                open.Enqueue(parse.Layer);
            }
        }

        /// <summary>The layer, where it is met for the first time; null where it is known already, or its problem was said.</summary>
        async Task<LayerResolution?> RemoteAsync(string path, string anchor, SourceLocation location, CancellationToken cancellationToken)
        {
            if (RemoteAsset.Resolve(path, anchor) is not { } asset)
                return LayerResolution.Failed(path, "outside-root", $"'{path}' leads outside the repository that it is used from.", "Write 'owner/repo/path@ref'.");
            if (!Pinned.TryAdd(asset, null)) return null;
            if (!RepositoryName.TryParse(asset.Repository, out var repository) || asset.Ref.Split('/').Any(part => part is "" or "." or ".."))
                return LayerResolution.Failed(asset.ToString(), "bad-reference", $"'{asset}' names no repository and ref that GitHub could have.", "Write 'owner/repo/path@ref'.");
            try
            {
                return await PinAsync(asset, repository, location, cancellationToken);
            }
            catch (GitHubApiException e)
            {
                return LayerResolution.Failed(asset.ToString(), Unreachable, $"'{asset}' cannot be had: {e.Message}");
            }
        }

        async Task<LayerResolution?> PinAsync(RemoteAsset asset, RepositoryName repository, SourceLocation location, CancellationToken cancellationToken)
        {
            if (await CommitOfAsync(asset, repository, cancellationToken) is not { } current)
            {
                return LayerResolution.Failed(
                    asset.ToString(), "missing-reference", $"There is no '{asset.Ref}' in {asset.Repository}, or no access to it.",
                    "Name a tag, branch or commit that is there; a private repository needs TASKBOT_GitHub__Token.");
            }

            var locked = known.Find(asset);
            if (!update && locked is not null && locked.Commit != current && await MovedAsync(asset, repository, locked, current, location, cancellationToken) is { } moved)
            {
                Problems.Add(moved);
                return null;
            }

            var commit = update ? current : locked?.Commit ?? LockedCommitOf(asset) ?? current;
            var here = locked?.Commit == commit ? await cache.FindAsync(asset, locked, cancellationToken) : null;
            if ((here ?? await FetchAsync(asset, repository, commit, cancellationToken)) is not { } content)
            {
                return LayerResolution.Failed(
                    asset.ToString(), "missing-reference", $"There is no file {asset.Path} in {asset.Repository} at '{asset.Ref}' ({commit[..12]}).", "Correct the path or the ref.");
            }

            var entry = new LockEntry(commit, LockFile.DigestOf(content.Span));
            if (!update && locked is not null && locked.Digest != entry.Digest)
            {
                return LayerResolution.Failed(
                    asset.ToString(), "wrong-digest", $"'{asset}' at {commit[..12]} has the digest {entry.Digest}, and not the one in {LockFile.Path}.",
                    "Find out who changed the lock file; 'taskbot task lock --update' writes it anew.");
            }

            if (here is null) await cache.WriteAsync(asset, commit, content, cancellationToken);
            Pinned[asset] = entry;
            return new(asset.ToString(), Encoding.UTF8.GetString(content.Span));
        }

        /// <summary>One ref is one commit: a file that comes new under a ref that is locked already comes from the commit that the others are locked to.</summary>
        string? LockedCommitOf(RemoteAsset asset) => known.Entries
            .Where(entry => RemoteAsset.Parse(entry.Key) is { } other && other.Repository == asset.Repository && other.Ref == asset.Ref)
            .Select(entry => entry.Value.Commit).FirstOrDefault();

        async Task<Problem?> MovedAsync(
            RemoteAsset asset, RepositoryName repository, LockEntry locked, string current, SourceLocation location, CancellationToken cancellationToken) =>
            await FetchAsync(asset, repository, current, cancellationToken) is { } content
                ? known.Check(asset, new(current, LockFile.DigestOf(content.Span)), location)
                : new("moved-ref", location, $"'{asset.Ref}' of {asset.Repository} moved from {locked.Commit[..12]} to {current[..12]}, where there is no {asset.Path}.",
                    "Name another path or ref.");

        async Task<string?> CommitOfAsync(RemoteAsset asset, RepositoryName repository, CancellationToken cancellationToken)
        {
            if (commits.TryGetValue((asset.Repository, asset.Ref), out var commit)) return commit;
            try
            {
                commit = (await repositories.FindCommitAsync(repository, asset.Ref, cancellationToken))?.Sha;
            }
            catch (GitHubApiException e) when (e.Status == HttpStatusCode.UnprocessableEntity)
            {
                // That is how GitHub says that a repository, which is there, has no such ref.
                commit = null;
            }

            return commits[(asset.Repository, asset.Ref)] = commit;
        }

        // A bare null would be taken for an empty array, and that for a file.
        async Task<ReadOnlyMemory<byte>?> FetchAsync(RemoteAsset asset, RepositoryName repository, string commit, CancellationToken cancellationToken) =>
            (await repositories.FindFileAsync(repository, asset.Path, commit, cancellationToken))?.ReadBytes() is { } bytes ? bytes : default(ReadOnlyMemory<byte>?);
    }
}
