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
