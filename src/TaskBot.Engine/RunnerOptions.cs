using System.Globalization;
using TaskBot.Engine.Scheduling;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine;

/// <summary>How a <see cref="GraphRunner"/> runs: how much at once, how patiently, and how far a graph may grow while it runs.</summary>
public sealed class RunnerOptions
{
    /// <summary>Nodes of one run that work at the same time; at least 1.</summary>
    public int Jobs { get; set; } = Math.Max(4, Environment.ProcessorCount);

    /// <summary>Nodes of all runs of the process that work at the same time; never fewer than <see cref="Jobs"/>.</summary>
    public int Slots { get; set; } = 4 * Math.Max(4, Environment.ProcessorCount);

    /// <summary>
    /// How much there is of each named resource: a number, or bytes with a unit. <c>cpu</c> in cores and <c>memory</c> are what the machine has; of <c>rate:NAME</c> it is
    /// what may be used in a minute. What is not named here cannot be demanded, but for locks.
    /// </summary>
    public IDictionary<string, string> Resources { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["cpu"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
        ["memory"] = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>How long a demand may be passed over by smaller ones, before what it needs is kept for it.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A point of priority lets a node start as if it had waited this much longer, so that what waits overtakes any priority in the end.</summary>
    public TimeSpan PriorityStep { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The wait before the first retry, where the node does not say; it doubles each time, with jitter.</summary>
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

    /// <summary>What is wrong with the values and what to write instead, one sentence each; empty where all is well.</summary>
    public IEnumerable<string> FindMistakes()
    {
        if (Jobs < 1) yield return $"Jobs is {Jobs}. Write a whole number from 1.";
        foreach (var (name, amount) in Resources.OrderBy(resource => resource.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(Demand.LockPrefix, StringComparison.Ordinal)) yield return $"Resources has '{name}'. Locks are there by themselves: leave it out.";
            else if (Demand.ReadAmount(TaskValue.FromString(amount)) is not > 0) yield return $"Resources has '{amount}' of '{name}'. Write a number above 0, or bytes such as 8GB.";
        }
    }
}
