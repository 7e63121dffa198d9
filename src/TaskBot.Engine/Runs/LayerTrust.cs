using TaskBot.Engine.Nodes;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Runs;

/// <summary>
/// Carries trust over from a layer that a node wrote to the attributes that it changed: an opinion made from untrusted data is
/// untrusted, whoever composes it.
/// </summary>
static class LayerTrust
{
    /// <summary>
    /// Marks attributes of <paramref name="composed"/> as untrusted: those that differ from <paramref name="before"/> where the layer
    /// between the two is untrusted, and those that are as they were and were marked then. A type's own default says nothing, so it is
    /// never marked for being new.
    /// </summary>
    public static TaskGraph Mark(TaskGraph before, TaskGraph composed, Trust layer, IReadOnlyDictionary<string, INodeType> types)
    {
        var nodes = composed.Nodes.ToBuilder();
        foreach (var (path, node) in composed.Nodes)
        {
            var old = before.Nodes.GetValueOrDefault(path);
            if (ReferenceEquals(old, node) || (layer == Trust.Trusted && old is not { UntrustedAttributes.IsEmpty: false })) continue;
            var schema = types.TryGetValue(node.Type, out var type) ? type.Schema : NodeTypeSchema.Graph;
            var untrusted = node.UntrustedAttributes.Union(node.Attributes
                .Where(attribute => old is not null && old.Attributes.TryGetValue(attribute.Key, out var value) && value.Equals(attribute.Value)
                    ? old.UntrustedAttributes.Contains(attribute.Key)
                    : layer == Trust.Untrusted && !attribute.Value.Equals(DefaultOf(schema, attribute.Key)))
                .Select(attribute => attribute.Key));
            if (untrusted.Count > node.UntrustedAttributes.Count) nodes[path] = node with { UntrustedAttributes = untrusted };
        }

        return composed with { Nodes = nodes.ToImmutable() };
    }

    static TaskValue? DefaultOf(NodeTypeSchema schema, string attribute) =>
        schema.Attributes.Concat(NodeTypeSchema.Common).FirstOrDefault(declared => declared.Name == attribute)?.Default;
}
