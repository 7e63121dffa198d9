using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Nodes;

/// <summary>What states mean for those that depend on them.</summary>
static class NodeStateExtensions
{
    extension(NodeState state)
    {
        public bool IsFinal => state is not (NodeState.Waiting or NodeState.Ready or NodeState.Running);

        /// <summary>How bad it is for the whole: of several ends the worst one counts. Waiting for a human is not an end yet, and comes last.</summary>
        public int Severity => state switch
        {
            NodeState.Failed => 5,
            NodeState.OverBudget => 4,
            NodeState.Denied => 3,
            NodeState.Cancelled => 2,
            NodeState.WaitingForHuman => 1,
            _ => 0,
        };

        /// <summary>True where the node itself came to a bad end, so that its handlers have something to handle.</summary>
        public bool IsFailure => state is NodeState.Failed or NodeState.Denied or NodeState.OverBudget;

        /// <summary>As the output <see cref="ControlWords.Outcome"/> says it.</summary>
        public string Word => state switch
        {
            NodeState.Succeeded => "succeeded",
            NodeState.Failed => "failed",
            NodeState.Skipped => "skipped",
            NodeState.Cancelled => "cancelled",
            NodeState.Denied => "denied",
            NodeState.OverBudget => "over_budget",
            NodeState.WaitingForHuman => "waiting_for_human",
            _ => "running",
        };

        /// <summary>For sentences such as <c>/fix/test failed.</c></summary>
        public string Verb => state switch
        {
            NodeState.Succeeded => "succeeded",
            NodeState.Failed => "failed",
            NodeState.Skipped => "was skipped",
            NodeState.Cancelled => "was cancelled",
            NodeState.Denied => "was denied",
            NodeState.OverBudget => "was over budget",
            NodeState.WaitingForHuman => "waits for a human",
            _ => "has not ended",
        };
    }
}
