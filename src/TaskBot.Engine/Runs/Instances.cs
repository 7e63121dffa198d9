using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>One instance of what is inside a pattern.</summary>
/// <param name="Name">The name of the branch that holds it: made from the item's value, or <c>iter-1</c> and so on.</param>
/// <param name="Item">The item; null for an iteration.</param>
readonly record struct Instance(string Name, NodeValue? Item);

/// <summary>What a run made of a pattern: an instance for each item, in their order and equal ones twice; or the iterations so far.</summary>
sealed class Instances(ImmutableArray<Instance> inOrder)
{
    public const int LongestName = 40;

    public static readonly Instances None = new([]);

    public ImmutableArray<Instance> InOrder => inOrder;

    public IEnumerable<Instance> Distinct => inOrder.DistinctBy(instance => instance.Name);

    public static Instances OfLoop(int count) => new([.. Enumerable.Range(1, count).Select(number => new Instance(NameOf(number), Item: null))]);

    public static string NameOf(int iteration) => $"iter-{iteration}";

    /// <summary>
    /// Named after the items' values and not their positions, so that one that is inserted changes nothing for the others: a text that is a
    /// name, or the text <c>name</c> of a mapping, else a digest.
    /// </summary>
    /// <param name="mistake">That two items have one name and differ; null where all is well.</param>
    public static Instances Of(IEnumerable<NodeValue> items, out string? mistake)
    {
        mistake = null;
        var named = new Dictionary<string, NodeValue>(StringComparer.Ordinal);
        var instances = ImmutableArray.CreateBuilder<Instance>();
        foreach (var item in items)
        {
            var name = NameOf(item);
            if (!named.TryAdd(name, item) && named[name].Digest != item.Digest) mistake ??= $"Two of its items are named '{name}' and are not the same.";
            instances.Add(new(name, item));
        }

        return new(instances.ToImmutable());
    }

    public bool IsSameAs(Instances other) =>
        inOrder.Length == other.InOrder.Length
        && inOrder.Zip(other.InOrder).All(pair => pair.First.Name == pair.Second.Name && pair.First.Item?.Digest == pair.Second.Item?.Digest);

    static string NameOf(NodeValue item)
    {
        var name = item.Content.AsText() ?? (item.Content as Graphs.Values.TaskValue.Map)?.Entries.GetValueOrDefault("name")?.AsText();
        return name is { Length: <= LongestName } && NodePath.IsName(name) ? name : $"item-{new NodeValue(item.Content, Trust.Trusted).Digest[..12]}";
    }
}
