using System.Collections.Immutable;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Graphs.Composition;

/// <summary>The nodes of a graph that is being built: by number, and each number by its path.</summary>
sealed class NodeTable
{
    readonly List<TaskNode> nodes = [];
    readonly Dictionary<NodePath, int> places = [];

    public int Count => nodes.Count;

    /// <summary>In the order of the numbers.</summary>
    public IEnumerable<NodePath> Paths => nodes.Select(node => node.Path);

    public TaskNode this[int place]
    {
        get => nodes[place];
        set => nodes[place] = value;
    }

    public TaskNode this[NodePath path] => nodes[places[path]];

    public int PlaceOf(NodePath path) => places[path];

    public bool Has(NodePath path) => places.ContainsKey(path);

    public int? FindPlace(NodePath path) => places.TryGetValue(path, out var place) ? place : null;

    public TaskNode? Find(NodePath path) => places.TryGetValue(path, out var place) ? nodes[place] : null;

    public void Add(TaskNode node)
    {
        places.Add(node.Path, nodes.Count);
        nodes.Add(node);
    }

    /// <summary>Numbers the nodes in the order of their paths.</summary>
    public void Sort()
    {
        nodes.Sort((left, right) => left.Path.CompareTo(right.Path));
        for (var i = 0; i < nodes.Count; i++) places[nodes[i].Path] = i;
    }

    public ImmutableSortedDictionary<NodePath, TaskNode> ToImmutable() =>
        ImmutableSortedDictionary.CreateRange(nodes.Select(node => KeyValuePair.Create(node.Path, node)));
}
