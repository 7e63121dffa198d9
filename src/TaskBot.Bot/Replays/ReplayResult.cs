using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Models.Recordings;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Replays;

/// <summary>One leaf of one attempt, then and now.</summary>
/// <param name="Attempt">1-based.</param>
/// <param name="Then">How it ended when it was recorded; null where it was not there.</param>
/// <param name="Now">How it ended in the replay; null where it was not there.</param>
/// <param name="TreeThen">The tree that it gave then; null where it gave none, or its result is kept no longer.</param>
/// <param name="TreeNow">The tree that it gave now.</param>
/// <param name="Difference">What is not as it was, one sentence; null where everything is.</param>
public sealed record ReplayedNode(int Attempt, NodePath Node, string Type, NodeState? Then, NodeState? Now, TreeId? TreeThen, TreeId? TreeNow, string? Difference);

/// <summary>A run, played again.</summary>
/// <param name="Nodes">Every leaf that ended then or now, in the order in which they were started then.</param>
/// <param name="Departures">Requests to models that the run did not make.</param>
/// <param name="Exchanges">How many exchanges with models the run had.</param>
public sealed record ReplayResult(ImmutableArray<ReplayedNode> Nodes, ImmutableArray<Departure> Departures, int Exchanges)
{
    /// <summary>Where it first came out different; null where it did not.</summary>
    public ReplayedNode? First => Nodes.FirstOrDefault(node => node.Difference is not null);

    /// <summary>Everything came out as it did then, bit for bit.</summary>
    public bool IsSame => Departures.IsEmpty && Nodes.All(node => node.Difference is null);
}
