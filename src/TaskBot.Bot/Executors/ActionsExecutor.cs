using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Outbox;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Scheduling;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs.Problems;
using TaskBot.Models.Ledger;

namespace TaskBot.Bot.Executors;

/// <summary>
/// Has a job of GitHub Actions run a graph. Asked for the first time it starts the job and hands the graph over; asked again it looks up what became of
/// that. What comes back is opened by running the same graph here with every node ending as the job sealed it, so that only what acts on the world really runs:
/// with this server's rights, which the job never had.
/// </summary>
public sealed partial class ActionsExecutor(
    IForge forge, AttemptRunner here, IDispatchStore dispatches, DispatchEndings endings, BotStores stores, RunAccounts accounts, EffectOutbox outbox, RunFeed feed,
    IOptions<DispatchOptions> options, TimeProvider time, ILogger<ActionsExecutor> logger) : IGraphExecutor
{
    /// <summary>The input of the workflow: which work it is for.</summary>
    public const string Input = "run";

    public async Task<RunResult?> RunAsync(GraphWork work, CancellationToken cancellationToken)
    {
        var digest = work.Order.DigestFor(work.Run);
        var all = await dispatches.ListAsync(work.Run.Id, cancellationToken);
        // Something changed what is to be done: what a job does for the old graph is not wanted.
        foreach (var other in all.Where(dispatch => dispatch.IsOpen && dispatch.Digest != digest)) await endings.WithdrawAsync(other, cancellationToken);
        // A process may have died before it gave back what was granted.
        foreach (var ended in all.Where(dispatch => !dispatch.IsOpen)) await endings.GiveBackAsync(ended, cancellationToken);
        var same = all.Where(dispatch => dispatch.Digest == digest).ToList();
        switch (same.LastOrDefault(dispatch => dispatch.State != DispatchState.Withdrawn))
        {
            case { State: DispatchState.ResultIn } done:
                return await OpenAsync(done, work, cancellationToken);
            case { State: DispatchState.Failed } lost:
                // It is told once; whoever asks again gets another job.
                await dispatches.ChangeAsync(lost.Id, now => now with { State = DispatchState.Withdrawn, IsLost = false }, cancellationToken);
                throw new ForgeException(lost.Failure!) { Obstacle = lost.Obstacle };
            case { State: DispatchState.Requested } asked:
                await StartAsync(asked, cancellationToken);
                return null;
            case not null:
                return null;
            default:
                return await DispatchAsync(work, digest, all.Length + 1, isSecond: same.LastOrDefault() is { IsLost: true }, cancellationToken);
        }
    }

    async Task<RunResult?> DispatchAsync(GraphWork work, string digest, int number, bool isSecond, CancellationToken cancellationToken)
    {
        if (options.Value.Audience is null)
            throw new ForgeException($"The project wants its work done in GitHub Actions ('executor: actions'), and this server has no address for jobs: whoever runs it sets {DispatchOptions.Section}:{nameof(DispatchOptions.PublicUrl)}.");
        if (forge.Actions is not { } actions) throw new ForgeException("Work is to be done in GitHub Actions, and this forge has none.");
        var repository = RepositoryName.Parse(work.Run.Repository);
        var (id, branch) = await actions.IdentifyAsync(repository, cancellationToken);
        var scope = accounts.Of(work.Run, work.Order.Attempt, accounts.Limit(work.Work.Project).Budget);
        var left = await LeftAsync(scope, cancellationToken);
        var grant = new Reservation(left is null ? Guid.Empty : Guid.CreateVersion7(time.GetUtcNow()), scope, left ?? 0, time.GetUtcNow());
        if (left is <= 0) return OverBudget(work, "Nothing is left of what may be spent.");
        if (left is not null && await stores.Ledger.TryReserveAsync(grant, cancellationToken) is { } refusal) return OverBudget(work, $"{refusal}.");
        var dispatch = new Dispatch
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"{work.Run.Id}-{number}"),
            RunId = work.Run.Id,
            Order = work.Order,
            Digest = digest,
            State = DispatchState.Requested,
            Repository = work.Run.Repository,
            RepositoryId = id,
            Workflow = options.Value.Workflow,
            Branch = branch,
            RequestedAt = time.GetUtcNow(),
            GrantedUsd = left,
            Grant = grant.Id,
            IsSecond = isSecond,
        };
        await dispatches.AddAsync(dispatch, cancellationToken);
        await StartAsync(dispatch, cancellationToken);
        return null;
    }

    /// <summary>Starts the job, once: where it is not known whether it was, GitHub is asked for a run of that title.</summary>
    async Task StartAsync(Dispatch dispatch, CancellationToken cancellationToken)
    {
        var repository = RepositoryName.Parse(dispatch.Repository);
        var actions = forge.Actions!;
        try
        {
            var started = await outbox.DoAsync(
                $"dispatch:{dispatch.Id}",
                async token => Text(await actions.FindAsync(repository, dispatch.Id, token)),
                async token => Text(await actions.StartAsync(repository, dispatch.Workflow, dispatch.Branch, Inputs(dispatch), token) ?? 0),
                cancellationToken);
            var run = long.Parse(started!, CultureInfo.InvariantCulture) is > 0 and var known ? known : default(long?);
            await dispatches.ChangeAsync(
                dispatch.Id,
                now => now with { State = now.State == DispatchState.Requested ? DispatchState.Dispatched : now.State, ActionsRun = now.ActionsRun ?? run },
                cancellationToken);
            LogDispatched(logger, dispatch.RunId, dispatch.Order.Kind, dispatch.Workflow, dispatch.Id, run);
            feed.Publish(new RunNews.Told(dispatch.RunId, $"GitHub Actions was asked to do it ({dispatch.Workflow}, {dispatch.Id})."));
        }
        catch (ForgeException e) when (!TransientFailure.Is(e))
        {
            await endings.WithdrawAsync(dispatch, cancellationToken);
            throw;
        }
    }

    /// <summary>What the workflow is started with; it declares the same.</summary>
    public static IReadOnlyDictionary<string, string> Inputs(Dispatch dispatch) => new Dictionary<string, string>(StringComparer.Ordinal) { [Input] = dispatch.Id };

    async Task<RunResult> OpenAsync(Dispatch done, GraphWork work, CancellationToken cancellationToken)
    {
        if (done.GrantedUsd is { } granted && done.SpentUsd > granted)
            return OverBudget(work, string.Create(CultureInfo.InvariantCulture, $"The job spent ${done.SpentUsd:0.####} of the ${granted:0.####} that it was granted."));
        var bytes = await dispatches.FindResultAsync(done.Id, cancellationToken) ?? throw new InvalidOperationException($"The result of dispatch {done.Id} is gone.");
        var made = JsonSerializer.Deserialize(bytes.Span, DispatchJsonContext.Default.SealedWork)!;
        try
        {
            await WorkSealing.OpenTreesAsync(made, work.Work.Git, work.Work.BaseTree, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            // Whoever asks again gets another job.
            await dispatches.ChangeAsync(done.Id, now => now with { State = DispatchState.Withdrawn }, cancellationToken);
            throw new ForgeException($"What the job left does not hold: {e.Message}", e) { Obstacle = Obstacle.RunnerLeftNothing };
        }

        // The job's own journal is here already; only what is done here is added to it.
        var (journal, results) = (new InMemoryJournal(), new InMemoryResultCache());
        var sealedNodes = made.Nodes.ToDictionary(node => node.Path, StringComparer.Ordinal);
        var result = await here.RunAsync(
            work, known: [], stores with { Results = results, Journal = journal, Durations = new InMemoryDurationStore() },
            type => SealedNodeType.Of(type, sealedNodes), new EffectWatcher(feed), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var acted = await journal.ReadAsync(work.Run.Id, cancellationToken)
            .Where(record => result.Graph.Nodes.GetValueOrDefault(record.Node) is { } node && IsEffect(node.Type)).ToListAsync(cancellationToken);
        // What it did on the world is kept, so that a replay can compare it.
        foreach (var record in acted)
            if (record.Key is { } key && await results.FindAsync(key, cancellationToken) is { } did) await stores.Results.StoreAsync(did, cancellationToken);
        if (acted.Count > 0) await stores.Journal.AppendAsync(acted, cancellationToken);
        return result;
    }

    static bool IsEffect(string type) => NodeTypes.Schemas.Find(type) is { IsEffect: true };

    /// <summary>The least that is left in any account around the work; null where none has a limit.</summary>
    async Task<decimal?> LeftAsync(LedgerScope scope, CancellationToken cancellationToken)
    {
        decimal? least = null;
        foreach (var account in scope.Accounts)
        {
            if (account.CapUsd is not { } cap) continue;
            var balance = await stores.Ledger.GetBalanceAsync(account, cancellationToken);
            least = Math.Min(least ?? decimal.MaxValue, cap - balance.SpentUsd - balance.ReservedUsd);
        }

        return least;
    }

    static RunResult OverBudget(GraphWork work, string why) =>
        new(Outcome.OverBudget, work.Graph, [], [], [new Problem("over-budget", work.Graph[work.Graph.Root].Location, why, "Raise the budget: `/taskbot budget AMOUNT`.")]);

    static string? Text(long? run) => run?.ToString(CultureInfo.InvariantCulture);

    /// <summary>Tells of what is done here; of the rest the job told.</summary>
    sealed class EffectWatcher(RunFeed feed) : IProgress<RunEvent>
    {
        public void Report(RunEvent value)
        {
            if (IsEffect(value.Node.Type)) feed.Publish(new RunNews.NodeMoved(value));
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Kind} of run {RunId} was given to {Workflow} as {Dispatch} (workflow run {ActionsRun})")]
    static partial void LogDispatched(ILogger logger, RunId runId, WorkKind kind, string workflow, string dispatch, long? actionsRun);
}
