using TaskBot.Bot.Nodes;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Tasks;

/// <summary>
/// The part of a graph that plans: the planning leaves with all that they need, as long as none of it changes anything. The rest stays where it is, as a
/// plan has to fit it, and does not run.
/// </summary>
static class PlanningPart
{
    /// <returns>The whole graph, with everything else held back; null where nothing plans.</returns>
    public static TaskGraph? Of(TaskGraph graph)
    {
        var planning = graph.Nodes.Values.Where(node => node.Type is PlanNode.TypeName or PlanReviewNode.TypeName)
            .Select(node => NeededBy(graph, node)).Where(needed => needed.All(node => node.Type != EditNode.TypeName)).SelectMany(needed => needed).ToHashSet();
        return planning.Count == 0 ? null : graph with { Nodes = graph.Nodes.SetItems(graph.Nodes.Where(pair => !pair.Value.IsBranch && !planning.Contains(pair.Value)).Select(Hold).ToList()) };
    }

    static KeyValuePair<NodePath, TaskNode> Hold(KeyValuePair<NodePath, TaskNode> node) =>
        new(node.Key, node.Value with { Attributes = node.Value.Attributes.SetItem(ControlWords.When, false) });

    static List<TaskNode> NeededBy(TaskGraph graph, TaskNode node)
    {
        var needed = new List<TaskNode> { node };
        for (var i = 0; i < needed.Count; i++)
        {
            foreach (var path in needed[i].Needs.Concat(needed[i].Inputs.Values.SelectMany(sources => sources.Select(source => source.Node))))
                if (graph.Nodes.GetValueOrDefault(path) is { } other && !needed.Contains(other)) needed.Add(other);
        }

        return needed;
    }
}
