using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Refinement;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Tasks;
using TaskBot.Engine;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Models;
using TaskBot.Models.Ledger;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Runs;

/// <summary>
/// Carries a run forward: prepare, attempt, publish, judge what the checks said, refine, attempt again, until it waits or has ended.
/// Every step is saved before the next, so that a process that dies is followed by one that finds the same place: what was finished is
/// looked up, not done again.
/// </summary>
public sealed partial class RunCoordinator(
    IRunStore runs, IForge forge, IObjectSource objects, BotStores stores, IModelRouter models, RunAccounts accounts, CommandRunner commands, CodeSearch search, RunFeed feed, BotOptions options, RunnerOptions runnerOptions,
    TimeProvider time, ILoggerFactory loggers)
{
    readonly ILogger logger = loggers.CreateLogger<RunCoordinator>();

    /// <summary>Works on a queued run until it is no longer queued.</summary>
    /// <exception cref="OperationCanceledException">The process stops; the run stays queued and goes on from here.</exception>
    public async Task<RunRecord> AdvanceAsync(RunRecord run, CancellationToken cancellationToken)
    {
        try
        {
            await using var git = await objects.OpenObjectsAsync(RepositoryName.Parse(run.Repository), new CommitId(run.BaseCommit), cancellationToken);
            var work = await RunWork.OpenAsync(run, git, forge, cancellationToken);
            if (!work.Problems.IsEmpty)
                return await FinishAsync(run, Outcome.Failed, $"The project's configuration on {run.BaseBranch} has mistakes:\n{string.Join('\n', work.Problems)}", cancellationToken);
            while (run.Stage == RunStage.Queued)
            {
                run = run switch
                {
                    { Layers.IsEmpty: true } => await PrepareAsync(run, work, cancellationToken),
                    { Verdict: { } verdict } => await JudgeAsync(run, verdict, work, cancellationToken),
                    _ => await AttemptAsync(run, work, cancellationToken),
                };
            }

            return run;
        }
        catch (Exception e) when (e is ForgeException or GitException && !TransientFailure.Is(e))
        {
            LogGaveUp(logger, e, run.Id);
            return await FinishAsync(run, Outcome.Failed, e.Message, cancellationToken);
        }
    }

    async Task<RunRecord> PrepareAsync(RunRecord run, RunWork work, CancellationToken cancellationToken)
    {
        // A label that names a task decides before one that leaves it to the issue's words; variants are selected either way.
        var label = work.Project.Labels.Where(label => run.Request.Labels.Contains(label.Name, StringComparer.OrdinalIgnoreCase)).OrderBy(label => label.Task is null).FirstOrDefault();
        var choice = label?.Task is { } task
            ? new TaskChoice(task, label.Select, $"label '{label.Name}'")
            : TaskLibrary.Choose(run.Request.Title, run.Request.Body, run.Request.Labels);
        if (label is not null) choice = choice with { Selections = label.Select };
        Tell(run, $"Chose the task {choice.Task} ({choice.Reason}).");
        return await SaveAsync(
            run with { Task = choice.Task, Layers = [TaskLayers.Issue(run.Request, choice.Task, choice.Selections, work.BaseTree)] }, cancellationToken);
    }

    async Task<RunRecord> AttemptAsync(RunRecord run, RunWork work, CancellationToken cancellationToken)
    {
        var number = run.Attempts.Length + 1;
        var composition = work.Composer.Compose(run.Layers, []);
        if (composition.Graph is not { } graph)
            return await FinishAsync(run, Outcome.Failed, $"The task does not compose:\n{string.Join('\n', composition.Problems)}", cancellationToken);

        Tell(run, $"Attempt {number} started: {graph.Nodes.Values.Count(node => !node.IsBranch)} nodes.");
        await CommentAsync(run, graph, cancellationToken);
        var result = await RunGraphAsync(run, number, graph, work, written => work.Composer.Compose(run.Layers, written), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();

        var attempt = await SummariseAsync(run, number, result, cancellationToken);
        run = run with { Attempts = run.Attempts.Add(attempt), Models = await ModelsOfAsync(run, cancellationToken) };
        Tell(run, $"Attempt {number} ran {attempt.NodesRun} nodes, took {attempt.NodesCached} from the cache, used {attempt.Tokens} tokens.");
        return result.Outcome switch
        {
            Outcome.Succeeded => await PublishedAsync(run, result, work, cancellationToken),
            // What the forge would not do is no fault of the description.
            Outcome.Failed when FailedEffect(result) is { } effect => effect.IsTransient
                ? throw TransientFailure.Of(effect.Message)
                : await FinishAsync(run, Outcome.Failed, Why(result), cancellationToken),
            Outcome.Failed => await RefineAsync(run, FailureRecord.Of(result), work, cancellationToken),
            Outcome.WaitingForHuman => await WaitForApprovalAsync(run with { Attempts = run.Attempts[..^1] }, result, cancellationToken),
            var other => await FinishAsync(run, other, Why(result), cancellationToken),
        };
    }

    async Task<RunRecord> PublishedAsync(RunRecord run, RunResult result, RunWork work, CancellationToken cancellationToken)
    {
        if (result.Nodes.Values.FirstOrDefault(node => node.Node.Type == PullRequestNode.TypeName && node.State == NodeState.Succeeded) is not { } published)
            return await FinishAsync(run, Outcome.Succeeded, run.Attempts[^1].Summary, cancellationToken);

        var pull = PullRequestNode.Read(published.Outputs);
        var changed = await work.Git.ChangesAsync(work.BaseTree, pull.Tree, cancellationToken);
        run = run with
        {
            Stage = RunStage.WaitingForChecks,
            Branch = pull.Branch,
            PullRequest = pull.Number,
            HeadSha = pull.Head.Value,
            HeadTree = pull.Tree.Value,
            FilesChanged = [.. changed.Select(change => change.Path)],
        };
        if (!options.WaitForChecks)
            return await FinishAsync(run, Outcome.Succeeded, $"Pull request #{pull.Number} is open as a draft; its own checks decide from here.", cancellationToken);
        run = await SaveAsync(run, cancellationToken);
        Tell(run, $"Pull request #{pull.Number} stands at {pull.Head.Value[..7]}, as a draft; waiting for its checks.");
        await CommentAsync(run, result.Graph, cancellationToken);
        return await LookAtChecksAsync(run, cancellationToken);
    }

    /// <summary>Asks the forge what the checks of a waiting run say; queues the run again when all have answered.</summary>
    public async Task<RunRecord> LookAtChecksAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (run is not { Stage: RunStage.WaitingForChecks, HeadSha: { } head }) return run;
        var checks = await forge.GetChecksAsync(RepositoryName.Parse(run.Repository), new CommitId(head), cancellationToken);
        checks = checks.RemoveAll(check => check.Name == CheckReports.Name);
        if (checks.IsEmpty || checks.Any(check => check.Conclusion is null)) return run;
        var failing = checks.Where(check => !CheckReports.IsGood(check.Conclusion!)).ToList();
        var log = string.Join("\n\n", failing.Select(check => $"{check.Name}: {check.Conclusion}\n{check.Log}"));
        return await SaveAsync(run with { Stage = RunStage.Queued, Verdict = new ChecksVerdict(head, failing.Count == 0, log) }, cancellationToken);
    }

    async Task<RunRecord> JudgeAsync(RunRecord run, ChecksVerdict verdict, RunWork work, CancellationToken cancellationToken)
    {
        if (verdict.HeadSha != run.HeadSha) return await SaveAsync(run with { Verdict = null, Stage = RunStage.WaitingForChecks }, cancellationToken);
        if (!verdict.Passed)
        {
            Tell(run, $"The checks of {verdict.HeadSha[..7]} failed.");
            return await RefineAsync(run, FailureRecord.Of(verdict), work, cancellationToken);
        }

        Tell(run, $"The checks of {verdict.HeadSha[..7]} passed.");
        await forge.MarkReadyAsync(RepositoryName.Parse(run.Repository), run.PullRequest!.Value, cancellationToken);
        return await FinishAsync(run with { Verdict = null }, Outcome.Succeeded, $"Pull request #{run.PullRequest} is ready for review.", cancellationToken);
    }

    async Task<RunRecord> RefineAsync(RunRecord run, FailureRecord failure, RunWork work, CancellationToken cancellationToken)
    {
        var last = run.Attempts[^1];
        run = run with
        {
            Attempts = run.Attempts.SetItem(run.Attempts.Length - 1, last with { Outcome = Outcome.Failed, Summary = failure.Headline, FailureSignature = failure.Signature }),
        };
        if (run.Attempts[..^1].Any(attempt => attempt.FailureSignature == failure.Signature))
            return await WaitAsync(run, $"The same failure came back: {failure.Headline} What is missing from the description?", cancellationToken);
        if (run.Attempts.Length >= work.Project.Attempts)
            return await WaitAsync(run, $"All {work.Project.Attempts} attempts are used up. The last one failed: {failure.Headline} What should be done differently?", cancellationToken);

        var task = work.Composer.Compose(run.Layers, []).Graph![TaskLayers.Root];
        var patch = run is { HeadTree: { } tried, Verdict: not null }
            ? await work.Git.DiffAsync(work.BaseTree, new TreeId(tried), contextLines: 3, cancellationToken)
            : failure.Patch;
        var composition = work.Composer.ComposeRefinement(RefinementTask.Layer(task, failure, patch));
        if (composition.Graph is not { } graph)
            throw new InvalidOperationException($"The built-in refinement does not compose: {string.Join('\n', composition.Problems)}");

        var result = await RunGraphAsync(run, run.Attempts.Length, graph, work, compose: null, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (result.Outcome != Outcome.Succeeded)
            return await FinishAsync(run, result.Outcome, $"{failure.Headline} The description could not be refined: {Why(result)}", cancellationToken);

        var refined = RefinementTask.Read(result);
        if (refined.Question is { } question) return await WaitAsync(run, question, cancellationToken);
        Tell(run, $"Refined the description: {refined.Summary}");
        return await SaveAsync(
            run with
            {
                Stage = RunStage.Queued,
                Verdict = null,
                Layers = run.Layers.Add(TaskLayers.Attempt(run.Attempts.Length + 1, refined.Description, refined.Notes)),
            },
            cancellationToken);
    }

    async Task<RunResult> RunGraphAsync(
        RunRecord run, int attempt, TaskGraph graph, RunWork work,
        Func<ImmutableArray<string>, (TaskGraph? Graph, ImmutableArray<Graphs.Problems.Problem> Problems)>? compose, CancellationToken cancellationToken)
    {
        using var checkouts = new CheckoutPool(work.Git, runnerOptions.Jobs);
        var project = accounts.Limit(work.Project);
        var scope = new RunScope
        {
            Run = run,
            Repository = RepositoryName.Parse(run.Repository),
            Objects = work.Git,
            Checkouts = checkouts,
            Commands = commands,
            Search = search,
            Forge = forge,
            Project = project,
            Models = models,
            Prompts = work.Prompts,
            Outbox = stores.Outbox,
            Ledger = accounts.Of(run, attempt, project.Budget),
        };
        var runner = new GraphRunner(NodeTypes.Create(scope), stores.Results, stores.Journal, runnerOptions, time, loggers.CreateLogger<GraphRunner>());
        return await runner.RunAsync(new RunRequest(run.Id, attempt, graph, compose), new FeedWatcher(feed), cancellationToken);
    }

    async Task<AttemptRecord> SummariseAsync(RunRecord run, int number, RunResult result, CancellationToken cancellationToken)
    {
        // Counted from the journal, so that an attempt that was interrupted and went on counts as the one attempt that it is.
        var ran = new HashSet<NodePath>();
        var cached = new HashSet<NodePath>();
        await foreach (var record in stores.Journal.ReadAsync(run.Id, cancellationToken))
        {
            if (record.Attempt != number || result.Graph.Nodes.GetValueOrDefault(record.Node) is not { IsBranch: false }) continue;
            if (record.State is NodeState.Succeeded or NodeState.Failed) (record.Cached ? cached : ran).Add(record.Node);
        }

        cached.ExceptWith(ran);
        long tokens = 0;
        decimal cost = 0;
        await foreach (var call in stores.Ledger.ReadCallsAsync(new BudgetAccount(BudgetLevel.Attempt, RunAccounts.Attempt(run, number), CapUsd: null), cancellationToken))
        {
            tokens += call.InputTokens + call.OutputTokens;
            cost += call.CostUsd;
        }

        return new(number, result.Outcome, ran.Count, cached.Count, tokens, cost, Why(result), FailureSignature: null);
    }

    async Task<ImmutableArray<string>> ModelsOfAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var call in stores.Ledger.ReadCallsAsync(new BudgetAccount(BudgetLevel.Run, run.Id.Value, CapUsd: null), cancellationToken))
            if (call.Outcome == ModelCallOutcome.Succeeded) names.Add(call.Model);
        return [.. names];
    }

    async Task<RunRecord> WaitForApprovalAsync(RunRecord run, RunResult result, CancellationToken cancellationToken)
    {
        var waiting = result.Nodes.Values.First(node => node.Result is NodeResult.WaitingForHuman);
        var asked = (NodeResult.WaitingForHuman)waiting.Result!;
        return await WaitAsync(run with { WaitingNode = waiting.Node.Path.ToString(), WaitingDigest = asked.SubjectDigest }, asked.Question, cancellationToken);
    }

    async Task<RunRecord> WaitAsync(RunRecord run, string question, CancellationToken cancellationToken) =>
        await EndAsync(run with { Stage = RunStage.WaitingForHuman, Outcome = Outcome.WaitingForHuman, Reason = question, Verdict = null }, cancellationToken);

    async Task<RunRecord> FinishAsync(RunRecord run, Outcome outcome, string reason, CancellationToken cancellationToken) =>
        await EndAsync(run with { Stage = RunStage.Finished, Outcome = outcome, Reason = reason, Verdict = null }, cancellationToken);

    async Task<RunRecord> EndAsync(RunRecord run, CancellationToken cancellationToken)
    {
        // The people are told before it is saved: a process that dies in between says the same again in the same place.
        await CommentAsync(run, graph: null, cancellationToken);
        if (run.HeadSha is { } head)
            await forge.PutCheckAsync(RepositoryName.Parse(run.Repository), new CommitId(head), CheckReports.Of(run), cancellationToken);
        run = await SaveAsync(run, cancellationToken);
        Tell(run, run.Reason ?? "");
        LogEnded(logger, run.Id, run.Stage, run.Outcome!.Value);
        return run;
    }

    async Task CommentAsync(RunRecord run, TaskGraph? graph, CancellationToken cancellationToken) =>
        await forge.PutCommentAsync(
            RepositoryName.Parse(run.Repository), run.Issue, TrackingComment.Marker, TrackingComment.Render(run, graph), cancellationToken);

    async Task<RunRecord> SaveAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var saved = await runs.SaveAsync(run, cancellationToken);
        feed.Publish(new RunNews.Saved(saved));
        return saved;
    }

    void Tell(RunRecord run, string text) => feed.Publish(new RunNews.Told(run.Id, text));

    static NodeResult.Failed? FailedEffect(RunResult result) => result.Nodes.Values
        .Where(node => node.State == NodeState.Failed && NodeTypes.Schemas.Find(node.Node.Type) is { IsEffect: true }).Select(node => node.Result as NodeResult.Failed).FirstOrDefault();

    static string Why(RunResult result)
    {
        if (!result.Problems.IsEmpty) return string.Join('\n', result.Problems);
        var told = result.Nodes.Values.Where(node => !node.Node.IsBranch).FirstOrDefault(node => node.State is NodeState.Failed or NodeState.Denied or NodeState.OverBudget)
            ?? result.Nodes.Values.FirstOrDefault(node => node.Result is NodeResult.Skipped);
        return told is null ? "All nodes succeeded." : $"{told.Node.Path}: {told.Why}";
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} is {Stage}: {Outcome}")]
    static partial void LogEnded(ILogger logger, RunId runId, RunStage stage, Outcome outcome);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunId} could not go on")]
    static partial void LogGaveUp(ILogger logger, Exception exception, RunId runId);
}
