using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Journal;
using TaskBot.GitHub.Authentication;
using TaskBot.GitHub.Repositories;
using TaskBot.Models.Ledger;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Dispatches;

/// <summary>What became of a job's request.</summary>
public enum DeskResult
{
    /// <summary>Done; the value is there.</summary>
    Accepted,

    /// <summary>There is no such dispatch.</summary>
    Unknown,

    /// <summary>The job did not prove who it is.</summary>
    NotProven,

    /// <summary>The job is proven, and another one than the work was given to.</summary>
    NotTheJob,

    /// <summary>The work is not wanted any more, or another job has it.</summary>
    Over,

    /// <summary>Lines are missing before these; the answer says which is next.</summary>
    OutOfOrder,

    /// <summary>What was sent is not what it has to be; the reason says how.</summary>
    Malformed,

    /// <summary>Who the job is cannot be checked now; the same may work later.</summary>
    Unavailable,
}

/// <summary>An answer to a job.</summary>
/// <param name="Value">Set where it was accepted.</param>
/// <param name="Reason">For the job's log.</param>
public sealed record DeskAnswer<T>(DeskResult Result, T? Value, string Reason)
    where T : class;

/// <summary>
/// Where jobs come to: each proves by its token that it is the one that work was given to, takes the work, tells of it, and leaves its sealed result. The
/// first that claims a dispatch of which GitHub did not say the run has it from then on.
/// </summary>
public sealed partial class RunnerDesk(
    IDispatchStore dispatches, IRunStore runs, IObjectSource objects, OidcTokenValidator tokens, AttemptRunner attempts, BotStores stores, RunAccounts accounts, DispatchEndings endings,
    RunFeed feed, IOptions<DispatchOptions> options, TimeProvider time, ILogger<RunnerDesk> logger)
{
    /// <summary>Lines of one message.</summary>
    public const int MostLines = 1000;

    /// <summary>TaskBot's version, which server and job have to share.</summary>
    public static string Version { get; } = typeof(RunnerDesk).Assembly.GetName().Version!.ToString(3);

    /// <summary>Takes the work.</summary>
    public async Task<DeskAnswer<WorkOffer>> ClaimAsync(string id, string? token, CancellationToken cancellationToken)
    {
        var (dispatch, claims, refusal) = await AdmitAsync<WorkOffer>(id, token, cancellationToken);
        if (refusal is not null) return refusal;
        if (await runs.FindAsync(dispatch!.RunId, cancellationToken) is not { Stage: RunStage.Queued or RunStage.WaitingForRunner } run) return Over<WorkOffer>();
        var isMine = true;
        dispatch = await dispatches.ChangeAsync(
            id,
            now => (isMine = now.IsOpen && (now.ActionsRun is null || now.ActionsRun == claims!.RunId) && now.ActionsAttempt <= claims!.RunAttempt)
                ? now with
                {
                    State = DispatchState.Claimed,
                    ActionsRun = claims!.RunId,
                    ActionsAttempt = claims.RunAttempt,
                    HeardAt = time.GetUtcNow(),
                    // A job that is run again, or whose claim was lost on the way, begins from nothing.
                    Received = 0,
                }
                : now,
            cancellationToken);
        if (!isMine) return Over<WorkOffer>();
        LogClaimed(logger, id, claims!.RunId, claims.RunAttempt, claims.RunnerEnvironment);
        feed.Publish(new RunNews.Told(run.Id, $"A job of GitHub Actions took it up (workflow run {claims.RunId})."));
        return new(DeskResult.Accepted, await OfferAsync(dispatch, run, cancellationToken), "");
    }

    /// <summary>Keeps lines of the job's story; those that are here already are passed over.</summary>
    /// <param name="readAsync">Reads the lines, in their order and without a gap; nobody's are read who is not proven.</param>
    /// <exception cref="JsonException">They are none.</exception>
    public async Task<DeskAnswer<RunnerAnswer>> HearAsync(
        string id, string? token, Func<CancellationToken, Task<IReadOnlyList<RunnerLine>>> readAsync, CancellationToken cancellationToken)
    {
        var (dispatch, claims, refusal) = await AdmitAsync<RunnerAnswer>(id, token, cancellationToken);
        if (refusal is not null) return refusal;
        if (!dispatch!.IsTaken || dispatch.ActionsRun != claims!.RunId || dispatch.ActionsAttempt != claims.RunAttempt) return Over<RunnerAnswer>();
        var lines = await readAsync(cancellationToken);
        if (lines.Count > MostLines || lines.Where((line, index) => line.Sequence != lines[0].Sequence + index).Any())
            return new(DeskResult.Malformed, null, $"Lines are numbered one after the other, {MostLines} at most.");
        if (lines.Count > 0 && lines[0].Sequence > dispatch.Received) return new(DeskResult.OutOfOrder, new(dispatch.Received, Stop: false), "Lines are missing.");
        RunnerLine[] fresh = [.. lines.Where(line => line.Sequence >= dispatch.Received)];
        var run = await runs.FindAsync(dispatch.RunId, cancellationToken);
        if (run is null or { Stage: not (RunStage.Queued or RunStage.WaitingForRunner) }) return Over<RunnerAnswer>();
        decimal spent;
        try
        {
            spent = await KeepAsync(dispatch, run, fresh, cancellationToken);
        }
        catch (FormatException e)
        {
            return new(DeskResult.Malformed, null, e.Message);
        }

        var heard = await dispatches.ChangeAsync(
            id,
            now => now.IsTaken && now.ActionsAttempt == dispatch.ActionsAttempt && now.Received == dispatch.Received
                ? now with { State = DispatchState.Running, HeardAt = time.GetUtcNow(), Received = now.Received + fresh.Length, SpentUsd = now.SpentUsd + spent }
                : now,
            cancellationToken);
        return new(DeskResult.Accepted, new(heard.Received, Stop: !heard.IsTaken || IsOverspent(heard)), "");
    }

    /// <summary>Takes the sealed result, once everything that was told before it is here.</summary>
    /// <param name="readAsync">Reads it.</param>
    /// <param name="digest">SHA-256 of the bytes, as the job computed it.</param>
    /// <param name="told">How many lines the job told in all.</param>
    public async Task<DeskAnswer<RunnerAnswer>> AcceptAsync(
        string id, string? token, Func<CancellationToken, Task<ReadOnlyMemory<byte>>> readAsync, ReadOnlyMemory<byte> digest, long told, CancellationToken cancellationToken)
    {
        var (dispatch, claims, refusal) = await AdmitAsync<RunnerAnswer>(id, token, cancellationToken);
        if (refusal is not null) return refusal;
        if (dispatch!.ActionsRun != claims!.RunId || dispatch.ActionsAttempt != claims.RunAttempt) return Over<RunnerAnswer>();
        // The answer to an earlier try was lost on the way.
        if (dispatch.State == DispatchState.ResultIn) return new(DeskResult.Accepted, new(dispatch.Received, Stop: false), "");
        if (!dispatch.IsTaken) return Over<RunnerAnswer>();
        if (told != dispatch.Received) return new(DeskResult.OutOfOrder, new(dispatch.Received, Stop: false), $"Of {told} lines {dispatch.Received} are here.");
        var bytes = await readAsync(cancellationToken);
        if (!CryptographicOperations.FixedTimeEquals(SHA256.HashData(bytes.Span), digest.Span)) return new(DeskResult.Malformed, null, "The result's digest is another one.");
        var (made, problem) = Read(bytes, id);
        if (made is null) return new(DeskResult.Malformed, null, problem);
        if (made.Failure is { } failure)
        {
            await endings.LoseAsync(dispatch, Obstacle.Other, $"The job could not work: {failure}", mayTryAgain: false, cancellationToken);
            return new(DeskResult.Accepted, new(dispatch.Received, Stop: false), "");
        }

        if (await dispatches.SaveAsync(dispatch with { State = DispatchState.ResultIn, HeardAt = time.GetUtcNow() }, bytes, cancellationToken) is null) return new(DeskResult.Unavailable, null, "It changed meanwhile.");
        LogResult(logger, id, bytes.Length, made.Nodes.Length);
        await endings.GiveBackAsync(dispatch, cancellationToken);
        await endings.WakeAsync(dispatch.RunId, cancellationToken);
        return new(DeskResult.Accepted, new(dispatch.Received, Stop: false), "");
    }

    /// <summary>Who asks, and for what: the one gate of all three.</summary>
    async Task<(Dispatch? Dispatch, OidcClaims? Claims, DeskAnswer<T>? Refusal)> AdmitAsync<T>(string id, string? token, CancellationToken cancellationToken)
        where T : class
    {
        if (options.Value.Audience is not { } audience || await dispatches.FindAsync(id, cancellationToken) is not { } dispatch)
            return (null, null, new(DeskResult.Unknown, null, "There is no such work."));
        var check = await tokens.CheckAsync(token, new(audience, dispatch.RepositoryId, dispatch.ActionsRun), cancellationToken);
        if (check.Claims is not { } claims)
        {
            LogNotProven(logger, id, check.Result);
            return (null, null, check.Result == OidcTokenResult.KeysUnreachable
                ? new(DeskResult.Unavailable, null, "The issuer's keys cannot be read now.")
                : new(DeskResult.NotProven, null, $"The token is refused: {check.Result}."));
        }

        // Of all jobs of the repository only those of the workflow that was started, as it stands on the branch that it was started on.
        var isTheJob = claims.EventName == "workflow_dispatch" && claims.WorkflowRef.EndsWith($"/.github/workflows/{dispatch.Workflow}@refs/heads/{dispatch.Branch}", StringComparison.Ordinal);
        if (isTheJob) return (dispatch, claims, null);
        LogNotTheJob(logger, id, claims.EventName, claims.WorkflowRef);
        return (null, null, new(DeskResult.NotTheJob, null, "This job is of another workflow, or of another branch's."));
    }

    async Task<WorkOffer> OfferAsync(Dispatch dispatch, RunRecord run, CancellationToken cancellationToken)
    {
        var earlier = ImmutableArray.CreateBuilder<SealedWork>();
        foreach (var other in await dispatches.ListAsync(run.Id, cancellationToken))
            if (await dispatches.FindResultAsync(other.Id, cancellationToken) is { } bytes && Read(bytes, other.Id).Work is { } made) earlier.Add(made);
        await using var git = await objects.OpenObjectsAsync(RepositoryName.Parse(run.Repository), new CommitId(run.BaseCommit), cancellationToken);
        var (project, _) = await ProjectReader.ReadAsync(git.Tree(await git.TreeOfAsync(new CommitId(run.BaseCommit), cancellationToken)), run.Organisation, cancellationToken);
        return new(dispatch.Id, Version, run, dispatch.Order)
        {
            GrantedUsd = dispatch.GrantedUsd - dispatch.SpentUsd,
            Known = await attempts.KnownAsync(run, project, cancellationToken),
            Earlier = earlier.DrainToImmutable(),
        };
    }

    /// <summary>Journal, ledger, feed; gives what the calls cost.</summary>
    async Task<decimal> KeepAsync(Dispatch dispatch, RunRecord run, RunnerLine[] lines, CancellationToken cancellationToken)
    {
        JournalRecord[] records = [.. lines.Where(line => line.Journal is not null).Select(line => line.Journal!.For(dispatch))];
        if (records.Length > 0) await stores.Journal.AppendAsync(records, cancellationToken);
        foreach (var line in lines.Where(line => line.Told is not null)) feed.Publish(new RunNews.Told(run.Id, line.Told!));
        CallLine[] calls = [.. lines.Where(line => line.Call is not null).Select(line => line.Call!)];
        if (calls.Length == 0) return 0;
        if (calls.Any(call => call.CostUsd < 0)) throw new FormatException("A call cannot cost less than nothing.");
        // What was spent is written down whatever the limits say: no account refuses it.
        var scope = accounts.Of(run, dispatch.Order.Attempt, new ProjectBudget(RunUsd: null, DayUsd: null));
        var known = await stores.Ledger.ReadCallsAsync(new BudgetAccount(BudgetLevel.Attempt, RunAccounts.Attempt(run, dispatch.Order.Attempt), CapUsd: null), cancellationToken)
            .Select(call => call.Id).ToHashSetAsync(cancellationToken: cancellationToken);
        foreach (var call in calls.Where(call => known.Add(call.Id)))
        {
            var settled = call.For(scope, run.Id.Value);
            await stores.Ledger.TryReserveAsync(new Reservation(call.Id, settled.Scope, call.CostUsd, call.StartedAt), cancellationToken);
            await stores.Ledger.SettleAsync(settled, cancellationToken);
        }

        return calls.Sum(call => call.CostUsd);
    }

    static bool IsOverspent(Dispatch dispatch) => dispatch.SpentUsd > dispatch.GrantedUsd;

    static DeskAnswer<T> Over<T>()
        where T : class => new(DeskResult.Over, null, "The work is not wanted any more, or another job has it.");

    static (SealedWork? Work, string Problem) Read(ReadOnlyMemory<byte> bytes, string id)
    {
        try
        {
            var made = JsonSerializer.Deserialize(bytes.Span, DispatchJsonContext.Default.SealedWork);
            if (made is null || made.Dispatch != id) return (null, "The result is of other work.");
            var problems = made.Problems().ToList();
            return problems.Count == 0 ? (made, "") : (null, string.Join(' ', problems));
        }
        catch (JsonException e)
        {
            return (null, $"The result is not what it has to be: {e.Message}");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Dispatch {Dispatch} was claimed by workflow run {ActionsRun}, attempt {ActionsAttempt}, on a {RunnerEnvironment} runner")]
    static partial void LogClaimed(ILogger logger, string dispatch, long actionsRun, int actionsAttempt, string? runnerEnvironment);

    [LoggerMessage(Level = LogLevel.Information, Message = "The result of dispatch {Dispatch} is in: {Bytes} bytes, {Nodes} nodes")]
    static partial void LogResult(ILogger logger, string dispatch, int bytes, int nodes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A job that asked for dispatch {Dispatch} was refused: its token is {Result}")]
    static partial void LogNotProven(ILogger logger, string dispatch, OidcTokenResult result);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A job that asked for dispatch {Dispatch} was refused: it is a {EventName} of {WorkflowRef}")]
    static partial void LogNotTheJob(ILogger logger, string dispatch, string eventName, string workflowRef);
}
