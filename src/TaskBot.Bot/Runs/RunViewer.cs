using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Runs;

/// <summary>A leaf of an attempt's graph as it stands.</summary>
/// <param name="After">The leaves and branches that it waits for.</param>
/// <param name="Why">The last thing said of it.</param>
public sealed record NodeView(NodePath Path, string Type, NodeState State, bool Cached, string Why, ImmutableArray<NodePath> After);

/// <summary>One attempt as it stands.</summary>
/// <param name="Record">Null while it is under way.</param>
public sealed record AttemptView(int Number, AttemptRecord? Record, ImmutableArray<NodeView> Nodes);

/// <summary>A run as it stands, for people.</summary>
public sealed record RunView(RunRecord Run, ImmutableArray<AttemptView> Attempts);

/// <summary>Shows runs: their layers composed again, and their journal folded to the state of each node.</summary>
public sealed class RunViewer(IObjectSource objects, IJournal journal, IResultCache results)
{
    /// <summary>A layer as people read it: the JSON that it is, indented.</summary>
    public static string Readable(RunLayer layer) =>
        JsonNode.Parse(layer.Text)!.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public async Task<RunView> ViewAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (run.Layers.IsEmpty) return new(run, []);
        var composer = await ComposerOfAsync(run, cancellationToken);
        var records = await RecordsOfAsync(run, cancellationToken);
        var attempts = ImmutableArray.CreateBuilder<AttemptView>();
        foreach (var (number, states) in records.OrderBy(pair => pair.Key))
        {
            var graph = composer.Compose(LayersOf(run, number), await WrittenAsync(states, cancellationToken)).Graph;
            attempts.Add(new(number, run.Attempts.FirstOrDefault(attempt => attempt.Number == number), [.. (graph?.Nodes.Values ?? []).Where(node => !node.IsBranch).Select(node => View(node, states.GetValueOrDefault(node.Path)))]));
        }

        return new(run, attempts.DrainToImmutable());
    }

    /// <summary>The graph of a run with what its newest attempt planned; null, with what is wrong, where it does not compose.</summary>
    public async Task<(TaskGraph? Graph, ImmutableArray<Problem> Problems)> ComposeAsync(RunRecord run, CancellationToken cancellationToken) =>
        (await ComposerOfAsync(run, cancellationToken)).Compose(run.Layers, await NewestWrittenAsync(run, cancellationToken));

    /// <summary>What is wrong with one more layer of a run, over what its newest attempt planned.</summary>
    public async Task<ImmutableArray<Problem>> CheckAsync(RunRecord run, RunLayer layer, CancellationToken cancellationToken)
    {
        var (graph, problems) = await ComposeAsync(run with { Layers = run.Layers.Add(layer) }, cancellationToken);
        return graph is null ? problems : [.. problems.Where(problem => problem.Severity == ProblemSeverity.Error)];
    }

    async Task<RunComposer> ComposerOfAsync(RunRecord run, CancellationToken cancellationToken)
    {
        await using var git = await objects.OpenObjectsAsync(RepositoryName.Parse(run.Repository), new CommitId(run.BaseCommit), cancellationToken);
        // A look at a run fetches nothing: its layers were fetched when it ran.
        var tree = git.Tree(await git.TreeOfAsync(new CommitId(run.BaseCommit), cancellationToken));
        return await RunComposer.CreateAsync(tree, forge: null, LayerCache.Default, cancellationToken);
    }

    /// <summary>The newest record of each node of the task, by attempt.</summary>
    async Task<Dictionary<int, Dictionary<NodePath, JournalRecord>>> RecordsOfAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var records = new Dictionary<int, Dictionary<NodePath, JournalRecord>>();
        await foreach (var record in journal.ReadAsync(run.Id, cancellationToken))
        {
            if (!record.Node.IsAtOrBelow(TaskLayers.Root)) continue;
            if (!records.TryGetValue(record.Attempt, out var nodes)) records[record.Attempt] = nodes = [];
            nodes[record.Node] = record;
        }

        return records;
    }

    async Task<ImmutableArray<string>> NewestWrittenAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var records = await RecordsOfAsync(run, cancellationToken);
        return records.Count == 0 ? [] : await WrittenAsync(records[records.Keys.Max()], cancellationToken);
    }

    /// <summary>The layers that the nodes of an attempt wrote.</summary>
    async Task<ImmutableArray<string>> WrittenAsync(Dictionary<NodePath, JournalRecord> states, CancellationToken cancellationToken)
    {
        var written = ImmutableArray.CreateBuilder<string>();
        foreach (var state in states.Values.Where(state => state is { State: NodeState.Succeeded, Key: not null }))
            if ((await results.FindAsync(state.Key!.Value, cancellationToken))?.Layer is { } layer) written.Add(layer);
        return written.DrainToImmutable();
    }

    /// <summary>
    /// Where a node of a run's task, or an attribute of it, got what it has: every opinion, the strongest first, and why it won; and of a node that asks a model which prompt it
    /// asks with, and why that one.
    /// </summary>
    /// <param name="attribute">Null for the node itself.</param>
    public async Task<string> ExplainAsync(RunRecord run, NodePath node, string? attribute, CancellationToken cancellationToken)
    {
        await using var git = await objects.OpenObjectsAsync(RepositoryName.Parse(run.Repository), new CommitId(run.BaseCommit), cancellationToken);
        var work = await RunWork.OpenAsync(run, git, forge: null, cancellationToken);
        var written = await NewestWrittenAsync(run, cancellationToken);
        var explained = work.Composer.Explain(run.Layers, written, node, attribute);
        return attribute is null or "prompt" && work.Composer.Compose(run.Layers, written).Graph?.Nodes.GetValueOrDefault(node) is { } asking
            && NodeModel.Choose(asking, work.Project, work.Prompts) is { } prompt ? $"{explained}\n\nPrompt: {prompt.Reason}" : explained;
    }

    /// <summary>A leaf as its newest record says it stands; null for one that nothing happened to.</summary>
    public static NodeView View(TaskNode node, JournalRecord? state)
    {
        var after = node.Needs.Concat(node.Inputs.Values.SelectMany(paths => paths.Select(path => path.Node))).Distinct();
        return new(node.Path, node.Type, state?.State ?? NodeState.Waiting, state?.Cached ?? false, state?.Message ?? "", [.. after]);
    }

    /// <summary>The nodes in columns: each in the first column after all that it waits for.</summary>
    public static IEnumerable<ImmutableArray<NodeView>> Columns(ImmutableArray<NodeView> nodes)
    {
        var left = nodes.ToList();
        while (left.Count > 0)
        {
            var column = left.Where(node => !node.After.Any(path => WaitsFor(node, path))).ToImmutableArray();
            if (column.IsEmpty) column = [.. left];
            yield return column;
            left.RemoveAll(column.Contains);
        }

        // To wait for a branch is to wait for all of its leaves, except for the branch that the node itself is in: that one only hands values down.
        bool WaitsFor(NodeView node, NodePath path) => !node.Path.IsAtOrBelow(path) && left.Any(other => other.Path.IsAtOrBelow(path));
    }

    /// <summary>The layers that an attempt was composed from.</summary>
    internal static ImmutableArray<RunLayer> LayersOf(RunRecord run, int attempt) =>
        run.Attempts.FirstOrDefault(known => known.Number == attempt) is { Layers: > 0 and var count } ? [.. run.Layers.Take(count)] : run.Layers;
}
