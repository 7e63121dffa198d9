using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Scheduling;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>
/// One row of the table of states: what is known of one node. Revisions count how often the graph was composed in this attempt; a node
/// whose own definition and everything it depends on changed in no later revision than it was last checked in needs no look.
/// </summary>
sealed class NodeRow(TaskNode node, INodeType? type, int revision)
{
    /// <summary>Where it stands in the plan of the day.</summary>
    public int Index { get; set; }

    public TaskNode Node { get; set; } = node;

    /// <summary>Null for a branch.</summary>
    public INodeType? Type { get; set; } = type;

    /// <summary>Changed by <see cref="GraphRun"/>'s one transition function alone.</summary>
    public NodeState State { get; set; }

    /// <summary>Its last ending, kept while it is looked at again, so that the same key need not be worked for twice.</summary>
    public NodeEnding? Ending { get; set; }

    /// <summary>Ends, and the opening of the branch around it, that its opening still waits for.</summary>
    public int WaitingFor { get; set; }

    /// <summary>For a branch: nodes right inside that have not ended.</summary>
    public int StillInside { get; set; }

    /// <summary>For a branch: whether what is inside may start.</summary>
    public bool IsOpen { get; set; }

    /// <summary>For a branch: how it ends at once, so that nothing inside may start although it is open; null where it may.</summary>
    public NodeEnding? Blocked { get; set; }

    /// <summary>It failed, and that does not count: a handler made up for it, or the loop went on.</summary>
    public bool IsForgiven { get; set; }

    /// <summary>True once those that wait for its end have been told.</summary>
    public bool HasEnded { get; set; }

    /// <summary>A later composition has no such node any more.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Its work was stopped because its key changed meanwhile.</summary>
    public bool StartsAgain { get; set; }

    /// <summary>Its work was stopped because its place was needed, and it waits for another.</summary>
    public bool GaveWay { get; set; }

    /// <summary>Its place among those that wait to be started; 0 for none.</summary>
    public int Ticket { get; set; }

    /// <summary>When its work began, as a timestamp.</summary>
    public long StartedAt { get; set; }

    /// <summary>What it holds while it works.</summary>
    public ResourceGrant? Grant { get; set; }

    /// <summary>The revision that its definition is of.</summary>
    public int DefinedIn { get; set; } = revision;

    /// <summary>The revision in which its ending last came to look different to those that depend on it.</summary>
    public int ChangedIn { get; set; } = revision;

    /// <summary>For a branch: the revision in which <see cref="Blocked"/> last changed.</summary>
    public int BlockedIn { get; set; } = revision;

    /// <summary>The revision that its key or ending was last checked in.</summary>
    public int CheckedIn { get; set; }

    /// <summary>
    /// The longest way to it when it came to be part of the graph, and more than its writer's: orders the layers that nodes write so that
    /// who knew more is stronger, in a way that no timing can change.
    /// </summary>
    public int Depth { get; init; }

    /// <summary>0 for nodes of the starting graph, else one more than the node that added it.</summary>
    public int Generation { get; init; }

    /// <summary>Who added it while the graph ran.</summary>
    public NodePath? AddedBy { get; init; }

    /// <summary>The key that it is ready for or runs under.</summary>
    public NodeKey? Key { get; set; }

    /// <summary>The text of that key, while it is needed.</summary>
    public string? KeyText { get; set; }

    /// <summary>What made it dirty.</summary>
    public string? Why { get; set; }

    /// <summary>Trust of what it is made from.</summary>
    public Trust InputTrust { get; set; }

    /// <summary>Stops its work.</summary>
    public CancellationTokenSource? Stop { get; set; }

    /// <summary>Its work, which posts its completion itself; kept so that nothing runs on unawaited.</summary>
    public Task? Work { get; set; }
}
