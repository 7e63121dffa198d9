namespace TaskBot.Engine;

/// <summary>How a <see cref="GraphRunner"/> runs: how much at once, how patiently, and how far a graph may grow while it runs.</summary>
public sealed class RunnerOptions
{
    /// <summary>Nodes that work at the same time; at least 1.</summary>
    public int Jobs { get; set; } = Math.Max(4, Environment.ProcessorCount);

    /// <summary>The wait before the first retry of a transient failure; it doubles each time, with jitter.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait between two tries.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a node that was told to stop may take before it is left behind, so that a cancelled run ends within two seconds.</summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Nodes that layers written during a run may add to the graph it started with.</summary>
    public int MaxAddedNodes { get; set; } = 10_000;

    /// <summary>Layers that the nodes of one attempt may write.</summary>
    public int MaxExpansions { get; set; } = 100;

    /// <summary>How often a node added by a node may itself add nodes: 1 means that only nodes of the starting graph may.</summary>
    public int MaxExpansionDepth { get; set; } = 5;

    /// <summary>How long after its start an attempt may still grow: by layers, by items, by iterations.</summary>
    public TimeSpan MaxGrowthTime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long the nodes that run last in their branches may take after a run was cancelled.</summary>
    public TimeSpan CleanupTime { get; set; } = TimeSpan.FromSeconds(10);
}
