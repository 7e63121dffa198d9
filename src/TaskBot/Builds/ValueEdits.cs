using System.Collections.Immutable;
using TaskBot.Engine.Builds;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Builds;

/// <summary>A value that the strongest layer gives an attribute of a node.</summary>
sealed record ValueEdit(NodePath Node, string Attribute, TaskValue Value);

/// <summary>
/// Edits of values alone, which a flat compiled graph can take over without being composed again. What is not certain to come out as composing
/// would have it is none of these: composing then says so.
/// </summary>
static class ValueEdits
{
    /// <summary>The graph with the edits; null where it has to be composed.</summary>
    public static CompiledGraph? Apply(CompiledGraph graph, IEnumerable<ValueEdit> edits)
    {
        foreach (var edit in edits)
        {
            if (graph.IndexOf(edit.Node) is not { } index || !Fits(graph.TypeOf(index), edit)) return null;
            graph = graph.With(index, edit.Attribute, edit.Value);
        }

        return graph;
    }

    /// <summary>The edits that lead from one text of a layer to another; null where something else than values differs.</summary>
    public static ImmutableArray<ValueEdit>? Between(string name, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        if (LayerLines.Changes(before, after) is not { } changes) return null;
        var edits = ImmutableArray.CreateBuilder<ValueEdit>();
        foreach (var (was, now) in changes)
            if (!TryFind(TaskLayer.Parse(name, was), TaskLayer.Parse(name, now), edits)) return null;
        return edits.ToImmutable();
    }

    static bool TryFind(LayerParse before, LayerParse after, ImmutableArray<ValueEdit>.Builder edits)
    {
        if (!before.Problems.IsEmpty || !after.Problems.IsEmpty || before.Layer.DefaultPrim != after.Layer.DefaultPrim) return false;
        if (!before.Layer.SubLayers.Select(layer => layer.Asset).SequenceEqual(after.Layer.SubLayers.Select(layer => layer.Asset), StringComparer.Ordinal)) return false;
        var open = new Stack<(PrimSpec Was, PrimSpec Now)>([(before.Layer.Root, after.Layer.Root)]);
        while (open.TryPop(out var pair))
        {
            var (was, now) = pair;
            if (was.Path.Name != now.Path.Name || !IsPlain(was) || !IsPlain(now) || (was.Specifier, was.TypeName, was.Active) != (now.Specifier, now.TypeName, now.Active)) return false;
            if (was.Properties.Length != now.Properties.Length || was.Children.Length != now.Children.Length) return false;
            for (var i = 0; i < now.Properties.Length; i++)
            {
                var (old, property) = (was.Properties[i], now.Properties[i]);
                if (old.Name != property.Name || old.Kind != property.Kind || !Same(old.Targets, property.Targets)) return false;
                if (Equals(old.Value, property.Value)) continue;
                if (property is not { Kind: PropertyKind.Attribute, Targets: null, Value: not (null or TaskValue.Map or TaskValue.Null) } || old.Value is null) return false;
                edits.Add(new(now.Path.ToNodePath(), property.Name, property.Value));
            }

            for (var i = 0; i < now.Children.Length; i++) open.Push((was.Children[i], now.Children[i]));
        }

        return true;
    }

    /// <summary>Nothing but a type, properties and children.</summary>
    static bool IsPlain(PrimSpec spec) => spec is { ChildOrder.IsEmpty: true, PropertyOrder.IsEmpty: true } && spec.Arcs == ArcSpecs.None && spec.Metadata.Entries.IsEmpty;

    static bool Same(ListOp<AuthoredTarget>? one, ListOp<AuthoredTarget>? other) =>
        one is null || other is null ? one is null && other is null
            : one.Explicit.HasValue == other.Explicit.HasValue && (one.Explicit ?? []).AsSpan().SequenceEqual((other.Explicit ?? []).AsSpan())
                && Lists(one).Zip(Lists(other)).All(lists => lists.First.AsSpan().SequenceEqual(lists.Second.AsSpan()));

    static ImmutableArray<AuthoredTarget>[] Lists(ListOp<AuthoredTarget> op) => [op.Delete, op.Add, op.Prepend, op.Append, op.Reorder];

    /// <summary>True where composing would take the value as it is.</summary>
    static bool Fits(string type, ValueEdit edit) =>
        PureGraphBuild.Types.FirstOrDefault(known => known.Schema.Name == type)?.Schema.Attributes.FirstOrDefault(attribute => attribute.Name == edit.Attribute) is { AllowedValues.IsEmpty: true } schema
        && (schema.Kind, edit.Value) is (ValueKind.Any or ValueKind.Text, TaskValue.Text) or (ValueKind.Any or ValueKind.Integer, TaskValue.Integer)
            or (ValueKind.Any or ValueKind.Truth, TaskValue.Truth) or (ValueKind.Any or ValueKind.List, TaskValue.List);
}
