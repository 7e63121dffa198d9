using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Engine;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Models;
using TaskBot.Models.Prompts;
using TaskBot.Models.Recordings;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Replays;

/// <summary>
/// Plays a run again: its layers are composed as they were for each attempt, context is gathered and answers become edits anew; models give
/// their recorded answers, commands their recorded results, and nothing is published: what would be is compared with what was. Then every node is compared with what it was.
/// </summary>
public sealed class RunReplay(
    IObjectSource objects, RunScopeFactory scopes, BotStores stores, IModelRouter models, RunAccounts accounts, SecretRedaction redaction,
    RunnerOptions options, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>Their results depend on more than their inputs, such as the clock, or what was learnt since.</summary>
    static readonly ImmutableHashSet<string> CommandTypes = [CommandNode.TypeName, CliAgentNode.TypeName, BuildNode.TypeName, TestNode.TypeName, VerifyRunNode.TypeName, VoteNode.TypeName, ContextMemoryNode.TypeName];

    /// <param name="run">The run; it is not changed.</param>
    /// <param name="prompts">Prompts to use instead of those of the same names. What is asked because of them is asked of the models as they are configured now.</param>
    /// <param name="cancellationToken">Ends the replay.</param>
    /// <exception cref="ForgeException">The base commit cannot be had.</exception>
    public async Task<ReplayResult> PlayAsync(RunRecord run, ImmutableArray<Prompt> prompts, CancellationToken cancellationToken)
    {
        var recorded = await RecordedRun.LoadAsync(stores.Ledger, run.Id.Value, models, askNow: !prompts.IsEmpty, redaction, cancellationToken);
        var started = new List<(int Attempt, NodePath Node)>();
        var then = new Dictionary<(int Attempt, NodePath Node), JournalRecord>();
        var executed = new HashSet<NodeKey>();
        await foreach (var record in stores.Journal.ReadAsync(run.Id, cancellationToken))
        {
            if (!record.Node.IsAtOrBelow(Tasks.TaskLayers.Root)) continue;
            if (!then.ContainsKey((record.Attempt, record.Node))) started.Add((record.Attempt, record.Node));
            then[(record.Attempt, record.Node)] = record;
            if (record is { Key: { } key, Cached: false }) executed.Add(key);
        }

        var results = new RecordedResults(stores.Results, await TakenAsync(then.Values, executed, cancellationToken));
        var nodes = ImmutableArray.CreateBuilder<ReplayedNode>();
        foreach (var attempt in started.Select(place => place.Attempt).Distinct().Order())
        {
            // What was said since, such as another model, held only from then on; and a person's own commits may be what it stands on now.
            var asItWas = run with { Layers = RunViewer.LayersOf(run, attempt), BaseCommit = run.Attempts.FirstOrDefault(known => known.Number == attempt)?.BaseCommit ?? run.BaseCommit };
            await using var git = await objects.OpenObjectsAsync(RepositoryName.Parse(run.Repository), new CommitId(asItWas.BaseCommit), cancellationToken);
            var work = await RunWork.OpenAsync(asItWas, git, forge: null, cancellationToken);
            work = work with { Prompts = work.Prompts.Replace(prompts) };
            foreach (var key in then.Where(node => node.Key.Attempt == attempt).Select(node => node.Value.Key).OfType<NodeKey>())
                foreach (var (asked, models) in ModelsIn((await stores.Results.FindAsync(key, cancellationToken))?.KeyText))
                    recorded.Know(work.Project.ModelFor(asked), models);
            var composed = work.Composer.Compose(asItWas.Layers, []);
            if (composed.Graph is not { } graph)
            {
                nodes.Add(new(
                    attempt, Tasks.TaskLayers.Root, TaskNode.GraphType, null, null, null, null, $"The task composes no longer: {string.Join(' ', composed.Problems)}"));
                continue;
            }

            var result = await PlayAsync(asItWas, attempt, graph, work, recorded, results, then, mayRun: !prompts.IsEmpty, cancellationToken);
            var places = started.Where(place => place.Attempt == attempt).Select(place => place.Node).Union(result.Nodes.Keys)
                .Where(path => result.Nodes.GetValueOrDefault(path) is not { Node.IsBranch: true });
            foreach (var path in places) nodes.Add(await CompareAsync(attempt, path, then.GetValueOrDefault((attempt, path)), result, cancellationToken));
        }

        return new(nodes.DrainToImmutable(), recorded.Departures, recorded.Exchanges);
    }

    static bool IsTakenAsItWas(string type) => CommandTypes.Contains(type) || NodeTypes.Schemas.Find(type) is { IsEffect: true };

    /// <summary>The keys whose results are not made again: of commands and effects, and what an earlier run had made and was found then.</summary>
    async Task<ImmutableHashSet<NodeKey>> TakenAsync(IEnumerable<JournalRecord> then, HashSet<NodeKey> executed, CancellationToken cancellationToken)
    {
        var taken = ImmutableHashSet.CreateBuilder<NodeKey>();
        foreach (var record in then)
            if (record.Key is { } key && (!executed.Contains(key) || await TypeOfAsync(key, cancellationToken) is { } type && IsTakenAsItWas(type))) taken.Add(key);
        return taken.ToImmutable();
    }

    async Task<RunResult> PlayAsync(
        RunRecord run, int attempt, TaskGraph graph, RunWork work, RecordedRun recorded, RecordedResults results,
        IReadOnlyDictionary<(int Attempt, NodePath Node), JournalRecord> then, bool mayRun, CancellationToken cancellationToken)
    {
        using var checkouts = new CheckoutPool(work.Git, options.Jobs);
        var project = accounts.Limit(work.Project);
        var scope = scopes.Create(run, work.Git, checkouts, project, work.Prompts, accounts.Of(run, attempt, project.Budget), known: [], recorded);
        var types = NodeTypes.Create(scope).Select(type => IsTakenAsItWas(type.Schema.Name) ? new RecordedNode(type, attempt, then, stores.Results, mayRun) : type);
        // A recorded failure comes again at once, so there is nothing to wait for.
        var patience = new RunnerOptions
        {
            Jobs = options.Jobs,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            MaxRetryDelay = TimeSpan.FromMilliseconds(1),
            MaxAddedNodes = options.MaxAddedNodes,
            MaxExpansions = options.MaxExpansions,
            MaxExpansionDepth = options.MaxExpansionDepth,
        };
        var runner = new GraphRunner(types, results, new InMemoryJournal(), patience, time, loggers.CreateLogger<GraphRunner>());
        return await runner.RunAsync(
            new RunRequest(run.Id, attempt, graph, written => work.Composer.Compose(run.Layers, written)), watcher: null, cancellationToken);
    }

    async Task<ReplayedNode> CompareAsync(int attempt, NodePath path, JournalRecord? then, RunResult result, CancellationToken cancellationToken)
    {
        var now = result.Nodes.GetValueOrDefault(path);
        var before = then?.Key is { } key ? await stores.Results.FindAsync(key, cancellationToken) : null;
        var type = now?.Node.Type ?? TypeIn(before?.KeyText) ?? "";
        var (treeThen, treeNow) = (before is null ? null : TreeIn(type, before.Outputs), now is null ? null : TreeIn(type, now.Outputs));
        return new(attempt, path, type, then?.State, now?.State, treeThen, treeNow, Difference());

        string? Difference()
        {
            if (then is null) return $"It was not there then; now it {Said(now!.State)}.";
            if (now is null) return $"It {Said(then.State)} then and is not there now.";
            var ended = then.State == now.State ? "" : $" It {Said(then.State)} then and {Said(now.State)} now: {now.Why}";
            // Where the branch stood then is part of an effect's key and does not come again; what it would do there is compared by itself.
            if (NodeTypes.Schemas.Find(type) is not { IsEffect: true } && then.Key is { } a && now.Key is { } b && a != b) return $"Its inputs or attributes are not what they were.{ended}";
            if (treeThen is { } old && treeNow is { } made && old != made) return $"It gave the tree {old.Value[..12]} then and gives {made.Value[..12]} now.";
            // An attempt that was stopped has nothing to compare.
            var isComparable = then.State is not (NodeState.Cancelled or NodeState.Running or NodeState.Waiting);
            if (isComparable && ended.Length > 0) return ended[1..];
            return isComparable && before is not null && now.State == NodeState.Succeeded && OtherOutput(before.Outputs, now.Outputs) is { } other ? $"Its output '{other}' is not what it was." : null;
        }
    }

    /// <summary>The first output that is not the same, bit for bit; null where all are.</summary>
    static string? OtherOutput(ImmutableSortedDictionary<string, NodeValue> then, ImmutableSortedDictionary<string, NodeValue> now) =>
        then.Keys.Union(now.Keys, StringComparer.Ordinal).FirstOrDefault(port =>
            !then.TryGetValue(port, out var old) || !now.TryGetValue(port, out var made) || !old.Content.Equals(made.Content));

    static string Said(NodeState state) => state switch
    {
        NodeState.Succeeded => "succeeded",
        NodeState.Failed => "failed",
        NodeState.Skipped => "was skipped",
        NodeState.OverBudget => "was over budget",
        NodeState.Denied => "was denied",
        NodeState.Cancelled => "was cancelled",
        _ => "did not end",
    };

    static TreeId? TreeIn(string type, ImmutableSortedDictionary<string, NodeValue> outputs) =>
        NodeTypes.Schemas.Find(type)?.Outputs.FirstOrDefault(port => port.Kind == ValueKind.Tree) is { } port && outputs.TryGetValue(port.Name, out var value)
            ? new TreeId(value.Content.ToString()) : null;

    async ValueTask<string?> TypeOfAsync(NodeKey key, CancellationToken cancellationToken) => TypeIn((await stores.Results.FindAsync(key, cancellationToken))?.KeyText);

    /// <summary>Who was to be asked by a key's text, and which models that meant.</summary>
    static IEnumerable<(string Asked, string Models)> ModelsIn(string? keyText)
    {
        foreach (var name in new[] { "model", "stronger" })
            if (FactIn(keyText, $"attribute {name}") is { } asked && FactIn(keyText, $"environment {name}") is { } models) yield return (asked, models);
    }

    /// <summary>What a key's text says of an attribute or the environment; null where it says nothing.</summary>
    internal static string? FactIn(string? keyText, string of) =>
        keyText?.Split('\n').FirstOrDefault(line => line.StartsWith($"{of} \"", StringComparison.Ordinal)) is { } line ? TaskValue.Parse(line[(of.Length + 1)..]).ToString() : null;

    /// <summary>The first line of a key's text names the type: <c>type command 1</c>.</summary>
    static string? TypeIn(string? keyText) =>
        keyText?.Split('\n').FirstOrDefault(line => line.StartsWith("type ", StringComparison.Ordinal))?.Split(' ')[1];
}
