using System.Collections.Immutable;
using System.Runtime.InteropServices;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Composition;

/// <summary>
/// Prims to nodes: populates the task from its prim down, checks every node against its type, and every edge. Edges stay as they are
/// authored: that needing a branch waits for all of it, and that a branch's own needs hold for everything inside, is the engine's to expand;
/// here it is only followed to find cycles.
/// </summary>
sealed partial class GraphBuilder(Stage stage, NodeTypeCatalog types)
{
    /// <summary>Nodes of one graph: a few references to references can stand for billions.</summary>
    const int MaxNodes = 200_000;

    static readonly ImmutableSortedSet<string> NoNames = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    static readonly ImmutableSortedDictionary<string, TaskValue> NoAttributes = ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal);
    static readonly ImmutableSortedDictionary<string, ImmutableArray<OutputPath>> NoInputs = ImmutableSortedDictionary.Create<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);

    readonly List<Problem> problems = [];
    readonly Dictionary<NodePath, List<Problem>> nodeProblems = [];
    readonly Dictionary<NodePath, SourceLocation> inactive = [];
    readonly Dictionary<string, string> inputNames = new(StringComparer.Ordinal);
    readonly Dictionary<NodeTypeSchema, ImmutableArray<AttributeSchema>> attributesToAdd = new(ReferenceEqualityComparer.Instance);

    // Of the node that is being composed; used again for the next.
    readonly ImmutableSortedDictionary<string, TaskValue>.Builder attributes = ImmutableSortedDictionary.CreateBuilder<string, TaskValue>(StringComparer.Ordinal);
    readonly ImmutableSortedDictionary<string, ImmutableArray<OutputPath>>.Builder inputs = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);
    readonly List<PropertyOpinion> opinions = [];
    readonly List<CompositionError> errors = [];

    // Empty again when the graph is built.
    NodeTable nodes = new();
    bool hasPatterns;
    bool hasFedBranches;

    // Where problems go: to the node that is being composed, else to the graph as a whole.
    List<Problem> sink = [];

    public IEnumerable<Problem> Problems => problems.Concat(nodeProblems.Values.SelectMany(list => list));

    /// <summary>What was built; null where the task is not there.</summary>
    public TaskGraph? Graph { get; private set; }

    /// <summary>Composes anew the values of some nodes, of which nothing else changed; false where that is not enough.</summary>
    public bool Update(IReadOnlyCollection<SpecPath> prims)
    {
        if (Graph is not { } graph) return false;
        var changed = graph.Nodes;
        foreach (var path in prims)
        {
            var key = path.ToNodePath();
            if (!changed.TryGetValue(key, out var node)) continue;
            nodeProblems.Remove(key);
            var prim = stage.IndexOf(path);
            var (typeName, typeLocation) = TypeOf(prim);
            var updated = Node(prim, typeName ?? (node.Type.Length == 0 ? null : node.Type), typeLocation ?? node.Location);
            changed = changed.SetItem(key, updated with { Inputs = node.Inputs });
        }

        Graph = graph with { Nodes = changed };
        return true;
    }

    public TaskGraph? Build(NodePath task)
    {
        sink = problems;
        var prim = stage.IndexOf(SpecPath.From(task));
        AddErrors(stage.StackErrors);
        for (var above = prim.Path.Parent!; !above.IsRoot; above = above.Parent!) AddErrors(stage.IndexOf(above).Errors);
        if (!prim.HasOpinions)
        {
            AddErrors(prim.Errors);
            var parent = stage.IndexOf(prim.Path.Parent!);
            Report("missing-task", stage.RootStack.RootLayer.Locate(default), $"There is no task {task} in this layer.",
                Suggestion.Sentence(task.Name, [.. parent.ChildNames.Where(name => parent.Child(name).Specifier == Specifier.Def)]));
            return null;
        }

        Populate(prim);
        nodes.Sort();
        CheckEdges(task);
        FindCycles();
        if (hasFedBranches) PassOnBranchInputs();
        if (nodes.Has(task)) Graph = new(task, nodes.ToImmutable());
        nodes = new();
        return Graph;
    }

    void Populate(PrimIndex task)
    {
        var open = new Stack<(PrimIndex Prim, int Next)>();
        if (IsNode(task, task)) open.Push((task, 0));
        while (open.TryPop(out var at))
        {
            if (at.Next == 0)
            {
                if (nodes.Count == MaxNodes)
                {
                    Report("too-many-nodes", stage.RootStack.RootLayer.Locate(default), $"The task {task.Path} has more than {MaxNodes} nodes.", "Use fewer references to references.");
                    return;
                }

                // Plain leaves are indexed when it is their turn, so that many beside each other need no place.
                foreach (var name in at.Prim.ChildNames)
                    if (!at.Prim.HasPlainLeaf(name)) at.Prim.Child(name);
                AddNode(at.Prim);
            }

            if (at.Next == at.Prim.ChildNames.Length) continue;
            var child = at.Prim.Child(at.Prim.ChildNames[at.Next]);
            open.Push((at.Prim, at.Next + 1));
            if (IsNode(child, task)) open.Push((child, 0));
        }

        if (!nodes.Has(task.Path.ToNodePath()) && !task.IsActive)
            Report("inactive-task", ActiveLocation(task), $"The task {task.Path} is not active.", "Remove 'active: false'.");
    }

    bool IsNode(PrimIndex prim, PrimIndex task)
    {
        AddErrors(prim.Errors);
        if (!prim.HasOpinions) return false;
        if (!prim.IsActive)
        {
            inactive[prim.Path.ToNodePath()] = ActiveLocation(prim);
            return false;
        }

        var specifier = prim.Specifier;
        if (specifier == Specifier.Over) ReportUndefined(prim);
        return specifier == Specifier.Def || (specifier == Specifier.Class && prim == task);
    }

    void ReportUndefined(PrimIndex prim)
    {
        var (_, layer, spec) = prim.Opinions.First();
        var siblings = stage.IndexOf(prim.Path.Parent!);
        var options = siblings.ChildNames.Where(name => name != prim.Path.Name && siblings.Child(name).Specifier != Specifier.Over).ToList();
        var near = Suggestion.Sentence(prim.Path.Name, options);
        Report("over-without-def", layer.Locate(spec.At), $"'over' changes {prim.Path}, but nothing defines that node.",
            near is null ? "Write it under 'nodes:' if it is new." : $"{near} Write it under 'nodes:' if it is new.");
    }

    static SourceLocation ActiveLocation(PrimIndex prim)
    {
        var (_, layer, spec) = prim.Opinions.First(opinion => opinion.Spec.Active is not null);
        return layer.Locate(spec.ActiveAt);
    }

    void AddNode(PrimIndex prim)
    {
        var (typeName, typeLocation) = TypeOf(prim);
        // What has nodes inside can only be a branch.
        if (typeName is null && prim.ChildNames.Any(name => prim.Child(name) is { IsActive: true, Specifier: Specifier.Def })) typeName = TaskNode.GraphType;
        var node = Node(prim, typeName, typeLocation);
        nodes.Add(node);
        if (!node.IsBranch) return;
        hasPatterns |= node.IsPattern;
        hasFedBranches |= !node.Inputs.IsEmpty;
    }

    TaskNode Node(PrimIndex prim, string? typeName, SourceLocation? typeLocation)
    {
        var path = prim.Path.ToNodePath();
        var found = new List<Problem>();
        sink = found;
        var location = DefinitionOf(prim);
        var type = typeName is null ? null : types.Find(typeName);
        if (typeName is null)
        {
            Report("missing-type", location, $"The node {path} has no type.", $"Write 'type:' with one of: {string.Join(", ", types.All.Select(known => known.Name))}.");
        }
        else if (type is null)
        {
            Report("unknown-type", typeLocation!, $"There is no node type '{typeName}'.", Suggestion.Sentence(typeName, [.. types.All.Select(known => known.Name)]));
        }

        CheckSelections(prim);
        attributes.Clear();
        inputs.Clear();
        var untrusted = NoNames;
        ImmutableArray<NodePath> needs = [], onFailure = [], cleanup = [];
        var names = prim.PropertyNames();
        var outputs = Outputs(prim, path, names);
        foreach (var name in names)
        {
            if (OutputProperty.OutputOf(name) is not null) continue;
            if (InputOf(name) is { } input)
            {
                var sources = Targets(prim, name);
                if (sources.IsEmpty) continue;
                CheckInput(type, path, input, outputs, sources);
                var connected = new OutputPath[sources.Length];
                for (var i = 0; i < connected.Length; i++)
                    connected[i] = new(sources[i].Path.Prim.ToNodePath(), sources[i].Path.Property!);
                inputs[input] = ImmutableCollectionsMarshal.AsImmutableArray(connected);
            }
            else if (name == "needs") needs = Related(prim, name);
            else if (name == "onFailure") onFailure = Related(prim, name);
            else if (name == "finally") cleanup = Related(prim, name);
            else if (AddAttribute(prim, type, name, outputs)) untrusted = untrusted.Add(name);
        }

        if (type is not null) AddDefaults(path, type, location);
        var node = new TaskNode(
            path, type?.Name ?? typeName ?? "", attributes.Count == 0 ? NoAttributes : attributes.ToImmutable(), needs, inputs.Count == 0 ? NoInputs : inputs.ToImmutable(), untrusted, location);
        if (!onFailure.IsEmpty || !cleanup.IsEmpty || !outputs.IsEmpty) node = node with { OnFailure = onFailure, Finally = cleanup, Outputs = outputs };
        CheckControl(prim, node);
        if (found.Count > 0) nodeProblems[path] = found;
        sink = problems;
        return node;
    }

    /// <summary>Where the strongest definition is written.</summary>
    static SourceLocation DefinitionOf(PrimIndex prim)
    {
        foreach (var (_, layer, spec) in prim.Opinions)
            if (spec.Specifier != Specifier.Over) return layer.Locate(spec.At);
        throw new InvalidOperationException($"Nothing defines {prim.Path}.");
    }

    /// <summary>The input's own name, one text for all nodes; null where the property is no input.</summary>
    string? InputOf(string property)
    {
        if (inputNames.TryGetValue(property, out var known)) return known;
        if (InputProperty.InputOf(property) is not { } input) return null;
        return inputNames[property] = input;
    }

    ImmutableArray<NodePath> Related(PrimIndex prim, string property)
    {
        var targets = Targets(prim, property);
        return targets.IsEmpty ? [] : [.. targets.Select(target => target.Path.Prim.ToNodePath())];
    }

    static (string? Name, SourceLocation? Location) TypeOf(PrimIndex prim)
    {
        foreach (var (_, layer, spec) in prim.Opinions)
            if (spec.TypeName is { } type) return (type, layer.Locate(spec.TypeAt));
        return (null, null);
    }

    /// <summary>True where the value is not to be trusted.</summary>
    bool AddAttribute(PrimIndex prim, NodeTypeSchema? type, string name, ImmutableSortedDictionary<string, OutputPath> outputs)
    {
        opinions.Clear();
        foreach (var (site, layer, spec) in prim.Opinions)
            if (spec.FindProperty(name) is { Value: not null } property) opinions.Add(new(site, layer, spec, property));
        if (opinions.Count == 0) return false;
        var schema = type is null ? null : FindAttribute(type, name);
        if (type is not null && schema is null && !outputs.ContainsKey(name))
        {
            foreach (var opinion in opinions)
                Report("unknown-attribute", opinion.Layer.Locate(opinion.Property.At), $"A node of type '{type.Name}' has no attribute '{name}'.",
                    FindAttribute(NodeTypeSchema.Graph, name) is not null ? "Only a branch has it."
                        : Suggestion.Sentence(name, [.. AttributesOf(type).Select(known => known.Name), .. Layers.Yaml.YamlLayerReader.BodyKeys]));
            return false;
        }

        var winner = opinions[0];
        var value = opinions.Count == 1 ? winner.Property.Value : PrimIndex.Compose(opinions.Select(opinion => opinion.Property.Value));
        if (value is null or TaskValue.Null) return false;
        if (schema is not null) CheckValue(schema, value, winner);
        attributes[name] = value;
        if (value is not TaskValue.Map) return !winner.Layer.IsTrusted;
        foreach (var opinion in opinions)
        {
            if (opinion.Property.Value is not TaskValue.Map) break;
            if (!opinion.Layer.IsTrusted) return true;
        }

        return false;
    }

    void CheckValue(AttributeSchema schema, TaskValue value, PropertyOpinion winner)
    {
        if (!Fits(schema.Kind, value))
        {
            Report("wrong-kind", LocationOf(winner), $"'{schema.Name}' is {Describe(schema.Kind)}, and here stands {Describe(value)}.", $"{schema.Summary}");
        }
        else if (!schema.AllowedValues.IsEmpty && !schema.AllowedValues.Contains(value))
        {
            Report("not-allowed", LocationOf(winner), $"'{schema.Name}' cannot be '{value}'.", Suggestion.Sentence(value.ToString(), [.. schema.AllowedValues.Select(allowed => allowed.ToString())]));
        }

        static SourceLocation LocationOf(PropertyOpinion opinion) => opinion.Layer.Locate(opinion.Property.ValueAt);
    }

    void AddDefaults(NodePath path, NodeTypeSchema type, SourceLocation location)
    {
        if (!attributesToAdd.TryGetValue(type, out var wanted))
            attributesToAdd[type] = wanted = [.. AttributesOf(type).Where(attribute => attribute.Default is not null || attribute.Required)];
        foreach (var attribute in wanted)
        {
            if (attributes.ContainsKey(attribute.Name)) continue;
            if (attribute.Default is { } value) attributes[attribute.Name] = value;
            else
                Report("missing-attribute", location, $"The node {path} of type '{type.Name}' needs '{attribute.Name}'.", $"Write '{attribute.Name}:'. {attribute.Summary}");
        }

        foreach (var input in type.Inputs)
        {
            if (input.Required && !inputs.ContainsKey(input.Name))
                Report("missing-input", location, $"The node {path} of type '{type.Name}' needs its input '{input.Name}' connected.",
                    $"Write 'inputs: {{{input.Name}: {{from: node.output}}}}'. {input.Summary}");
        }
    }

    void CheckInput(
        NodeTypeSchema? type, NodePath path, string input, ImmutableSortedDictionary<string, OutputPath> outputs, ImmutableArray<PrimIndex.ComposedTarget> sources)
    {
        if (type is null || input == ControlWords.When) return;
        if (HasInput(type, input) || (type.Name == TaskNode.GraphType && outputs.ContainsKey(input))) return;
        IEnumerable<string> known = type.Name == TaskNode.GraphType ? type.Attributes.Select(attribute => attribute.Name).Concat(outputs.Keys) : type.Inputs.Select(port => port.Name);
        var (_, layer, _, property) = sources[0].Opinion;
        Report("unknown-input", layer.Locate(property.At), $"The node {path} of type '{type.Name}' has no input '{input}'.", Suggestion.Sentence(input, [.. known]));
    }

    static bool HasInput(NodeTypeSchema type, string name)
    {
        if (type.Name == TaskNode.GraphType)
        {
            foreach (var attribute in type.Attributes)
                if (attribute.Name == name) return true;
            return false;
        }

        foreach (var port in type.Inputs)
            if (port.Name == name) return true;
        return false;
    }

    // Rule R12 is silent about names that are not there; a person who wrote one is told.
    void CheckSelections(PrimIndex prim)
    {
        Dictionary<string, SortedSet<string>>? sets = null;
        foreach (var (_, layer, spec) in prim.Opinions)
        {
            foreach (var selection in spec.Arcs.Selections)
            {
                sets ??= VariantOptions(prim);
                // What is left to whoever runs the task names no variant.
                if (selection.Variant == VariantSelection.Auto && (sets.ContainsKey(selection.Set) || VariantSelection.IsRunners(selection.Set))) continue;
                if (!sets.TryGetValue(selection.Set, out var options))
                {
                    Report("unknown-variant-set", layer.Locate(selection.At), $"The node {prim.Path} has no variant set '{selection.Set}'.",
                        sets.Count == 0 ? "It has no variants at all." : Suggestion.Sentence(selection.Set, sets.Keys));
                }
                else if (selection.Variant.Length > 0 && !options.Contains(selection.Variant))
                {
                    Report("unknown-variant", layer.Locate(selection.At), $"The variant set '{selection.Set}' of {prim.Path} has no '{selection.Variant}'.",
                        Suggestion.Sentence(selection.Variant, options));
                }
            }
        }
    }

    static Dictionary<string, SortedSet<string>> VariantOptions(PrimIndex prim)
    {
        var sets = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var (_, _, spec) in prim.Opinions)
        {
            foreach (var set in spec.Arcs.VariantSets)
            {
                if (!sets.TryGetValue(set.Name, out var options)) sets[set.Name] = options = new(StringComparer.Ordinal);
                foreach (var variant in set.Variants) options.Add(variant.Path.Name);
            }
        }

        return sets;
    }

    ImmutableArray<PrimIndex.ComposedTarget> Targets(PrimIndex prim, string property)
    {
        errors.Clear();
        var targets = prim.TargetsOf(property, errors);
        AddErrors(errors);
        return targets;
    }

    internal static IEnumerable<AttributeSchema> AttributesOf(NodeTypeSchema type) => type.Attributes.Concat(NodeTypeSchema.Common);

    internal static AttributeSchema? FindAttribute(NodeTypeSchema type, string name)
    {
        foreach (var attribute in type.Attributes)
            if (attribute.Name == name) return attribute;
        foreach (var attribute in NodeTypeSchema.Common)
            if (attribute.Name == name) return attribute;
        return null;
    }

    static bool Fits(ValueKind kind, TaskValue value) => kind switch
    {
        ValueKind.Any => true,
        ValueKind.Text or ValueKind.Tree => value is TaskValue.Text,
        ValueKind.Integer => value is TaskValue.Integer,
        ValueKind.Number => value is TaskValue.Integer or TaskValue.Real,
        ValueKind.Truth => value is TaskValue.Truth,
        ValueKind.List => value is TaskValue.List,
        ValueKind.Duration => Durations.TryRead(value, out _),
        _ => value is TaskValue.Map,
    };

    static string Describe(ValueKind kind) => kind switch
    {
        ValueKind.Any => "any value",
        ValueKind.Text => "a text",
        ValueKind.Integer => "a whole number",
        ValueKind.Number => "a number",
        ValueKind.Truth => "true or false",
        ValueKind.List => "a list",
        ValueKind.Map => "a mapping",
        ValueKind.Duration => "a time such as 30m, 1h30m or 7d, or a number of minutes",
        _ => "a git tree id",
    };

    static string Describe(TaskValue value) => value switch
    {
        TaskValue.Text => "a text",
        TaskValue.Integer or TaskValue.Real => $"the number {value}",
        TaskValue.Truth => value.ToString(),
        TaskValue.List => "a list",
        TaskValue.Map => "a mapping",
        _ => "nothing",
    };

    void AddErrors(IEnumerable<CompositionError> errors)
    {
        foreach (var error in errors) sink.Add(new(KindWord(error.Kind), error.Location, error.Message, error.Fix));
    }

    static string KindWord(CompositionErrorKind kind) => kind switch
    {
        CompositionErrorKind.SublayerCycle => "layer-cycle",
        CompositionErrorKind.InvalidSublayerPath => "missing-layer",
        CompositionErrorKind.InvalidAssetPath => "missing-reference",
        CompositionErrorKind.UnresolvedPrimPath => "missing-reference",
        CompositionErrorKind.InvalidPrimPath => "bad-path",
        CompositionErrorKind.InvalidReferenceOffset or CompositionErrorKind.InvalidSublayerOffset => "bad-offset",
        CompositionErrorKind.ArcCycle => "arc-cycle",
        CompositionErrorKind.InvalidExternalTargetPath => "target-outside-reference",
        CompositionErrorKind.InvalidInstanceTargetPath => "target-is-instance",
        _ => "too-many-arcs",
    };

    void Report(string kind, SourceLocation location, string message, string? fix = null) => sink.Add(new(kind, location, message, fix));
}
