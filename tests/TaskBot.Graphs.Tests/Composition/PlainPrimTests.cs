using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Writing;

namespace TaskBot.Graphs.Tests.Composition;

/// <summary>Prims of one layer and without arcs are composed on a short way; it must lead where the long one does.</summary>
public class PlainPrimTests
{
    const string Weak = "weak";

    [Fact]
    public void A_layer_composes_to_the_same_as_above_one_that_says_nothing() =>
        Prop.ForAll(RandomLayers.Texts(), text =>
        {
            var layer = TaskLayer.Parse("layer", text).Layer;

            // Every prim has two specs, each with arcs to look at: none is plain.
            var over = new TaskLayer("layer", Searched(layer.Root, isEmpty: false)) { DefaultPrim = layer.DefaultPrim, DefaultPrimAt = layer.DefaultPrimAt, SubLayers = [new(Weak), .. layer.SubLayers] };
            var weak = new TaskLayer(Weak, Searched(layer.Root, isEmpty: true));

            Seen(Compose(layer)).ShouldBe(Seen(Compose(over, weak)), text);
        }).Check(RandomLayers.Many);

    static TaskBot.Graphs.Composition.Composition Compose(TaskLayer layer, params TaskLayer[] others)
    {
        var resolver = new MemoryLayerResolver().Add(Example.Acme, Example.FixBug);
        foreach (var other in others) resolver.Add(other);
        return new TaskComposer(resolver, Example.Types).Compose(layer);
    }

    static string Seen(TaskBot.Graphs.Composition.Composition composition) =>
        string.Join('\n', composition.Problems.Select(problem => $"{problem.Kind} {problem}"))
        + (composition.Unchecked is { } graph ? GraphWriter.Write(graph, GraphFormat.Json) + string.Join('\n', graph.Nodes.Values.Select(node => node.Location)) : "");

    static PrimSpec Searched(PrimSpec spec, bool isEmpty)
    {
        ImmutableArray<PrimSpec> children = [.. spec.Children.Select(child => Searched(child, isEmpty))];
        return isEmpty
            ? new(spec.Path, Specifier.Over) { Children = children, Arcs = new() }
            : new(spec.Path, spec.Specifier)
            {
                TypeName = spec.TypeName,
                Active = spec.Active,
                Arcs = spec.Arcs with { },
                Properties = spec.Properties,
                Children = children,
                At = spec.At,
                TypeAt = spec.TypeAt,
                ActiveAt = spec.ActiveAt,
            };
    }
}
