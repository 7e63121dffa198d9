using System.Collections.Immutable;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Composition;

/// <summary>Edges: that they lead to something, of a kind that fits, and not into what only a run makes instances of.</summary>
sealed partial class GraphBuilder
{
    static readonly ImmutableSortedDictionary<string, OutputPath> NoOutputs = ImmutableSortedDictionary.Create<string, OutputPath>(StringComparer.Ordinal);

    ImmutableSortedDictionary<string, OutputPath> Outputs(PrimIndex prim, NodePath path, ImmutableArray<string> properties)
    {
        ImmutableSortedDictionary<string, OutputPath>.Builder? outputs = null;
        foreach (var property in properties)
        {
            if (OutputProperty.OutputOf(property) is not { } output || Targets(prim, property) is not [var source, .. var more]) continue;
            if (more.Length > 0)
                Report("several-sources", more[^1].Opinion.Layer.Locate(more[^1].At), $"The output '{output}' of {path} comes from {more.Length + 1} places.", "Name one.");
            if (output is ControlWords.Outcome)
                Report("reserved-name", source.Opinion.Layer.Locate(source.At), $"Every node has the output '{output}' already.", "Choose another name.");
            outputs ??= ImmutableSortedDictionary.CreateBuilder<string, OutputPath>(StringComparer.Ordinal);
            outputs[output] = new(source.Path.Prim.ToNodePath(), source.Path.Property!);
        }

        return outputs?.ToImmutable() ?? NoOutputs;
    }

    /// <summary>What a node's own words contradict: a leaf with a branch's words, a loop without a bound.</summary>
    void CheckControl(PrimIndex prim, TaskNode node)
    {
        if (node.Attributes.GetValueOrDefault(ControlWords.Pin) is { } pin and not (TaskValue.Truth or TaskValue.Text))
            Report("wrong-kind", Where(ControlWords.Pin), $"'pin' of {node.Path} is {Describe(pin)}.", "Write true, or the key of a result.");
        if (node.Type.Length > 0 && !node.IsBranch)
        {
            if (!node.Finally.IsEmpty) Report("not-a-branch", Where("finally"), $"Only a branch has 'finally', and {node.Path} is a '{node.Type}'.", $"Use 'onFailure', or a node that is connected to {node.Path.Name}.outcome.");
            if (node.Outputs.IsEmpty) return;
            foreach (var output in node.Outputs.Keys)
                Report("not-a-branch", Where(OutputProperty.Name(output)), $"Only a branch says where its outputs come from, and {node.Path} is a '{node.Type}'.", "Remove it, or put the node into a branch.");
            return;
        }

        if (node.IsMap && node.IsLoop)
            Report("each-and-until", Where(OutputProperty.Name(ControlWords.Until)), $"{node.Path} has both 'each' and 'until'.", "Put the loop into a branch inside.");
        var atMost = node.Attributes.GetValueOrDefault(ControlWords.AtMost);
        if (node.IsLoop && atMost is null)
            Report("missing-attribute", Where(OutputProperty.Name(ControlWords.Until)), $"{node.Path} is repeated until something is true, and nothing says how often at most.", $"Write 'atMost:' with a number from 1 to {ControlWords.MostIterations}.");
        if (atMost is TaskValue.Integer { Value: < 1 or > ControlWords.MostIterations })
            Report("not-allowed", Where(ControlWords.AtMost), $"'atMost' of {node.Path} is {atMost}.", $"Write a number from 1 to {ControlWords.MostIterations}.");
        if (!node.IsLoop && prim.OpinionsOf(ControlWords.AtMost).Any())
            Report("missing-attribute", Where(ControlWords.AtMost), $"{node.Path} says how often at most, and not until when.", "Write 'until: node.output', or remove 'atMost'.");

        SourceLocation Where(string property) =>
            prim.OpinionsOf(property).Select(opinion => opinion.Layer.Locate(opinion.Property.At)).FirstOrDefault() ?? node.Location;
    }

    void CheckEdges(NodePath task)
    {
        foreach (var edge in Edges())
        {
            // What only a branch can say is nothing to look for in a leaf.
            if (edge.Kind is EdgeKind.Output or EdgeKind.Finally && nodes[edge.From] is { IsBranch: false, Type.Length: > 0 }) continue;
            if (nodes.Find(edge.To) is not { } target)
            {
                ReportMissing(task, edge);
                continue;
            }

            var isInside = edge.To != edge.From && edge.To.IsAtOrBelow(edge.From);
            if (edge.Kind == EdgeKind.Output && !isInside)
                Report("not-inside", LocationOf(edge), $"Here {edge.Says}, which is not inside {edge.From}.", "Name a node inside; names are relative to the branch itself.");
            else if (edge.Kind == EdgeKind.Finally && edge.To.Parent != edge.From)
                Report("not-inside", LocationOf(edge), $"Here {edge.Says}, which is not right inside {edge.From}.", "Name a node right inside; names are relative to the branch itself.");
            else if (PatternBetween(edge, isInside) is { } pattern)
                Report("inside-pattern", LocationOf(edge), $"Here {edge.Says}, which runs once for each {(pattern.IsMap ? "item" : "iteration")} of {pattern.Path}.",
                    $"Give {pattern.Path} an output, 'outputs: {{name: {{from: node.output}}}}', and use that.");
            else if (edge.Kind == EdgeKind.OnFailure && edge.To.Parent != edge.From.Parent && target.Attributes.GetValueOrDefault(ControlWords.Recovers) is TaskValue.Truth { Value: true })
                Report("recovers-elsewhere", LocationOf(edge), $"Here {edge.Says}, which recovers and does not stand beside it.", $"Move it beside {edge.From.Name}, or let it handle a branch that it stands beside.");
            else if (edge.Output is not null && types.Find(target.Type) is { } type) CheckKinds(edge, target, type);
        }
    }

    IEnumerable<Edge> Edges()
    {
        var edges = new List<Edge>();
        for (var place = 0; place < nodes.Count; place++)
        {
            edges.Clear();
            Edge.Add(nodes[place], edges);
            foreach (var edge in edges) yield return edge;
        }
    }

    void FindCycles()
    {
        if (!new EdgeCycles(nodes, Edges()).Any) return;
        // What is told of a cycle follows the order in which edges are written.
        var written = nodes.AsAdded().SelectMany(EdgesAsWritten).ToList();
        problems.AddRange(new EdgeCycles(nodes, written).Describe(edge => LocationOf(written[edge])));
    }

    /// <summary>The edges of a node: those of its outputs, then those of its other properties, as they stand.</summary>
    IEnumerable<Edge> EdgesAsWritten(TaskNode node)
    {
        var edges = new List<Edge>();
        Edge.Add(node, edges);
        var byProperty = edges.ToLookup(edge => edge.Property, StringComparer.Ordinal);
        var names = byProperty.Count == 0 ? [] : stage.IndexOf(SpecPath.From(node.Path)).PropertyNames();
        return names.Where(name => OutputProperty.OutputOf(name) is not null).Concat(names.Where(name => OutputProperty.OutputOf(name) is null)).SelectMany(name => byProperty[name]);
    }

    SourceLocation LocationOf(Edge edge)
    {
        var target = stage.IndexOf(SpecPath.From(edge.From)).TargetsOf(edge.Property)
            .First(target => target.Path.Prim.ToNodePath() == edge.To && (edge.Output is null || target.Path.Property == edge.Output));
        return target.Opinion.Layer.Locate(target.At);
    }

    /// <summary>The branch of which the edge would need one instance: it stands around the target and not around who names it.</summary>
    TaskNode? PatternBetween(Edge edge, bool isInside)
    {
        if (!hasPatterns) return null;
        // What a branch says of its own inside is said of every instance.
        for (var above = edge.To.Parent; !above.IsRoot && !(isInside ? edge.From : edge.From.Parent).IsAtOrBelow(above); above = above.Parent)
            if (nodes.Find(above) is { IsPattern: true } branch) return branch;
        return null;
    }

    void CheckKinds(Edge edge, TaskNode target, NodeTypeSchema type)
    {
        var output = edge.Output!;
        var isFromInside = edge.From != target.Path && edge.From.IsAtOrBelow(target.Path);
        if (KindOfOutput(target, type, output, isFromInside) is not { } kind)
        {
            IEnumerable<string> options = target.IsBranch ? type.Attributes.Select(attribute => attribute.Name).Concat(target.Outputs.Keys) : type.Outputs.Select(port => port.Name);
            Report("unknown-output", LocationOf(edge), $"{edge.To}, of type '{type.Name}', has no {(target.IsBranch ? "attribute or output" : "output")} '{output}'.",
                Suggestion.Sentence(output, [.. options.Append(ControlWords.Outcome)]));
            return;
        }

        if (edge.Kind != EdgeKind.Input) return;
        if (edge.Name is ControlWords.Each && kind is not (ValueKind.List or ValueKind.Any))
            Report("kind-mismatch", LocationOf(edge), $"'{output}' of {edge.To} is {Describe(kind)}, and 'each' of {edge.From} is a list.", "Connect a list.");
        var wanted = edge.Name is not (ControlWords.When or ControlWords.Each) && types.Find(nodes[edge.From].Type) is { } reader ? KindOfInput(reader, edge.Name!) : null;
        if (wanted is { } kindOfInput && !Connects(kind, kindOfInput))
            Report("kind-mismatch", LocationOf(edge), $"'{output}' of {edge.To} is {Describe(kind)}, and the input '{edge.Name}' of {edge.From} is {Describe(kindOfInput)}.",
                "Connect an output of that kind.");
        if (isFromInside && target.IsLoop && target.Outputs.ContainsKey(output) && !target.Attributes.ContainsKey(output) && !target.Inputs.ContainsKey(output)
            && types.Find(nodes[edge.From].Type) is { } inside && RequiresInput(inside, edge.Name!))
        {
            Report("missing-value", LocationOf(edge), $"In its first iteration {target.Path} has no '{output}' to give to the input '{edge.Name}' of {edge.From}.",
                $"Write 'inputs: {{{output}: {{from: node.output}}}}' or a value in {target.Path}.");
        }
    }

    static bool RequiresInput(NodeTypeSchema type, string name) => type.Inputs.Any(port => port.Required && port.Name == name);

    ValueKind? KindOfOutput(TaskNode target, NodeTypeSchema type, string name, bool isFromInside)
    {
        if (name == ControlWords.Outcome) return ValueKind.Text;
        if (!target.IsBranch)
        {
            foreach (var port in type.Outputs)
                if (port.Name == name) return port.Kind;
            return null;
        }

        if (isFromInside && name == ControlWords.Item && target.IsMap) return ValueKind.Any;
        if (isFromInside && name == ControlWords.Iteration && target.IsLoop) return ValueKind.Integer;
        if (!target.Outputs.TryGetValue(name, out var source) || (isFromInside && !target.IsLoop)) return FindAttribute(type, name)?.Kind;
        if (target.IsMap) return ValueKind.List;
        return nodes.Find(source.Node) is { } inner && inner.Path != target.Path && types.Find(inner.Type) is { } innerType
            ? KindOfOutput(inner, innerType, source.Name, isFromInside: false) : ValueKind.Any;
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

    // A branch's attribute may itself be connected: then who reads it reads what it is connected to, so that a graph's edges lead to where values
    // come from.
    void PassOnBranchInputs()
    {
        for (var place = 0; place < nodes.Count; place++)
        {
            var node = nodes[place];
            if (node.Inputs.IsEmpty) continue;
            var passedOn = node.Inputs;
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

                passedOn = passedOn.SetItem(name, [.. found]);
            }

            if (!ReferenceEquals(passedOn, node.Inputs)) nodes[place] = node with { Inputs = passedOn };
        }
    }

    // What a branch gives is no longer what it was fed with: outside its output is meant, and inside a loop what the iteration before gave.
    ImmutableArray<OutputPath> Feed(OutputPath source) =>
        nodes.Find(source.Node) is { IsBranch: true } branch && !branch.Outputs.ContainsKey(source.Name)
            && branch.Inputs.TryGetValue(source.Name, out var feed) ? feed : default;

    void ReportMissing(NodePath task, Edge edge)
    {
        for (var above = edge.To; !above.IsRoot; above = above.Parent)
        {
            if (!inactive.TryGetValue(above, out var location)) continue;
            Report("inactive-node", LocationOf(edge), $"Here {edge.Says}, which is not active ({location}).", $"Delete the edge, or activate {above}.");
            return;
        }

        if (!edge.To.IsAtOrBelow(task))
        {
            Report("missing-node", LocationOf(edge), $"Here {edge.Says}, which is not part of {task}.", $"Name a node below {task}.");
            return;
        }

        var siblings = nodes.All.Select(node => node.Path).Where(path => path.Parent == edge.To.Parent && path != edge.From).Select(path => path.Name).ToList();
        Report("missing-node", LocationOf(edge), $"Here {edge.Says}, and there is no such node.", Suggestion.Sentence(edge.To.Name, siblings));
    }
}
