using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Checks;
using TaskBot.Bot.Events;
using TaskBot.Bot.Executors;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Refinement;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Reviews;
using TaskBot.Bot.Sealing;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Runs;

/// <summary>
/// Carries a run forward: prepare, plan, attempt, publish, judge what the checks said, answer reviews, refine, attempt again, until it waits or has ended.
/// Every step is saved before the next, so that a process that dies is followed by one that finds the same place: what was finished is
/// looked up, not done again.
/// </summary>
public sealed partial class RunCoordinator(
    IForge forge, IObjectSource objects, IGraphExecutor executor, AttemptRunner attempts, RunReporter reporter, ChecksJudge judge, RunChoices choices, RunLearner learner, BotOptions options,
    ILogger<RunCoordinator> logger)
{
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
                var next = run switch
                {
                    { Layers.IsEmpty: true } => await PrepareAsync(run, work, cancellationToken),
                    { IsPlanOnly: true } => await PlanAsync(run, work, cancellationToken),
                    { Verdict: { } verdict } => await JudgeAsync(run, verdict, work, cancellationToken),
                    { Reviews: [var review, ..] } => await ReviewAsync(run, review, work, cancellationToken),
                    _ => await AttemptAsync(run, work, cancellationToken),
                };
                // What was chosen for the run holds from here on.
                if (run.Layers.IsEmpty && !next.Choices.IsEmpty) work = await RunWork.OpenAsync(next, git, forge, cancellationToken);
                // A step that has to wait for its graph is taken again from its beginning: only where it stands is kept of it.
                if (next.Stage == RunStage.WaitingForRunner)
                {
                    next = run with { Stage = next.Stage, Steps = next.Steps, BudgetUsd = next.BudgetUsd };
                    await reporter.ShowAsync(next, PlanText.Of(work.Composer.Compose(next.Layers, []).Graph), cancellationToken);
                    next = await reporter.SaveAsync(next, cancellationToken);
                }

                // Counted where the step has ended: one that is taken again makes no second attempt.
                foreach (var attempt in next.Attempts.Skip(run.Attempts.Length)) RunMetrics.AttemptEnded(attempt);
                run = next;
            }

            if (run is { Stage: RunStage.Finished, Purpose: RunPurpose.Change }) await learner.EndedAsync(run, work.Project.Memory, cancellationToken);
            return run;
        }
        catch (Exception e) when (e is ForgeException or GitException && !TransientFailure.Is(e))
        {
            LogGaveUp(logger, e, run.Id);
            return await FinishAsync(run, Outcome.Failed, Obstacles.Explain(e), cancellationToken);
        }
    }

    async Task<RunRecord> PrepareAsync(RunRecord run, RunWork work, CancellationToken cancellationToken)
    {
        // What was named when asking decides; then a label that names a task before one that leaves it to the issue's words.
        var label = work.Project.Labels.Where(label => run.Request.Labels.Contains(label.Name, StringComparer.OrdinalIgnoreCase)).OrderBy(label => label.Task is null).FirstOrDefault();
        var choice = run.Wish?.Task is { } wished ? new TaskChoice(wished, run.Wish.Select, "it was asked for by name")
            : label?.Task is { } task ? new TaskChoice(task, label.Select, $"label '{label.Name}'")
            : TaskLibrary.Choose(run.Request.Title, run.Request.Body, run.Request.Labels, work.Composer.Own);
        choice = choice with { Selections = choice.Selections.SetItems(run.Wish?.Select ?? label?.Select ?? choice.Selections) };
        reporter.Say(run, $"Chose the task {choice.Task} ({choice.Reason}).");
        var (layers, made) = await choices.MakeAsync(run, choice, work, cancellationToken);
        foreach (var one in made)
        {
            reporter.Say(run, one.ToString());
            await attempts.NoteAsync(run, one.ToString(), cancellationToken);
        }

        return await reporter.SaveAsync(run with { Task = choice.Task, TaskReason = choice.Reason, Choices = made, Layers = layers }, cancellationToken);
    }

    /// <summary>Runs what plans, and nothing else, and shows the graph that comes of it. What it found out is in the cache when the plan is approved.</summary>
    async Task<RunRecord> PlanAsync(RunRecord run, RunWork work, CancellationToken cancellationToken)
    {
        run = run with { Steps = [] };
        var composition = work.Composer.Compose(run.Layers, []);
        if (composition.Graph is not { } graph) return await FinishAsync(run, Outcome.Failed, NoGraph(composition.Problems), cancellationToken);
        if (PlanningPart.Of(graph) is { } planning)
        {
            var order = new WorkOrder(WorkKind.Plan, run.Attempts.Length + 1);
            if (await executor.RunAsync(new(run, order, planning, work), cancellationToken) is not { } result) return Away(run);
            if (result.Outcome == Outcome.WaitingForHuman) return await WaitForAnswerAsync(run, result, cancellationToken);
            if (result.Outcome != Outcome.Succeeded) return await FinishAsync(run, result.Outcome, $"The plan could not be made: {AttemptRunner.Why(result)}", cancellationToken);
            composition = work.Composer.Compose(run.Layers, result.Layers);
            if (composition.Graph is not { } planned) return await FinishAsync(run, Outcome.Failed, NoGraph(composition.Problems), cancellationToken);
            graph = planned;
        }

        var steps = StepsOf(graph, result: null);
        return await WaitAsync(run with { Steps = steps }, $"This is the plan: {steps.Length} steps. May they be done?", cancellationToken, graph);
    }

    async Task<RunRecord> AttemptAsync(RunRecord run, RunWork work, CancellationToken cancellationToken)
    {
        var number = run.Attempts.Length + 1;
        var composition = work.Composer.Compose(run.Layers, []);
        if (composition.Graph is not { } graph) return await FinishAsync(run, Outcome.Failed, NoGraph(composition.Problems), cancellationToken);

        reporter.Say(run, $"Attempt {number} started: {graph.Nodes.Values.Count(node => !node.IsBranch)} nodes.");
        run = run with { Steps = StepsOf(graph, result: null), BudgetUsd = work.Project.Budget.RunUsd };
        await reporter.ShowAsync(run, PlanText.Of(graph), cancellationToken);
        if (await executor.RunAsync(new(run, new(WorkKind.Attempt, number), graph, work), cancellationToken) is not { } result) return Away(run);

        var attempt = await attempts.SummariseAsync(run, number, result, cancellationToken);
        run = run with { Recalled = [.. run.Recalled.Union(ContextMemoryNode.Recalled(result), StringComparer.Ordinal)], Attempts = run.Attempts.Add(attempt), Models = await attempts.ModelsOfAsync(run, cancellationToken), Steps = StepsOf(result.Graph, result) };
        reporter.Say(run, $"Attempt {number} ran {attempt.NodesRun} nodes, took {attempt.NodesCached} from the cache, used {attempt.Tokens} tokens.");
        return result.Outcome switch
        {
            Outcome.Succeeded => await PublishedAsync(run, result, work, cancellationToken),
            // What the forge would not do is no fault of the description.
            Outcome.Failed when FailedEffect(result) is { } effect => effect.IsTransient
                ? throw TransientFailure.Of(effect.Message)
                : await FinishAsync(run, Outcome.Failed, AttemptRunner.Why(result), cancellationToken),
            Outcome.Failed => await RefineAsync(
                run, await MissingFacts.AddAsync(FailureRecord.Of(result), result, work.Git.Tree(work.BaseTree), cancellationToken), result.Layers, work, cancellationToken),
            Outcome.WaitingForHuman => await WaitForAnswerAsync(run with { Attempts = run.Attempts[..^1] }, result, cancellationToken),
            var other => await FinishAsync(run, other, AttemptRunner.Why(result), cancellationToken),
        };
    }

    async Task<RunRecord> PublishedAsync(RunRecord run, RunResult result, RunWork work, CancellationToken cancellationToken)
    {
        if (result.Nodes.Values.FirstOrDefault(node => node.Node.Type == PullRequestNode.TypeName && node.State == NodeState.Succeeded) is not { } published)
            return await FinishAsync(run, Outcome.Succeeded, run.Attempts[^1].Summary, cancellationToken);

        var pull = PullRequestNode.Read(published.Outputs);
        var (why, refused) = PullRequestNode.ReadAnswers(published.Outputs);
        run = run with
        {
            Branch = pull.Branch,
            HeadTree = pull.Tree.Value,
            IsTested = result.Nodes.Values.Any(node => node.Node.Type == TestNode.TypeName && node.State == NodeState.Succeeded),
            Answering = run.Answering is { } pass ? pass with { Why = why, Refused = refused } : null,
        };
        return pull.Number == SealedForge.NotOpened
            ? await FinishAsync(run, Outcome.Succeeded, $"The change for '{pull.Branch}' is sealed. Whoever may write publishes it.", cancellationToken)
            : await StandsAsync(run, pull.Number, pull.Head, work, result.Graph, cancellationToken);
    }

    /// <summary>A pull request stands, whoever opened it: its review threads are answered, and its checks are waited for.</summary>
    /// <param name="run">With its branch and the tree of its head.</param>
    internal async Task<RunRecord> StandsAsync(RunRecord run, int pull, CommitId head, RunWork work, TaskGraph? graph, CancellationToken cancellationToken)
    {
        var tree = new TreeId(run.HeadTree!);
        var changed = await work.Git.ChangesAsync(work.BaseTree, tree, cancellationToken);
        run = run with
        {
            Stage = RunStage.WaitingForChecks,
            Outcome = null,
            Reason = null,
            PullRequest = pull,
            HeadSha = head.Value,
            CheckUrl = null,
            Caveat = null,
            Notes = [],
            FilesChanged = [.. changed.Select(change => change.Path)],
        };
        if (run.Answering is { Tree: { } reviewed } pass)
        {
            if (await forge.Reviews.FindAsync(RepositoryName.Parse(run.Repository), pull, pass.Review, cancellationToken) is { } review)
                await new ReviewAnswers(forge).AnswerAsync(run, review, work.Git, new TreeId(reviewed), tree, pass.Refused, pass.Why, cancellationToken);
            run = run with { Answering = null };
        }

        if (!options.WaitForChecks)
            return await FinishAsync(run, Outcome.Succeeded, $"Pull request #{pull} is open as a draft; its own checks decide from here.", cancellationToken);
        run = await reporter.SaveAsync(run with { Expected = await judge.ExpectAsync(run, work.Project.Checks, cancellationToken) }, cancellationToken);
        if (run.Expected is { CountsAll: true }) reporter.Say(run, $"Not all that {run.BaseBranch} may require could be read, so all checks count.");
        reporter.Say(run, $"Pull request #{pull} stands at {head.Value[..7]}, as a draft; waiting for its checks.");
        await reporter.ShowAsync(run, PlanText.Of(graph), cancellationToken);
        return await LookAtChecksAsync(run, cancellationToken);
    }

    /// <summary>Asks the forge what the checks of a waiting run say; queues the run again once there is a verdict.</summary>
    public async Task<RunRecord> LookAtChecksAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (run.Stage != RunStage.WaitingForChecks) return run;
        var looked = await judge.LookAsync(run, cancellationToken);
        if (ReferenceEquals(looked, run)) return run;
        return await reporter.SaveAsync(looked.Verdict is null ? looked : looked with { Stage = RunStage.Queued }, cancellationToken);
    }

    async Task<RunRecord> JudgeAsync(RunRecord run, ChecksVerdict verdict, RunWork work, CancellationToken cancellationToken)
    {
        if (verdict.HeadSha != run.HeadSha) return await reporter.SaveAsync(run with { Verdict = null, Stage = RunStage.WaitingForChecks }, cancellationToken);
        var head = verdict.HeadSha[..7];
        var names = string.Join(", ", verdict.Checks.Select(name => $"'{name}'"));
        switch (verdict.Outcome)
        {
            case ChecksOutcome.Ours:
                reporter.Say(run, $"The checks of {head} failed.");
                return await RefineAsync(run, FailureRecord.Of(verdict), written: [], work, cancellationToken);
            case ChecksOutcome.Passed:
                reporter.Say(run, $"The checks of {head} passed.");
                return await ReadyAsync(run, caveat: null, cancellationToken);
            case ChecksOutcome.None:
                return await ReadyAsync(run, run.IsTested ? null : $"No check ran for {head}, and no test of the run's own: nothing shows that it works.", cancellationToken);
            case ChecksOutcome.BaseIsRed:
                return await ReadyAsync(run, $"{names} failed, and fails on {run.BaseBranch} ({run.BaseCommit[..7]}) too, so that it says nothing about this change.", cancellationToken);
            case ChecksOutcome.Infrastructure:
                return await WaitAsync(run, $"{names} could not run on {head}, also when run again: the cause is not in the change. See to it, then write `/taskbot retry`. Can it be mended?", cancellationToken);
            case ChecksOutcome.NeedsPerson:
                return await WaitAsync(run, $"{names} waits for someone to approve it on {head}. Approve it on the pull request's page, then write `/taskbot retry`. Will you?", cancellationToken);
            case ChecksOutcome.Late:
                return await WaitAsync(
                    run, $"{names} did not answer for {head} within {run.Expected!.Limit.TotalMinutes:0} minutes. Does it still exist? Start it, or take it from what is required, then write `/taskbot retry`.", cancellationToken);
            default: throw new InvalidOperationException($"Nothing acts on the verdict {verdict.Outcome}.");
        }
    }

    async Task<RunRecord> ReadyAsync(RunRecord run, string? caveat, CancellationToken cancellationToken)
    {
        await forge.MarkReadyAsync(RepositoryName.Parse(run.Repository), run.PullRequest!.Value, cancellationToken);
        var reason = $"Pull request #{run.PullRequest} is ready for review.{(caveat is null ? "" : $" {caveat}")}";
        return await FinishAsync(run with { Verdict = null, Caveat = caveat }, Outcome.Succeeded, reason, cancellationToken);
    }

    /// <summary>Makes one pass of a review: its suggestions become opinions about what is published, all else corrects the description.</summary>
    async Task<RunRecord> ReviewAsync(RunRecord run, ReviewPass pass, RunWork work, CancellationToken cancellationToken)
    {
        var repository = RepositoryName.Parse(run.Repository);
        run = run with { Reviews = run.Reviews.RemoveAt(0) };
        if (run is not { PullRequest: { } pull, HeadTree: { } tree } || await forge.Reviews.FindAsync(repository, pull, pass.Review, cancellationToken) is not { } review)
            return await FinishAsync(run, Outcome.NoChangeNeeded, "The review is not there any more.", cancellationToken);

        review = ReviewHandler.WithoutCommands(review);
        reporter.Say(run, $"{pass.Author} reviewed #{pull}: {review.Remarks.Length} comments.");
        var graph = work.Composer.Compose(run.Layers, []).Graph!;
        var suggestions = new List<Suggestion>();
        foreach (var remark in review.Remarks)
            if (await Suggestion.OfAsync(remark, forge, repository, cancellationToken) is { } suggestion) suggestions.Add(suggestion);
        if (suggestions.Count > 0)
        {
            var publishing = graph.Nodes.Values.Where(node => node.Type == PullRequestNode.TypeName).ToList();
            var all = publishing.SelectMany(node => Suggestion.ListOf(node.Attributes.GetValueOrDefault("suggestions"))).Concat(suggestions).DistinctBy(suggestion => suggestion.Remark);
            var layer = TaskLayers.Opinions($"review-{pass.Review}", publishing.Select(node => node.Path), "suggestions", TaskValue.ListOf(all.Select(suggestion => suggestion.ToValue())));
            run = run with { Layers = run.Layers.Add(layer) };
        }

        run = run with { Answering = pass with { Tree = tree } };
        var words = review with { Remarks = review.Remarks.RemoveAll(remark => suggestions.Any(suggestion => suggestion.Remark == remark.Id)) };
        if (words.Remarks.IsEmpty && string.IsNullOrWhiteSpace(words.Body)) return await reporter.SaveAsync(run, cancellationToken);
        return await CorrectAsync(run, FailureRecord.Of(words), await work.Git.DiffAsync(work.BaseTree, new TreeId(tree), contextLines: 3, cancellationToken), written: [], work, cancellationToken);
    }

    async Task<RunRecord> RefineAsync(RunRecord run, FailureRecord failure, ImmutableArray<string> written, RunWork work, CancellationToken cancellationToken)
    {
        var last = run.Attempts[^1];
        run = run with
        {
            Attempts = run.Attempts.SetItem(run.Attempts.Length - 1, last with { Outcome = Outcome.Failed, Summary = failure.Headline, FailureSignature = failure.Signature }),
            Notes = failure.NotesOn(run.FilesChanged),
        };
        var before = run.Attempts[..^1].Count(attempt => attempt.FailureSignature == failure.Signature);
        if (before > 1)
            return await WaitAsync(run, $"The same failure came back: {failure.Headline} What is missing from the description?", cancellationToken);
        var allowed = Math.Min(options.MaximumAttempts ?? int.MaxValue, work.Project.Attempts) + run.ExtraAttempts;
        if (run.Attempts.Length >= allowed)
            return await WaitAsync(run, $"All {allowed} attempts are used up. The last one failed: {failure.Headline} What should be done differently?", cancellationToken);
        var patch = run is { HeadTree: { } tried, Verdict: not null }
            ? await work.Git.DiffAsync(work.BaseTree, new TreeId(tried), contextLines: 3, cancellationToken)
            : failure.Patch;
        if (before == 1) run = ChangeStrategy(run, written, work);
        return await CorrectAsync(run, failure, patch, written, work, cancellationToken);
    }

    /// <summary>What did not help twice is not tried a third time: the task is cut into smaller steps where it has a variant for that, and a stronger model writes.</summary>
    RunRecord ChangeStrategy(RunRecord run, ImmutableArray<string> written, RunWork work)
    {
        const string Set = "strictness", Variant = "thorough";
        if (work.Composer.VariantsOf(run.Layers[0]).GetValueOrDefault(Set, []).Contains(Variant))
            run = run with { Layers = run.Layers.Add(TaskLayers.Variants("strategy", (Set, Variant))) };
        if (work.Composer.Compose(run.Layers, written).Graph is not { } graph) return run;
        var writers = graph.Nodes.Values.Where(node => node.Type == EditNode.TypeName && node.Text("model") == "code").Select(node => node.Path).ToList();
        if (writers.Count > 0) run = run with { Layers = run.Layers.Add(TaskLayers.Opinions("stronger-model", writers, "model", "reason")) };
        reporter.Say(run, "The same failure came back: smaller steps and a stronger model are tried.");
        return run;
    }

    /// <summary>Has the description corrected by what a failure or a review showed, and queues the next attempt.</summary>
    async Task<RunRecord> CorrectAsync(RunRecord run, FailureRecord failure, string patch, ImmutableArray<string> written, RunWork work, CancellationToken cancellationToken)
    {
        // A step that a plan wrote is known with what the plan wrote; where it is not there any more, the whole task is corrected.
        var attempted = work.Composer.Compose(run.Layers, written).Graph ?? work.Composer.Compose(run.Layers, []).Graph!;
        var task = attempted.Nodes.GetValueOrDefault(failure.Corrects) ?? attempted[TaskLayers.Root];
        var order = new WorkOrder(WorkKind.Refinement, run.Attempts.Length) { Refinement = RefinementTask.Layer(task, attempted[TaskLayers.Root].Attributes["issue"], failure, patch) };
        var composition = order.Compose(run, work.Composer);
        if (composition.Graph is not { } graph)
            throw new InvalidOperationException($"The built-in refinement does not compose: {string.Join('\n', composition.Problems)}");

        if (await executor.RunAsync(new(run, order, graph, work), cancellationToken) is not { } result) return Away(run);
        if (result.Outcome != Outcome.Succeeded)
            return await FinishAsync(run, result.Outcome, $"{failure.Headline} The description could not be refined: {AttemptRunner.Why(result)}", cancellationToken);

        var refined = RefinementTask.Read(result);
        if (refined.Question is { } question) return await WaitAsync(run, question, cancellationToken);
        reporter.Say(run, $"Refined the description: {refined.Summary}");
        return await reporter.SaveAsync(
            run with
            {
                Stage = RunStage.Queued,
                Verdict = null,
                Layers = run.Layers.Add(TaskLayers.Attempt(run.Attempts.Length + 1, refined.Description, refined.Notes, task.Path, TaskLayers.Shown(task.Path, MissingFacts.EditsOf(attempted.Nodes.Values, task.Path), refined.Files))),
            },
            cancellationToken);
    }

    /// <summary>Puts a node's question to a person. Only what has a place for an approval can be let go on by one; other questions are answered in words.</summary>
    async Task<RunRecord> WaitForAnswerAsync(RunRecord run, RunResult result, CancellationToken cancellationToken)
    {
        var waiting = result.Nodes.Values.First(node => node.Result is NodeResult.WaitingForHuman);
        var asked = (NodeResult.WaitingForHuman)waiting.Result!;
        var isApproval = NodeTypes.Schemas.Find(waiting.Node.Type)?.Attributes.Any(attribute => attribute.Name == TaskLayers.ApprovedBy) == true;
        return await WaitAsync(
            isApproval ? run with { WaitingNode = waiting.Node.Path.ToString(), WaitingDigest = asked.SubjectDigest } : run with { WaitingNode = null }, asked.Question, cancellationToken);
    }

    /// <summary>The graph was handed over: the run waits for it.</summary>
    static RunRecord Away(RunRecord run) => run with { Stage = RunStage.WaitingForRunner };

    Task<RunRecord> WaitAsync(RunRecord run, string question, CancellationToken cancellationToken, TaskGraph? graph = null) => reporter.EndAsync(
        run with { Stage = RunStage.WaitingForHuman, Outcome = Outcome.WaitingForHuman, Reason = question, Verdict = null }, PlanText.Of(graph), cancellationToken);

    Task<RunRecord> FinishAsync(RunRecord run, Outcome outcome, string reason, CancellationToken cancellationToken) => reporter.EndAsync(
        run with { Stage = RunStage.Finished, Outcome = outcome, Reason = reason, Verdict = null }, plan: null, cancellationToken);

    static string NoGraph(ImmutableArray<Graphs.Problems.Problem> problems) => $"The task does not compose:\n{string.Join('\n', problems)}";

    /// <summary>The leaves in the order in which they can run, with how far each is.</summary>
    static ImmutableArray<PlanStep> StepsOf(TaskGraph graph, RunResult? result) =>
    [
        .. RunViewer.Columns([.. graph.Nodes.Values.Where(node => !node.IsBranch).Select(node => RunViewer.View(node, state: null))])
            .SelectMany(column => column)
            .Select(view => new PlanStep(graph[view.Path].Title(), view.Type, result?.Nodes.GetValueOrDefault(view.Path)?.State ?? NodeState.Waiting)),
    ];

    static NodeResult.Failed? FailedEffect(RunResult result) => result.Nodes.Values
        .Where(node => node.State == NodeState.Failed && NodeTypes.Schemas.Find(node.Node.Type) is { IsEffect: true }).Select(node => node.Result as NodeResult.Failed).FirstOrDefault();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunId} could not go on")]
    static partial void LogGaveUp(ILogger logger, Exception exception, RunId runId);
}
