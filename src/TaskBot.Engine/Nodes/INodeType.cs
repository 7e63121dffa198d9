using System.Collections.Concurrent;
using System.Collections.Immutable;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Runs;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Nodes;

/// <summary>A node type: what it is, as data, and how one node of it is run.</summary>
public interface INodeType
{
    NodeTypeSchema Schema { get; }

    /// <summary>True for an <see cref="IPureNodeType"/>.</summary>
    bool IsPure => false;

    /// <summary>
    /// What else the result depends on, by name, such as <c>model</c> or <c>dotnet</c>: part of the key. Must be cheap, and the same
    /// for the same world. The default is nothing.
    /// </summary>
    ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ImmutableSortedDictionary<string, string>.Empty);

    /// <summary>
    /// What things that such a node said it read (<see cref="NodeRun.Read"/>) are now: digests by those names. Must be cheap. What is left out
    /// counts as changed, and by default all is.
    /// </summary>
    ValueTask<ImmutableSortedDictionary<string, string>> DescribeReadsAsync(
        TaskNode node, IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ImmutableSortedDictionary<string, string>.Empty);

    /// <summary>
    /// Does the work. The user's and the world's failures are <see cref="NodeResult.Failed"/>; an exception is caught by the runner and
    /// is a failure too, transient for <see cref="IOException"/>, <see cref="HttpRequestException"/> and <see cref="TimeoutException"/>.
    /// </summary>
    ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken);

    /// <summary>
    /// For an effect: what an earlier try that was cut off left in the world, found by its natural key. The default, null, says that nothing is
    /// there, or that acting again finds it and leaves one.
    /// </summary>
    ValueTask<NodeResult.Succeeded?> FindEffectAsync(NodeRun run, CancellationToken cancellationToken) => ValueTask.FromResult<NodeResult.Succeeded?>(null);
}

/// <summary>What a node is given when it runs.</summary>
public sealed record NodeRun
{
    public required RunId RunId { get; init; }

    /// <summary>What the work is a function of; null where nothing is kept of it.</summary>
    public NodeKey? Key { get; init; }

    /// <summary>1-based attempt within the run.</summary>
    public required int Attempt { get; init; }

    /// <summary>The graph as it was when the node became ready.</summary>
    public required TaskGraph Graph { get; init; }

    public required TaskNode Node { get; init; }

    /// <summary>Input values by name; an input connected to several outputs is a list of their values.</summary>
    public required ImmutableSortedDictionary<string, NodeValue> Inputs { get; init; }

    ConcurrentDictionary<string, string>? reads;

    /// <summary>What it said that it read.</summary>
    internal ImmutableSortedDictionary<string, string> Reads =>
        reads?.ToImmutableSortedDictionary(StringComparer.Ordinal) ?? ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>
    /// Says what else the result depends on, found out while running: a file that was looked at, a page. The result counts for as long as
    /// <see cref="INodeType.DescribeReadsAsync"/> gives the same digest. Safe to call from several threads.
    /// </summary>
    /// <param name="name">A name by which the type finds the thing again.</param>
    /// <param name="digest">What it was; a thing that changed while the node ran never counts as unchanged.</param>
    public void Read(string name, string digest) =>
        (LazyInitializer.EnsureInitialized(ref reads, () => new(StringComparer.Ordinal))).AddOrUpdate(
            name, digest, (_, before) => before == digest ? before : $"{before} then {digest}");

    /// <summary>Hands a line of progress to whoever watches; never blocks.</summary>
    public required Action<string> Report { get; init; }

    /// <summary>Says that the work goes on without having a line to tell, so that <c>idleTimeoutMinutes</c> counts anew; cheap enough for every piece of output.</summary>
    public Action SignOfLife { get; init; } = static () => { };
}
