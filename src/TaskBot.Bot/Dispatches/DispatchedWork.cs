using System.Collections.Concurrent;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs.Nodes;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Dispatches;

/// <summary>
/// The part that a job has: it composes the graph that it was offered from the base commit that it fetched itself, runs it, tells of it, and seals what comes of
/// it. What acts on the world is left to the server.
/// </summary>
public sealed class DispatchedWork(IForge forge, IObjectSource objects, AttemptRunner attempts, BotStores stores)
{
    /// <exception cref="ForgeException">The base commit cannot be had.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public async Task<SealedWork> RunAsync(WorkOffer offer, RunnerStory story, CancellationToken cancellationToken)
    {
        var run = offer.Run;
        await using var git = await objects.OpenObjectsAsync(RepositoryName.Parse(run.Repository), new CommitId(run.BaseCommit), cancellationToken);
        var work = await RunWork.OpenAsync(run, git, forge, cancellationToken);
        if (!work.Problems.IsEmpty) return Failed(offer, $"The project's configuration has mistakes:\n{string.Join('\n', work.Problems)}");
        var (graph, problems) = offer.Order.Compose(run, work.Composer);
        if (graph is null) return Failed(offer, $"The task does not compose:\n{string.Join('\n', problems)}");
        var seen = new SeenResults(stores.Results);
        foreach (var earlier in offer.Earlier) await OpenAsync(earlier, git, work.BaseTree, cancellationToken);
        var kept = stores with { Results = seen, Journal = new ToldJournal(stores.Journal, story) };
        var result = await attempts.RunAsync(
            new(run, offer.Order, graph, work), offer.Known, kept, type => type.Schema.IsEffect ? new LeftToServer(type) : type, new ToldProgress(story), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return await WorkSealing.SealAsync(offer.Dispatch, result, seen.All, git, work.BaseTree, cancellationToken);
    }

    /// <summary>Says that nothing was done, and why.</summary>
    public static SealedWork Failed(WorkOffer offer, string why) => new(offer.Dispatch, []) { Failure = why };

    /// <summary>What an earlier job of the run made is found again; what of it does not hold is made again.</summary>
    async Task OpenAsync(SealedWork earlier, GitRepository git, TreeId baseTree, CancellationToken cancellationToken)
    {
        try
        {
            await WorkSealing.OpenTreesAsync(earlier, git, baseTree, cancellationToken);
        }
        catch (InvalidDataException)
        {
            return;
        }

        await stores.Results.StoreAsync([.. earlier.Results.Select(result => result.Open())], cancellationToken);
    }

    /// <summary>Stands for a type that acts on the world.</summary>
    sealed class LeftToServer(INodeType inner) : INodeType
    {
        public NodeTypeSchema Schema => inner.Schema;

        public ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken) =>
            ValueTask.FromResult<NodeResult>(new NodeResult.Skipped("The server does this, with rights that the job does not have."));
    }

    /// <summary>Remembers what was found and stored, to be sealed.</summary>
    sealed class SeenResults(IResultCache inner) : IResultCache
    {
        readonly ConcurrentDictionary<NodeKey, NodeOutputs> seen = new();

        public IReadOnlyDictionary<NodeKey, NodeOutputs> All => seen;

        public async ValueTask<NodeOutputs?> FindAsync(NodeKey key, CancellationToken cancellationToken)
        {
            var found = await inner.FindAsync(key, cancellationToken);
            if (found is not null) seen[key] = found;
            return found;
        }

        public ValueTask StoreAsync(NodeOutputs result, CancellationToken cancellationToken)
        {
            seen[result.Key] = result;
            return inner.StoreAsync(result, cancellationToken);
        }

        public ValueTask<IAsyncDisposable> HoldAsync(CancellationToken cancellationToken) => inner.HoldAsync(cancellationToken);
    }
}
