using System.Collections.Immutable;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>How a node ended, and under which key: what holds for it for as long as that key stays the same.</summary>
/// <param name="Key">Null where the node never came to have one, as it was skipped, denied or cancelled before.</param>
/// <param name="Why">See <see cref="NodeReport.Why"/>.</param>
sealed record NodeEnding(NodeState State, NodeKey? Key, string Why)
{
    public static readonly ImmutableSortedDictionary<string, NodeValue> NoOutputs =
        ImmutableSortedDictionary.Create<string, NodeValue>(StringComparer.Ordinal);

    public bool Cached { get; init; }

    public ImmutableSortedDictionary<string, NodeValue> Outputs { get; init; } = NoOutputs;

    public NodeResult? Result { get; init; }

    public TimeSpan Elapsed { get; init; }

    /// <summary>True where nodes that need this one may start: it did its work, or had none to do.</summary>
    public bool IsGood => State == NodeState.Succeeded || (State == NodeState.Skipped && Result is NodeResult.Skipped);

    /// <summary>True where whoever depends on the node can see no difference.</summary>
    public bool LooksLike(NodeEnding? other) =>
        other is not null && State == other.State && IsGood == other.IsGood
        && Outputs.Count == other.Outputs.Count
        && Outputs.All(output => other.Outputs.TryGetValue(output.Key, out var value) && value.Sha256 == output.Value.Sha256);
}
