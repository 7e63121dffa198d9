using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Scheduling;

/// <summary>How long a node is expected to take: the median of what it took before, else of what nodes of its type took, else a second.</summary>
sealed class DurationEstimates
{
    static readonly TimeSpan Unknown = TimeSpan.FromSeconds(1);

    public static readonly DurationEstimates None = new([]);

    readonly Dictionary<(NodePath Node, string Type), TimeSpan> byNode;
    readonly Dictionary<string, TimeSpan> byType;

    public DurationEstimates(IReadOnlyList<NodeDuration> durations)
    {
        byNode = durations.GroupBy(duration => (duration.Node, duration.Type)).ToDictionary(node => node.Key, Median);
        byType = durations.GroupBy(duration => duration.Type, StringComparer.Ordinal).ToDictionary(type => type.Key, Median, StringComparer.Ordinal);
    }

    public TimeSpan Of(TaskNode node)
    {
        if (byType.Count == 0) return Unknown;
        return byNode.TryGetValue((node.Path, node.Type), out var own) ? own : byType.GetValueOrDefault(node.Type, Unknown);
    }

    static TimeSpan Median(IEnumerable<NodeDuration> durations)
    {
        var sorted = durations.Select(duration => duration.Elapsed).Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
