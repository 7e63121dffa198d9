using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Executors;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Tasks;
using TaskBot.Engine;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Outbox;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Scheduling;
using TaskBot.Graphs.Nodes;
using TaskBot.Models.Ledger;
using TaskBot.Workspaces.Checkouts;

namespace TaskBot.Bot.Runs;

/// <summary>Runs the graphs of a run in this process: its attempts, its plans and its refinements, each charged to the run's accounts.</summary>
public sealed class AttemptRunner(
    RunScopeFactory scopes, BotStores stores, PatternMemory memory, RunAccounts accounts, ResourcePool resources, EffectOutbox outbox, RunFeed feed, RunnerOptions options, TimeProvider time, ILoggerFactory loggers) : IGraphExecutor
{
    public async Task<RunResult?> RunAsync(GraphWork work, CancellationToken cancellationToken)
    {
        var result = await RunAsync(work, await KnownAsync(work.Run, work.Work.Project, cancellationToken), stores, static type => type, new FeedWatcher(feed), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return result;
    }

    /// <summary>What earlier runs taught. What the same request taught is in its own layers and in the cache: asked again, it is not paid for again.</summary>
    internal async Task<ImmutableArray<Pattern>> KnownAsync(RunRecord run, Project project, CancellationToken cancellationToken) =>
        (await memory.KnownAsync(PatternMemory.ScopesOf(run.Repository, project.Memory), run.CreatedAt, cancellationToken)).RemoveAll(pattern => pattern.Title == run.Request.Title);

    /// <param name="work">The graph.</param>
    /// <param name="known">What earlier runs taught.</param>
    /// <param name="kept">Where what the nodes leave behind is kept.</param>
    /// <param name="seen">Each node type, or what stands for it.</param>
    internal async Task<RunResult> RunAsync(
        GraphWork work, ImmutableArray<Pattern> known, BotStores kept, Func<INodeType, INodeType> seen, IProgress<RunEvent>? watcher, CancellationToken cancellationToken)
    {
        var (run, order, graph, found) = work;
        using var checkouts = new CheckoutPool(found.Git, options.Jobs);
        var project = accounts.Limit(found.Project);
        var scope = scopes.Create(run, found.Git, checkouts, project, found.Prompts, accounts.Of(run, order.Attempt, project.Budget), known);
        var runner = new GraphRunner(
            NodeTypes.Create(scope).Select(seen), kept.Results, kept.Journal, options, time, loggers.CreateLogger<GraphRunner>(), resources, kept.Durations, outbox);
        return await runner.RunAsync(new RunRequest(run.Id, order.Attempt, graph, order.Growth(run, found.Composer)) { Repository = run.Repository }, watcher, cancellationToken);
    }

    /// <summary>Writes something that was decided before the first attempt into the run's journal, at its task.</summary>
    public async Task NoteAsync(RunRecord run, string text, CancellationToken cancellationToken) =>
        await stores.Journal.AppendAsync([new(run.Id, 1, TaskLayers.Root, NodeState.Waiting, Key: null, Cached: false, text, time.GetUtcNow())], cancellationToken);

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

        return new(number, result.Outcome, ran.Count, cached.Count, tokens, cost, Why(result), FailureSignature: null) { Layers = run.Layers.Length, BaseCommit = run.BaseCommit };
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
