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
sealed class GraphBuilder(Stage stage, NodeTypeCatalog types)
{
    /// <summary>Nodes of one graph: a few references to references can stand for billions.</summary>
    const int MaxNodes = 200_000;

    readonly List<Problem> problems = [];
    readonly Dictionary<NodePath, List<Problem>> nodeProblems = [];
    readonly ImmutableSortedDictionary<NodePath, TaskNode>.Builder nodes = ImmutableSortedDictionary.CreateBuilder<NodePath, TaskNode>();
    readonly List<Edge> edges = [];
    readonly Dictionary<NodePath, SourceLocation> inactive = [];

    /// <summary>One authored edge: a need, or a connection of an input.</summary>
    sealed record Edge(NodePath From, string? Input, NodePath To, string? Output, SourceLocation Location);

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
        new EdgeCycles(nodes, edges.Select(edge => (edge.From, edge.Input, edge.To, edge.Output, edge.Location)), problems).Find();
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
        ImmutableArray<NodePath> needs = [];
        foreach (var name in prim.PropertyNames())
        {
            if (InputProperty.InputOf(name) is { } input)
            {
                var sources = Targets(prim, name);
                if (sources.IsEmpty) continue;
                CheckInput(type, path, input, sources);
                foreach (var source in sources)
                    edges.Add(new(path, input, source.Path.Prim.ToNodePath(), source.Path.Property, source.Opinion.Layer.Locate(source.At)));
                inputs[input] = [.. sources.Select(source => new OutputPath(source.Path.Prim.ToNodePath(), source.Path.Property!))];
            }
            else if (name == "needs")
            {
                var targets = Targets(prim, name);
                foreach (var target in targets)
                    edges.Add(new(path, Input: null, target.Path.Prim.ToNodePath(), Output: null, target.Opinion.Layer.Locate(target.At)));
                needs = [.. targets.Select(target => target.Path.Prim.ToNodePath())];
            }
            else
            {
                AddAttribute(prim, type, name, attributes, untrusted);
            }
        }

        if (type is not null) AddDefaults(path, type, attributes, inputs, location);
        if (found.Count > 0) nodeProblems[path] = found;
        sink = problems;
        return new(path, typeName ?? "", attributes.ToImmutable(), needs, inputs.ToImmutable(), untrusted.ToImmutable(), location);
    }

    static (string? Name, SourceLocation? Location) TypeOf(PrimIndex prim, List<PrimIndex> children)
    {
        foreach (var (_, layer, spec) in prim.Opinions)
            if (spec.TypeName is { } type) return (type, layer.Locate(spec.TypeAt));
        // What has nodes inside can only be a branch.
        return children.Exists(child => child.IsActive && child.Specifier == Specifier.Def) ? (TaskNode.GraphType, null) : (null, null);
    }

    void AddAttribute(
        PrimIndex prim, NodeTypeSchema? type, string name, ImmutableSortedDictionary<string, TaskValue>.Builder attributes, ImmutableSortedSet<string>.Builder untrusted)
    {
        var opinions = prim.OpinionsOf(name).Where(opinion => opinion.Property.Value is not null).ToList();
        if (opinions.Count == 0) return;
        var winner = opinions[0];
        var location = winner.Layer.Locate(winner.Property.ValueAt);
        var schema = type is null ? null : FindAttribute(type, name);
        if (type is not null && schema is null)
        {
            foreach (var opinion in opinions)
                Report("unknown-attribute", opinion.Layer.Locate(opinion.Property.At), $"A node of type '{type.Name}' has no attribute '{name}'.",
                    Suggestion.Sentence(name, [.. AttributesOf(type).Select(known => known.Name), .. Layers.Yaml.YamlLayerReader.BodyKeys]));
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

    void CheckInput(NodeTypeSchema? type, NodePath path, string input, ImmutableArray<PrimIndex.ComposedTarget> sources)
    {
        if (type is null) return;
        var known = type.Name == TaskNode.GraphType ? type.Attributes.Select(attribute => attribute.Name) : type.Inputs.Select(port => port.Name);
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

    void CheckEdges(NodePath task)
    {
        foreach (var edge in edges)
        {
            var what = edge.Input is null ? $"{edge.From} needs {edge.To}" : $"the input '{edge.Input}' of {edge.From} comes from {edge.To}";
            if (!nodes.TryGetValue(edge.To, out var target))
            {
                ReportMissing(task, edge, what);
                continue;
            }

            if (edge.Output is not { } output || types.Find(target.Type) is not { } type) continue;
            var kind = KindOfOutput(type, output);
            if (kind is null)
            {
                var options = target.IsBranch ? type.Attributes.Select(attribute => attribute.Name) : type.Outputs.Select(port => port.Name);
                Report("unknown-output", edge.Location, $"{edge.To}, of type '{type.Name}', has no {(target.IsBranch ? "attribute" : "output")} '{output}'.",
                    Suggestion.Sentence(output, [.. options]));
                continue;
            }

            var wanted = types.Find(nodes[edge.From].Type) is { } reader ? KindOfInput(reader, edge.Input!) : null;
            if (wanted is { } kindOfInput && !Connects(kind.Value, kindOfInput))
                Report("kind-mismatch", edge.Location, $"'{output}' of {edge.To} is {Describe(kind.Value)}, and the input '{edge.Input}' of {edge.From} is {Describe(kindOfInput)}.",
                    "Connect an output of that kind.");
        }
    }

    // A branch's attribute may itself be connected: then who reads it reads what it is connected to, so that a graph's edges lead to where values
    // come from.
    void PassOnBranchInputs()
    {
        foreach (var node in nodes.Values.Where(node => !node.Inputs.IsEmpty).ToList())
        {
            var inputs = node.Inputs;
            foreach (var (name, sources) in node.Inputs)
            {
                if (sources.All(source => Feed(source).IsDefault)) continue;
                var seen = new HashSet<OutputPath>();
                var found = new List<OutputPath>();
                var open = new Stack<OutputPath>(sources.Reverse());
                while (open.TryPop(out var source))
                {
                    if (!seen.Add(source)) continue;
                    if (Feed(source) is { IsDefault: false } feed) foreach (var inner in feed.Reverse()) open.Push(inner);
                    else found.Add(source);
                }

                inputs = inputs.SetItem(name, [.. found]);
            }

            nodes[node.Path] = node with { Inputs = inputs };
        }
    }

    ImmutableArray<OutputPath> Feed(OutputPath source) =>
        nodes.TryGetValue(source.Node, out var branch) && branch.IsBranch && branch.Inputs.TryGetValue(source.Name, out var feed) ? feed : default;

    void ReportMissing(NodePath task, Edge edge, string what)
    {
        for (var above = edge.To; !above.IsRoot; above = above.Parent)
        {
            if (!inactive.TryGetValue(above, out var location)) continue;
            Report("inactive-node", edge.Location, $"Here {what}, which is not active ({location}).", $"Delete the edge, or activate {above}.");
            return;
        }

        if (!edge.To.IsAtOrBelow(task))
        {
            Report("missing-node", edge.Location, $"Here {what}, which is not part of {task}.", $"Name a node below {task}.");
            return;
        }

        var siblings = nodes.Keys.Where(path => path.Parent == edge.To.Parent && path != edge.From).Select(path => path.Name).ToList();
        Report("missing-node", edge.Location, $"Here {what}, and there is no such node.", Suggestion.Sentence(edge.To.Name, siblings));
    }

    static ValueKind? KindOfOutput(NodeTypeSchema type, string name)
    {
        if (type.Name == TaskNode.GraphType) return FindAttribute(type, name)?.Kind;
        foreach (var port in type.Outputs)
            if (port.Name == name) return port.Kind;
        return null;
    }

    static ValueKind? KindOfInput(NodeTypeSchema type, string name)
    {
        if (type.Name == TaskNode.GraphType) return FindAttribute(type, name)?.Kind;
        foreach (var port in type.Inputs)
            if (port.Name == name) return port.Kind;
        return null;
    }

    // A list takes any element, because several connections to one input are its items.
    static bool Connects(ValueKind output, ValueKind input) => output == input || output == ValueKind.Any || input is ValueKind.Any or ValueKind.List
        || (output, input) is (ValueKind.Integer, ValueKind.Number) or (ValueKind.Tree, ValueKind.Text);

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
