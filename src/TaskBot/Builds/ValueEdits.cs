using System.Collections.Immutable;
using TaskBot.Bot.Nodes;
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
        CompiledGraph? edited = graph;
        foreach (var edit in edits)
        {
            if (edited.TypeOf(edit.Node) is not { } type || !Fits(type, edit)) return null;
            edited = edited.With(edit.Node, edit.Attribute, edit.Value);
            if (edited is null) return null;
        }

        return edited;
    }

    /// <summary>The edits that lead from one text of a layer to another; null where something else than values differs.</summary>
    public static ImmutableArray<ValueEdit>? Between(string name, string before, string after)
    {
        var (old, now) = (TaskLayer.Parse(name, before), TaskLayer.Parse(name, after));
        if (!old.Problems.IsEmpty || !now.Problems.IsEmpty || old.Layer.DefaultPrim != now.Layer.DefaultPrim) return null;
        if (!old.Layer.SubLayers.Select(layer => layer.Asset).SequenceEqual(now.Layer.SubLayers.Select(layer => layer.Asset), StringComparer.Ordinal)) return null;
        var edits = ImmutableArray.CreateBuilder<ValueEdit>();
        var open = new Stack<(PrimSpec Old, PrimSpec Now)>([(old.Layer.Root, now.Layer.Root)]);
        while (open.TryPop(out var pair))
        {
            if (!IsPlainOver(pair.Old) || !IsPlainOver(pair.Now) || pair.Old.Properties.Length != pair.Now.Properties.Length || pair.Old.Children.Length != pair.Now.Children.Length) return null;
            for (var i = 0; i < pair.Now.Properties.Length; i++)
            {
                var (was, value) = (pair.Old.Properties[i], pair.Now.Properties[i]);
                if (was.Name != value.Name || was.Value is null || value.Value is null) return null;
                if (!was.Value.Equals(value.Value)) edits.Add(new(pair.Now.Path.ToNodePath(), value.Name, value.Value));
            }

            for (var i = 0; i < pair.Now.Children.Length; i++)
            {
                if (pair.Old.Children[i].Path.Name != pair.Now.Children[i].Path.Name) return null;
                open.Push((pair.Old.Children[i], pair.Now.Children[i]));
            }
        }

        return edits.ToImmutable();
    }

    /// <summary>Nothing but values about what is defined elsewhere.</summary>
    static bool IsPlainOver(PrimSpec spec) =>
        spec is { Specifier: Specifier.Over, TypeName: null, Active: null, ChildOrder.IsEmpty: true, PropertyOrder.IsEmpty: true } && spec.Metadata.Entries.IsEmpty
        && spec.Properties.All(property => property is { Kind: PropertyKind.Attribute, Targets: null, Value: not (TaskValue.Map or TaskValue.Null) });

    /// <summary>True where composing would take the value as it is.</summary>
    static bool Fits(string type, ValueEdit edit) =>
        NodeTypes.Schemas.Find(type)?.Attributes.FirstOrDefault(attribute => attribute.Name == edit.Attribute) is { AllowedValues.IsEmpty: true } schema
        && (schema.Kind, edit.Value) is (ValueKind.Any or ValueKind.Text, TaskValue.Text) or (ValueKind.Any or ValueKind.Integer, TaskValue.Integer)
            or (ValueKind.Any or ValueKind.Truth, TaskValue.Truth) or (ValueKind.Any or ValueKind.List, TaskValue.List);
}
