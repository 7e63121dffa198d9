using System.Collections.Immutable;
using System.Globalization;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Benchmarks.Engine;

/// <summary>How the nodes of a measured graph hang together.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Sources">The nodes that a node takes its inputs from, by number; always smaller ones.</param>
sealed record GraphShape(string Name, Func<int, int[]> Sources)
{
    const int LayerWidth = 100;

    static readonly NodePath Root = NodePath.Parse("/build");

    /// <summary>No node takes anything.</summary>
    public static GraphShape Wide { get; } = new("wide", _ => []);

    /// <summary>Each node takes what the one before gives.</summary>
    public static GraphShape Chain { get; } = new("chain", node => node == 0 ? [] : [node - 1]);

    /// <summary>Layers of 100 nodes, each of which takes what three of the layer before give.</summary>
    public static GraphShape Diamond { get; } = new("diamond", node => node < LayerWidth ? [] :
        [.. Enumerable.Range(0, 3).Select(k => (((node / LayerWidth) - 1) * LayerWidth) + ((node + k) % LayerWidth))]);

    /// <summary>A node as <c>graph import-ninja</c> names it.</summary>
    public static NodePath PathOf(int node) => Root.Child(string.Create(CultureInfo.InvariantCulture, $"n{node}"));

    public CompiledGraph Compile(int nodes)
    {
        var noInputs = ImmutableSortedDictionary.Create<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);
        var noAttributes = ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal);
        var builder = new CompiledGraph.Builder(Root);
        builder.Add(new(Root, TaskNode.GraphType, noAttributes, [], noInputs, [], new("benchmark", 0, 0)));
        for (var i = 0; i < nodes; i++)
        {
            var sources = Sources(i);
            var inputs = sources.Length == 0 ? noInputs : noInputs.Add("in", [.. sources.Select(source => new OutputPath(PathOf(source), "value"))]);
            builder.Add(new(PathOf(i), NoopNode.TypeName, noAttributes.Add("value", $"make {PathOf(i).Name}"), [], inputs, [], new("benchmark", 0, 0)));
        }

        return builder.ToGraph();
    }
}
