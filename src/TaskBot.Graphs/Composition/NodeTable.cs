using System.Collections.Immutable;
using System.Runtime.InteropServices;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Graphs.Composition;

/// <summary>The nodes of a graph that is being built: by number, and each number by its path.</summary>
sealed class NodeTable
{
    readonly List<TaskNode> nodes = [];
    readonly Dictionary<NodePath, int> places = [];
    int[] added = [];

    public int Count => nodes.Count;

    public TaskNode this[int place]
    {
        get => nodes[place];
        set => nodes[place] = value;
    }

    public TaskNode this[NodePath path] => nodes[places[path]];

    /// <summary>In the order of their numbers.</summary>
    public IEnumerable<TaskNode> All => nodes;

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
        added = new int[nodes.Count];
        for (var i = 0; i < nodes.Count; i++)
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrNullRef(places, nodes[i].Path);
            added[place] = i;
            place = i;
        }
    }

    /// <summary>In the order in which they were added, once they are sorted.</summary>
    public IEnumerable<TaskNode> AsAdded() => added.Select(place => nodes[place]);

    public ImmutableSortedDictionary<NodePath, TaskNode> ToImmutable()
    {
        var sorted = ImmutableSortedDictionary.CreateBuilder<NodePath, TaskNode>();
        foreach (var node in nodes) sorted.Add(node.Path, node);
        return sorted.ToImmutable();
    }
}
