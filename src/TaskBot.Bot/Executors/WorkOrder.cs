using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Graphs;
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
    internal (TaskGraph? Graph, ImmutableArray<Problem> Problems) Compose(RunRecord run, RunComposer composer) =>
        Refinement is null ? Part(composer.Compose(run.Layers, [])) : composer.ComposeRefinement(Refinement);

    /// <summary>Composes again with what nodes wrote; null where they may write nothing.</summary>
    internal Func<ImmutableArray<string>, (TaskGraph? Graph, ImmutableArray<Problem> Problems)>? Growth(RunRecord run, RunComposer composer) =>
        Refinement is null ? written => Part(composer.Compose(run.Layers, written)) : null;

    (TaskGraph? Graph, ImmutableArray<Problem> Problems) Part((TaskGraph? Graph, ImmutableArray<Problem> Problems) composition) =>
        Kind == WorkKind.Plan && composition.Graph is { } graph ? (PlanningPart.Of(graph), composition.Problems) : composition;
}

/// <summary>All that an order's graph is composed from, to be digested.</summary>
public sealed record OrderFacts(string Run, string BaseCommit, ImmutableArray<RunLayer> Layers, WorkOrder Order);
