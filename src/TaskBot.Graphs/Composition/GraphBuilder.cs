using System.Collections.Immutable;
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

    readonly List<Problem> problems = [];
    readonly Dictionary<NodePath, List<Problem>> nodeProblems = [];
    readonly ImmutableSortedDictionary<NodePath, TaskNode>.Builder nodes = ImmutableSortedDictionary.CreateBuilder<NodePath, TaskNode>();
    readonly List<Edge> edges = [];
    readonly Dictionary<NodePath, SourceLocation> inactive = [];

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
        var count = edges.Count;
        foreach (var path in prims)
        {
            var key = path.ToNodePath();
            if (!nodes.TryGetValue(key, out var node)) continue;
            nodeProblems.Remove(key);
            var prim = stage.IndexOf(path);
            var (typeName, typeLocation) = TypeOf(prim, []);
            var updated = Node(prim, typeName ?? (node.Type.Length == 0 ? null : node.Type), typeLocation ?? node.Location);
            nodes[key] = updated = updated with { Inputs = node.Inputs };
            changed = changed.SetItem(key, updated);
        }

        // The same edges were met again.
        edges.RemoveRange(count, edges.Count - count);

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
        CheckEdges(task);
        PassOnBranchInputs();
        new EdgeCycles(nodes, edges, problems).Find();
        return Graph = nodes.ContainsKey(task) ? new(task, nodes.ToImmutable()) : null;
    }

    void Populate(PrimIndex task)
    {
        var open = new Stack<PrimIndex>([task]);
        while (open.TryPop(out var prim))
        {
            AddErrors(prim.Errors);
            if (!prim.HasOpinions) continue;
            if (!prim.IsActive)
            {
                inactive[prim.Path.ToNodePath()] = ActiveLocation(prim);
                continue;
            }

            var specifier = prim.Specifier;
            if (specifier == Specifier.Class && prim != task) continue;
            if (specifier == Specifier.Over)
            {
                ReportUndefined(prim);
                continue;
            }

            if (nodes.Count == MaxNodes)
            {
                Report("too-many-nodes", stage.RootStack.RootLayer.Locate(default), $"The task {task.Path} has more than {MaxNodes} nodes.", "Use fewer references to references.");
                return;
            }

            var children = prim.ChildNames.Select(prim.Child).ToList();
            AddNode(prim, children);
            for (var i = children.Count - 1; i >= 0; i--) open.Push(children[i]);
        }

        if (!nodes.ContainsKey(task.Path.ToNodePath()) && !task.IsActive)
            Report("inactive-task", ActiveLocation(task), $"The task {task.Path} is not active.", "Remove 'active: false'.");
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

    void AddNode(PrimIndex prim, List<PrimIndex> children)
    {
        var (typeName, typeLocation) = TypeOf(prim, children);
        nodes[prim.Path.ToNodePath()] = Node(prim, typeName, typeLocation);
    }

    TaskNode Node(PrimIndex prim, string? typeName, SourceLocation? typeLocation)
    {
        var path = prim.Path.ToNodePath();
        var found = new List<Problem>();
        sink = found;
        var definition = prim.Opinions.First(opinion => opinion.Spec.Specifier != Specifier.Over);
        var location = definition.Layer.Locate(definition.Spec.At);
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
        var attributes = ImmutableSortedDictionary.CreateBuilder<string, TaskValue>(StringComparer.Ordinal);
        var untrusted = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        var inputs = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);
        ImmutableArray<NodePath> needs = [], onFailure = [], cleanup = [];
        var names = prim.PropertyNames();
        var outputs = Outputs(prim, path, names);
        foreach (var name in names)
        {
            if (OutputProperty.OutputOf(name) is not null) continue;
            if (InputProperty.InputOf(name) is { } input)
            {
                var sources = Targets(prim, name);
                if (sources.IsEmpty) continue;
                CheckInput(type, path, input, outputs, sources);
                foreach (var source in sources)
                    edges.Add(new(EdgeKind.Input, path, input, source.Path.Prim.ToNodePath(), source.Path.Property, source.Opinion.Layer.Locate(source.At)));
                inputs[input] = [.. sources.Select(source => new OutputPath(source.Path.Prim.ToNodePath(), source.Path.Property!))];
            }
            else if (name == "needs") needs = Related(prim, path, name, EdgeKind.Need);
            else if (name == "onFailure") onFailure = Related(prim, path, name, EdgeKind.OnFailure);
            else if (name == "finally") cleanup = Related(prim, path, name, EdgeKind.Finally);
            else AddAttribute(prim, type, name, outputs, attributes, untrusted);
        }

        if (type is not null) AddDefaults(path, type, attributes, inputs, location);
        var node = new TaskNode(path, typeName ?? "", attributes.ToImmutable(), needs, inputs.ToImmutable(), untrusted.ToImmutable(), location);
        if (!onFailure.IsEmpty || !cleanup.IsEmpty || !outputs.IsEmpty) node = node with { OnFailure = onFailure, Finally = cleanup, Outputs = outputs };
        CheckControl(prim, node);
        if (found.Count > 0) nodeProblems[path] = found;
        sink = problems;
        return node;
    }

    ImmutableArray<NodePath> Related(PrimIndex prim, NodePath path, string property, EdgeKind kind)
    {
        var targets = Targets(prim, property);
        foreach (var target in targets) edges.Add(new(kind, path, Name: null, target.Path.Prim.ToNodePath(), Output: null, target.Opinion.Layer.Locate(target.At)));
        return [.. targets.Select(target => target.Path.Prim.ToNodePath())];
    }

    static (string? Name, SourceLocation? Location) TypeOf(PrimIndex prim, List<PrimIndex> children)
    {
        foreach (var (_, layer, spec) in prim.Opinions)
            if (spec.TypeName is { } type) return (type, layer.Locate(spec.TypeAt));
        // What has nodes inside can only be a branch.
        return children.Exists(child => child.IsActive && child.Specifier == Specifier.Def) ? (TaskNode.GraphType, null) : (null, null);
    }

    void AddAttribute(
        PrimIndex prim, NodeTypeSchema? type, string name, ImmutableSortedDictionary<string, OutputPath> outputs,
        ImmutableSortedDictionary<string, TaskValue>.Builder attributes, ImmutableSortedSet<string>.Builder untrusted)
    {
        var opinions = prim.OpinionsOf(name).Where(opinion => opinion.Property.Value is not null).ToList();
        if (opinions.Count == 0) return;
        var winner = opinions[0];
        var location = winner.Layer.Locate(winner.Property.ValueAt);
        var schema = type is null ? null : FindAttribute(type, name);
        if (type is not null && schema is null && !outputs.ContainsKey(name))
        {
            foreach (var opinion in opinions)
                Report("unknown-attribute", opinion.Layer.Locate(opinion.Property.At), $"A node of type '{type.Name}' has no attribute '{name}'.",
                    FindAttribute(NodeTypeSchema.Graph, name) is not null ? "Only a branch has it."
                        : Suggestion.Sentence(name, [.. AttributesOf(type).Select(known => known.Name), .. Layers.Yaml.YamlLayerReader.BodyKeys]));
            return;
        }

        if (PrimIndex.Compose(opinions.Select(opinion => opinion.Property.Value)) is not { } value) return;
        if (schema is not null) CheckValue(schema, value, location);
        attributes[name] = value;
        var merged = value is TaskValue.Map ? opinions.TakeWhile(opinion => opinion.Property.Value is TaskValue.Map) : [winner];
        if (merged.Any(opinion => !opinion.Layer.IsTrusted)) untrusted.Add(name);
    }

    void CheckValue(AttributeSchema schema, TaskValue value, SourceLocation location)
    {
        if (!Fits(schema.Kind, value))
        {
            Report("wrong-kind", location, $"'{schema.Name}' is {Describe(schema.Kind)}, and here stands {Describe(value)}.", $"{schema.Summary}");
        }
        else if (!schema.AllowedValues.IsEmpty && !schema.AllowedValues.Contains(value))
        {
            Report("not-allowed", location, $"'{schema.Name}' cannot be '{value}'.", Suggestion.Sentence(value.ToString(), [.. schema.AllowedValues.Select(allowed => allowed.ToString())]));
        }
    }

    void AddDefaults(
        NodePath path, NodeTypeSchema type, ImmutableSortedDictionary<string, TaskValue>.Builder attributes,
        ImmutableSortedDictionary<string, ImmutableArray<OutputPath>>.Builder inputs, SourceLocation location)
    {
        foreach (var attribute in AttributesOf(type))
        {
            if (attributes.ContainsKey(attribute.Name)) continue;
            if (attribute.Default is { } value) attributes[attribute.Name] = value;
            else if (attribute.Required)
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
        var known = type.Name == TaskNode.GraphType ? type.Attributes.Select(attribute => attribute.Name).Concat(outputs.Keys) : type.Inputs.Select(port => port.Name);
        if (known.Contains(input)) return;
        var (_, layer, _, property) = sources[0].Opinion;
        Report("unknown-input", layer.Locate(property.At), $"The node {path} of type '{type.Name}' has no input '{input}'.", Suggestion.Sentence(input, [.. known]));
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
        var found = new List<CompositionError>();
        var targets = prim.TargetsOf(property, found);
        AddErrors(found);
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
