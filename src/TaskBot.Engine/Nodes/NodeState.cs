namespace TaskBot.Engine.Nodes;

/// <summary>
/// Where a node stands in a run: <c>Waiting -> Ready -> Running -> Succeeded | Failed | Skipped | Cancelled | Denied | OverBudget | WaitingForHuman</c>.
/// </summary>
public enum NodeState
{
    /// <summary>Some input is not there yet.</summary>
    Waiting,

    /// <summary>All inputs are there; a slot is not.</summary>
    Ready,

    Running,

    /// <summary>Its outputs are there, from running or from the cache.</summary>
    Succeeded,
    Failed,

    /// <summary>Something it needs did not succeed, or it had nothing to do.</summary>
    Skipped,
    Cancelled,
    Denied,
    OverBudget,

    /// <summary>A person has to answer before it can end.</summary>
    WaitingForHuman,
}
