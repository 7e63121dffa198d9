using System.Collections.Immutable;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Nodes;

/// <summary>One node of a composed graph: a leaf that does work, or a branch (type <c>graph</c>) made of the nodes below its path.</summary>
/// <param name="Path">Where it stands.</param>
/// <param name="Type">Its node type, such as <c>llm.edit</c>; <c>graph</c> for a branch.</param>
/// <param name="Attributes">Composed attribute values, without those that are blocked. Defaults of the node type are filled in.</param>
/// <param name="Needs">Nodes that must have ended well before this one starts; needing a branch means all of it.</param>
/// <param name="Inputs">What each input is connected to, in order.</param>
/// <param name="UntrustedAttributes">Names of the attributes whose winning opinion stands in an untrusted layer.</param>
/// <param name="Location">Where its strongest definition is written.</param>
public sealed record TaskNode(
    NodePath Path,
    string Type,
    ImmutableSortedDictionary<string, TaskValue> Attributes,
    ImmutableArray<NodePath> Needs,
    ImmutableSortedDictionary<string, ImmutableArray<OutputPath>> Inputs,
    ImmutableSortedSet<string> UntrustedAttributes,
    SourceLocation Location)
{
    public const string GraphType = "graph";

    static readonly ImmutableSortedDictionary<string, OutputPath> NoOutputs = ImmutableSortedDictionary.Create<string, OutputPath>(StringComparer.Ordinal);

    /// <summary>Nodes that run only when this one failed.</summary>
    public ImmutableArray<NodePath> OnFailure { get; init; } = [];

    /// <summary>Of a branch: nodes right inside that run when everything else inside has ended, however it ended.</summary>
    public ImmutableArray<NodePath> Finally { get; init; } = [];

    /// <summary>Of a branch: what it gives, by name, and which node inside gives it. The name <c>until</c> makes the branch a loop.</summary>
    public ImmutableSortedDictionary<string, OutputPath> Outputs { get; init; } = NoOutputs;

    public bool IsBranch => Type == GraphType;

    /// <summary>True for a branch that runs once for each item of a list.</summary>
    public bool IsMap => IsBranch && (Inputs.ContainsKey(ControlWords.Each) || Attributes.ContainsKey(ControlWords.Each));

    /// <summary>True for a branch that is repeated until one of its outputs is true.</summary>
    public bool IsLoop => IsBranch && Outputs.ContainsKey(ControlWords.Until);

    /// <summary>True for a branch of which what is inside is only a pattern, that a run makes instances of.</summary>
    public bool IsPattern => IsLoop || IsMap;
}

/// <summary>
/// A property of a node that an input can be connected to: an output of a leaf, or an attribute of a branch (the branch's own interface),
/// written <c>/fix-bug/implement.tree</c> or <c>/fix-bug.description</c>; or, of a branch seen from outside, one of its own outputs.
/// Every node also has <see cref="ControlWords.Outcome"/>.
/// </summary>
public readonly record struct OutputPath(NodePath Node, string Name)
{
    public override string ToString() => $"{Node}.{Name}";
}
