using System.Collections.Frozen;

namespace TaskBot.Graphs.Nodes;

/// <summary>The node types that are known, by name; <c>graph</c> is always among them.</summary>
public sealed class NodeTypeCatalog
{
    readonly FrozenDictionary<string, NodeTypeSchema> byName;

    /// <exception cref="ArgumentException">Two types have one name.</exception>
    public NodeTypeCatalog(params IEnumerable<NodeTypeSchema> types) =>
        byName = types.Append(NodeTypeSchema.Graph).ToDictionary(type => type.Name, StringComparer.Ordinal).ToFrozenDictionary(StringComparer.Ordinal);

    public IEnumerable<NodeTypeSchema> All => byName.Values.OrderBy(type => type.Name, StringComparer.Ordinal);

    public NodeTypeSchema? Find(string name) => byName.GetValueOrDefault(name);
}
