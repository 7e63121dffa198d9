using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Nodes;
using TaskBot.Engine;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Outbox;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Scheduling;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Models.Ledger;
using TaskBot.Workspaces.Checkouts;

namespace TaskBot.Bot.Runs;

/// <summary>Runs the graphs of a run: its attempts, its plans and its refinements, each charged to the run's accounts.</summary>
public sealed class AttemptRunner(
    RunScopeFactory scopes, BotStores stores, PatternMemory memory, RunAccounts accounts, ResourcePool resources, EffectOutbox outbox, RunFeed feed, RunnerOptions options, TimeProvider time, ILoggerFactory loggers)
{
    internal async Task<RunResult> RunAsync(
        RunRecord run, int attempt, TaskGraph graph, RunWork work, Func<ImmutableArray<string>, (TaskGraph? Graph, ImmutableArray<Problem> Problems)>? compose,
        CancellationToken cancellationToken)
    {
        using var checkouts = new CheckoutPool(work.Git, options.Jobs);
        var project = accounts.Limit(work.Project);
        // What the same request taught is in its own layers and in the cache: asked again, it is not paid for again.
        var known = (await memory.KnownAsync(PatternMemory.ScopesOf(run.Repository, project.Memory), run.CreatedAt, cancellationToken))
            .RemoveAll(pattern => pattern.Title == run.Request.Title);
        var scope = scopes.Create(run, work.Git, checkouts, project, work.Prompts, accounts.Of(run, attempt, project.Budget), known);
        var runner = new GraphRunner(NodeTypes.Create(scope), stores.Results, stores.Journal, options, time, loggers.CreateLogger<GraphRunner>(), resources, stores.Durations, outbox);
        var result = await runner.RunAsync(new RunRequest(run.Id, attempt, graph, compose) { Repository = run.Repository }, new FeedWatcher(feed), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return result;
    }

    /// <summary>What an attempt did, counted from the journal, so that one that was interrupted and went on counts as the one attempt that it is.</summary>
    public async Task<AttemptRecord> SummariseAsync(RunRecord run, int number, RunResult result, CancellationToken cancellationToken)
    {
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

        var attempt = new AttemptRecord(number, result.Outcome, ran.Count, cached.Count, tokens, cost, Why(result), FailureSignature: null);
        RunMetrics.AttemptEnded(attempt);
        return attempt;
    }

    /// <summary>The names of the models that answered in a run.</summary>
    public async Task<ImmutableArray<string>> ModelsOfAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var call in stores.Ledger.ReadCallsAsync(new BudgetAccount(BudgetLevel.Run, run.Id.Value, CapUsd: null), cancellationToken))
            if (call.Outcome == ModelCallOutcome.Succeeded) names.Add(call.Model);
        return [.. names];
    }

    /// <summary>What decided how a graph ended, in one sentence.</summary>
    public static string Why(RunResult result)
    {
        if (!result.Problems.IsEmpty) return string.Join('\n', result.Problems);
        var told = result.Nodes.Values.Where(node => !node.Node.IsBranch).FirstOrDefault(node => node.State is NodeState.Failed or NodeState.Denied or NodeState.OverBudget)
            ?? result.Nodes.Values.FirstOrDefault(node => node.Result is NodeResult.Skipped);
        return told is null ? "All nodes succeeded." : $"{told.Node.Path}: {told.Why}";
    }
}
