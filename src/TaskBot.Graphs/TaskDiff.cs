using System.Collections.Immutable;
using System.Text;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs;

/// <summary>One difference between two composed graphs.</summary>
/// <param name="Node">The node's path below the task, such as <c>implement</c>; <c>.</c> for the task itself.</param>
/// <param name="What">The attribute, <c>type</c>, <c>needs</c>, <c>inputs.name</c>, or <c>node</c> where the node itself came or went.</param>
/// <param name="Before">What it was; null where it was not there.</param>
/// <param name="After">What it is; null where it is not there any more.</param>
public sealed record TaskChange(string Node, string What, TaskValue? Before, TaskValue? After);

/// <summary>What differs between two tasks as composed, however their layers are written.</summary>
public sealed record TaskDiff(ImmutableArray<TaskChange> Changes)
{
    public bool IsEmpty => Changes.IsEmpty;

    /// <summary>Compares node by node, each by its path below its own task, so that two tasks of other names can be compared.</summary>
    public static TaskDiff Between(TaskGraph before, TaskGraph after)
    {
        var changes = ImmutableArray.CreateBuilder<TaskChange>();
        var left = before.Nodes.Values.ToDictionary(node => Relative(before, node.Path), StringComparer.Ordinal);
        var right = after.Nodes.Values.ToDictionary(node => Relative(after, node.Path), StringComparer.Ordinal);
        foreach (var path in left.Keys.Union(right.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var old = left.GetValueOrDefault(path);
            var now = right.GetValueOrDefault(path);
            if (old is null || now is null) changes.Add(new(path, "node", old is null ? null : (TaskValue)old.Type, now is null ? null : (TaskValue)now.Type));
            if (ReferenceEquals(old, now)) continue;
            var oldFacts = old is null ? [] : Facts(before, old);
            var newFacts = now is null ? [] : Facts(after, now);
            foreach (var what in oldFacts.Keys.Union(newFacts.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                if (old is null || now is null) continue;
                var (was, becomes) = (oldFacts.GetValueOrDefault(what), newFacts.GetValueOrDefault(what));
                if (!Equals(was, becomes)) changes.Add(new(path, what, was, becomes));
            }
        }

        return new(changes.ToImmutable());
    }

    static string Relative(TaskGraph graph, NodePath path)
    {
        if (path == graph.Root) return ".";
        return path.IsAtOrBelow(graph.Root) ? path.ToString()[(graph.Root.ToString().Length + 1)..] : path.ToString();
    }

    static Dictionary<string, TaskValue> Facts(TaskGraph graph, TaskNode node)
    {
        var facts = new Dictionary<string, TaskValue>(StringComparer.Ordinal) { ["type"] = node.Type };
        foreach (var (name, value) in node.Attributes) facts[name] = value;
        if (!node.Needs.IsEmpty) facts["needs"] = TaskValue.ListOf(node.Needs.Select(need => (TaskValue)Relative(graph, need)));
        foreach (var (input, sources) in node.Inputs)
            facts[$"inputs.{input}"] = TaskValue.ListOf(sources.Select(source => (TaskValue)$"{Relative(graph, source.Node)}.{source.Name}"));
        foreach (var (output, source) in node.Outputs) facts[$"outputs.{output}"] = $"{Relative(graph, source.Node)}.{source.Name}";
        if (!node.OnFailure.IsEmpty) facts["onFailure"] = TaskValue.ListOf(node.OnFailure.Select(path => (TaskValue)Relative(graph, path)));
        if (!node.Finally.IsEmpty) facts["finally"] = TaskValue.ListOf(node.Finally.Select(path => (TaskValue)Relative(graph, path)));
        return facts;
    }

    /// <summary>One line a change, as a diff reads: <c>+</c> new, <c>-</c> gone, <c>~</c> changed.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (node, what, before, after) in Changes)
        {
            var name = what == "node" ? node : $"{node}.{what}";
            text.Append(before is null ? "+ " : after is null ? "- " : "~ ").Append(name).Append(": ")
                .Append(before is null ? after!.ToJson() : after is null ? before.ToJson() : $"{before.ToJson()} -> {after.ToJson()}").Append('\n');
        }

        return text.ToString();
    }
}
