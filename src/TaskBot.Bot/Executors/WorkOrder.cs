using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Bot.Executors;

/// <summary>Which of a run's graphs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WorkKind>))]
public enum WorkKind
{
    /// <summary>The task itself.</summary>
    Attempt,

    /// <summary>The part of it that plans.</summary>
    Plan,

    /// <summary>What corrects its description.</summary>
    Refinement,
}

/// <summary>A graph of a run as data: whoever has the run and its base commit composes the same.</summary>
/// <param name="Attempt">1-based.</param>
public sealed record WorkOrder(WorkKind Kind, int Attempt)
{
    /// <summary>The layer that a refinement is composed from; null for the others.</summary>
    public RunLayer? Refinement { get; init; }

    /// <summary>SHA-256, lower-case hex, over all that the graph is composed from: the same work has the same digest.</summary>
    public string DigestFor(RunRecord run) => Convert.ToHexStringLower(SHA256.HashData(
        JsonSerializer.SerializeToUtf8Bytes(new OrderFacts(run.Id.Value, run.BaseCommit, run.Layers, this), DispatchJsonContext.Default.OrderFacts)));

    /// <summary>The graph; null where it does not compose, or nothing plans.</summary>
    internal (TaskGraph? Graph, ImmutableArray<Problem> Problems) Compose(RunRecord run, RunComposer composer)
    {
        if (Refinement is not null) return composer.ComposeRefinement(Refinement);
        var composition = composer.Compose(run.Layers, []);
        return Kind == WorkKind.Plan && composition.Graph is { } graph ? (PlanOnly(graph), composition.Problems) : composition;
    }

    /// <summary>Composes again with what nodes wrote; null where they may write nothing.</summary>
    internal Func<ImmutableArray<string>, (TaskGraph? Graph, ImmutableArray<Problem> Problems)>? Growth(RunRecord run, RunComposer composer) =>
        Kind == WorkKind.Attempt ? written => composer.Compose(run.Layers, written) : null;

    /// <summary>The part of a graph that plans: the planning leaves and all that they need; null where nothing plans.</summary>
    internal static TaskGraph? PlanOnly(TaskGraph graph)
    {
        var kept = new HashSet<NodePath>();
        var left = new Stack<TaskNode>(graph.Nodes.Values.Where(node => node.Type == PlanNode.TypeName));
        while (left.TryPop(out var node))
        {
            if (!kept.Add(node.Path)) continue;
            foreach (var path in node.Needs.Concat(node.Inputs.Values.SelectMany(sources => sources.Select(source => source.Node))))
                if (graph.Nodes.GetValueOrDefault(path) is { } needed) left.Push(needed);
            // The branches that it stands in hand their values down.
            if (!node.Path.IsRoot && graph.Nodes.GetValueOrDefault(node.Path.Parent) is { } parent) left.Push(parent);
        }

        return kept.Count == 0 ? null : graph with { Nodes = graph.Nodes.Where(pair => kept.Contains(pair.Key)).ToImmutableSortedDictionary(graph.Nodes.KeyComparer) };
    }
}

/// <summary>All that an order's graph is composed from, to be digested.</summary>
public sealed record OrderFacts(string Run, string BaseCommit, ImmutableArray<RunLayer> Layers, WorkOrder Order);
