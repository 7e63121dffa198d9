using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Engine.Runs;

/// <summary>What nodes are given: values, and the trust in them. Untrusted data reaches no node that does not accept it.</summary>
sealed partial class GraphRun
{
    /// <summary>Collects the values of the row's inputs, or says what ends the row because there is no such value.</summary>
    bool TryGather(NodeRow row, out ImmutableArray<NodeInput> inputs, out NodeEnding hindrance)
    {
        (inputs, hindrance) = ([], null!);
        if (row.Node.Inputs.IsEmpty) return true;
        var gathered = ImmutableArray.CreateBuilder<NodeInput>(row.Node.Inputs.Count);
        // What runs last, or handles a failure, is there for what did not end well: it gets what there is.
        var takesWhatThereIs = plan.IsLast(row.Index) || !plan.Handled(row.Index).IsEmpty;
        foreach (var (name, sources) in row.Node.Inputs)
        {
            if (name == ControlWords.When) continue;
            var values = ImmutableArray.CreateBuilder<NodeValue>(sources.Length);
            foreach (var source in sources)
            {
                var other = RowAt(source.Node);
                if (ValueOf(row.Node.Path, source) is { } value)
                {
                    values.Add(value);
                }
                else if (other is { Node.IsBranch: false, Ending: { State: NodeState.Succeeded } ending })
                {
                    var message = $"Its input '{name}' is connected to {source}, and {source.Node} gave no '{source.Name}'"
                        + (ending.Outputs.IsEmpty ? ", nor anything else." : $", only {string.Join(", ", ending.Outputs.Keys)}.");
                    hindrance = new(NodeState.Failed, Key: null, message) { Result = NodeResult.Failure(message) };
                    return false;
                }
                else if (other.Ending is { IsGood: false } && !takesWhatThereIs)
                {
                    hindrance = new(NodeState.Skipped, Key: null, SkippedBecauseOf(other));
                    return false;
                }
                else if (row.Type!.Schema.RequiresInput(name))
                {
                    hindrance = new(NodeState.Skipped, Key: null, $"Skipped, because {source.Node} had nothing to give: {other.Ending?.Why}");
                    return false;
                }
            }

            if (values.Count > 0 || sources.Length > 1) gathered.Add(new(name, values.DrainToImmutable(), sources.Length > 1));
        }

        inputs = gathered.DrainToImmutable();
        return true;
    }

    /// <summary>The value of an output, or of a branch's attribute, as who reads it sees it; null where there is none.</summary>
    NodeValue? ValueOf(NodePath reader, OutputPath source)
    {
        var row = RowAt(source.Node);
        if (!row.Node.Gives(source.Name, reader)) return row.Node.Attributes.TryGetValue(source.Name, out var value) ? new(value, TrustOf(row.Node, source.Name)) : null;
        if (source.Name != ControlWords.Outcome) return row.Ending?.Outputs.GetValueOrDefault(source.Name);

        // One of a few words that the engine itself says, whoever the node listened to.
        return row.Ending is { } ending ? new(ending.State.Word, Trust.Trusted) : null;
    }

    static Trust TrustOf(TaskNode node, string attribute) =>
        node.UntrustedAttributes.Contains(attribute) ? Trust.Untrusted : Trust.Trusted;

    static bool HasUntrustedAttribute(NodeRow row) =>
        !row.Node.UntrustedAttributes.IsEmpty && row.Node.UntrustedAttributes.Any(row.Type!.Schema.IsInKey);

    /// <summary>
    /// Denies nodes that untrusted attributes, of their own or of a branch that they are connected to, are certain to reach, before
    /// anything is spent; nothing else starts then. What untrusted outputs reach is only known when they are there: someone may approve.
    /// </summary>
    ImmutableArray<Problem> DenyWhatIsCertain()
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        foreach (var row in rows)
        {
            if (row.Type is not { Schema.AcceptsUntrusted: false } || FindUntrusted(row) is not { } why) continue;
            row.Ending = new(NodeState.Denied, Key: null, why);
            problems.Add(new("untrusted-data", row.Node.Location, why));
        }

        if (problems.Count == 0) return [];
        const string Why = "Nothing was started, because untrusted data would reach nodes that do not accept it.";
        foreach (var row in rows)
        {
            row.Ending ??= new(NodeState.Skipped, Key: null, Why);
            Enter(row, row.Ending.State, key: null, cached: false, row.Ending.Why);
        }

        return problems.ToImmutable();
    }

    /// <summary>Says which untrusted data the row would be given, as far as that is known, and what to do; null where there is none.</summary>
    string? FindUntrusted(NodeRow row)
    {
        foreach (var attribute in row.Node.UntrustedAttributes)
        {
            if (row.Type!.Schema.IsInKey(attribute))
                return $"{row.Node.Path} does not accept untrusted data, and its own '{attribute}' is untrusted. Let a person with write access set it.";
        }

        foreach (var (input, sources) in row.Node.Inputs)
        {
            // Whether something runs is not what it runs with.
            if (input == ControlWords.When) continue;
            foreach (var source in sources)
            {
                var other = RowAt(source.Node);
                if (ValueOf(row.Node.Path, source)?.Trust != Trust.Untrusted) continue;
                var origin = other.Node.IsBranch ? source : Origin(other);
                return $"{row.Node.Path} does not accept untrusted data, and its input '{input}' would get {source}"
                    + (origin == source ? ", which is untrusted" : $", which was made from the untrusted {origin}")
                    + ". Put a human.approve node in between.";
            }
        }

        return null;
    }

    /// <summary>Follows untrusted outputs back to where they came from: an attribute, or a node that brings something in from outside.</summary>
    OutputPath Origin(NodeRow row)
    {
        while (true)
        {
            var attribute = row.Node.UntrustedAttributes.FirstOrDefault(row.Type!.Schema.IsInKey);
            if (attribute is not null) return new(row.Node.Path, attribute);
            NodeRow? next = null;
            foreach (var source in row.Node.Inputs.Values.SelectMany(sources => sources))
            {
                var other = RowAt(source.Node);
                if (ValueOf(row.Node.Path, source)?.Trust != Trust.Untrusted) continue;
                if (other.Node.IsBranch) return source;
                next ??= other;
            }

            if (next is null) return new(row.Node.Path, row.Ending!.Outputs.First(output => output.Value.Trust == Trust.Untrusted).Key);
            row = next;
        }
    }
}
