using System.Collections.Immutable;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Graphs.Writing;

namespace TaskBot.Bot.Tasks;

/// <summary>A plan that was made for one run as a task of the repository: its steps without what planned them, for the next issue of the kind.</summary>
public static class KeptPlan
{
    /// <summary>What only the issue says, and the next one says anew.</summary>
    static readonly string[] OfTheIssue = ["title", "description", "notes", "tree", "issue"];

    /// <summary>The task as a file for <c>.github/taskbot/tasks/</c>; its tags are the words of the issue's title.</summary>
    /// <param name="graph">The run's graph, with what was planned.</param>
    public static string Write(TaskGraph graph, RunRecord run)
    {
        var nodes = WithoutPlanning(graph.Nodes);
        var root = nodes[graph.Root];
        nodes = nodes.SetItem(graph.Root, root with
        {
            Attributes = root.Attributes.RemoveRange(OfTheIssue).SetItem("summary", run.Request.Title).SetItem("tags", TaskValue.ListOf(Tags(run.Request.Title))),
        });
        return GraphWriter.Write(graph with { Nodes = nodes }, GraphFormat.Yaml, NodeTypes.Schemas);
    }

    static ImmutableSortedDictionary<NodePath, TaskNode> WithoutPlanning(ImmutableSortedDictionary<NodePath, TaskNode> nodes)
    {
        var left = nodes.RemoveRange(nodes.Values.Where(node => node.Type is PlanNode.TypeName or PlanReviewNode.TypeName).Select(node => node.Path));
        // What was read for the plan alone has no reader any more, and then no place.
        while (left.Values.Where(node => IsUnused(node, left)).Select(node => node.Path).ToList() is { Count: > 0 } unused) left = left.RemoveRange(unused);
        return left.Values.Aggregate(left, (all, node) => all.SetItem(node.Path, node with
        {
            Needs = [.. node.Needs.Where(left.ContainsKey)],
            Inputs = node.Inputs.Select(input => KeyValuePair.Create(input.Key, input.Value.RemoveAll(source => !left.ContainsKey(source.Node)))).Where(input => !input.Value.IsEmpty)
                .ToImmutableSortedDictionary(node.Inputs.KeyComparer),
        }));
    }

    static bool IsUnused(TaskNode node, ImmutableSortedDictionary<NodePath, TaskNode> nodes) => node.IsBranch
        ? !node.Attributes.ContainsKey("description") && !nodes.Keys.Any(path => path.Parent == node.Path)
        : node.Type.StartsWith("context.", StringComparison.Ordinal)
            && !nodes.Values.Any(other => other.Needs.Contains(node.Path) || other.Inputs.Values.Any(sources => sources.Any(source => source.Node == node.Path)));

    static IEnumerable<TaskValue> Tags(string title) => title.ToLowerInvariant().Split([' ', '\t', '.', ',', ':', ';', '`', '"', '\'', '(', ')'], StringSplitOptions.RemoveEmptyEntries)
        .Where(word => word.Length > 3 && word.All(char.IsLetterOrDigit)).Distinct(StringComparer.Ordinal).Select(TaskValue.FromString);
}
