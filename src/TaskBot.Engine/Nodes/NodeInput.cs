using System.Collections.Immutable;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Nodes;

/// <summary>What one input of a node was given.</summary>
/// <param name="Name">The input.</param>
/// <param name="Values">In the order of its connections.</param>
/// <param name="IsList">True where it has several connections, so that the node sees a list.</param>
readonly record struct NodeInput(string Name, ImmutableArray<NodeValue> Values, bool IsList)
{
    public Trust Trust => TrustOf(Values.AsSpan());

    /// <summary>Untrusted where any value is.</summary>
    public static Trust TrustOf(ReadOnlySpan<NodeValue> values)
    {
        foreach (var value in values)
            if (value.Trust == Trust.Untrusted) return Trust.Untrusted;
        return Trust.Trusted;
    }

    public NodeValue ToValue()
    {
        if (!IsList) return Values[0];
        var contents = ImmutableArray.CreateBuilder<TaskValue>(Values.Length);
        foreach (var value in Values) contents.Add(value.Content);
        return new(new TaskValue.List(contents.MoveToImmutable()), Trust);
    }
}
