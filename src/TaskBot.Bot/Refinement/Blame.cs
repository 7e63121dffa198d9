using TaskBot.Bot.Nodes;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Refinement;

/// <summary>Whose input was wrong: the edit that a failure speaks against, found along the edges that led to it.</summary>
static class Blame
{
    /// <summary>
    /// The branch whose description the blamed edit was given: a step of a plan, or the task itself. Of several edits that led to the failure it is the
    /// last whose change touches a file that the failure names; where none does, the last one. Null where no edit led there.
    /// </summary>
    public static NodePath? Find(RunResult result, NodeReport failed, string evidence)
    {
        var edits = new List<NodeReport>();
        var seen = new HashSet<NodePath> { failed.Node.Path };
        // Nearest first: what is closer to the failure was done later.
        var left = new Queue<NodeReport>([failed]);
        while (left.TryDequeue(out var node))
        {
            if (node.Node.Type == EditNode.TypeName) edits.Add(node);
            foreach (var source in node.Node.Inputs.Values.SelectMany(sources => sources).Select(source => source.Node).Concat(node.Node.Needs))
                if (seen.Add(source) && result.Nodes.GetValueOrDefault(source) is { } before) left.Enqueue(before);
        }

        var blamed = edits.Find(edit => edit.State == NodeState.Failed)
            ?? edits.Find(edit => PathsOf(edit).Any(path => evidence.Contains(path, StringComparison.Ordinal)))
            ?? edits.FirstOrDefault();
        return blamed?.Node.Inputs.GetValueOrDefault("description") is [var given] && result.Graph.Nodes.GetValueOrDefault(given.Node) is { IsBranch: true } branch ? branch.Path : null;
    }

    /// <summary>The files that an edit changed, by the headings of its patch.</summary>
    static IEnumerable<string> PathsOf(NodeReport edit) => (edit.Outputs.GetValueOrDefault("patch")?.Content.ToString() ?? "").Split('\n')
        .Where(line => line.StartsWith("+++ b/", StringComparison.Ordinal)).Select(line => line[6..].TrimEnd());
}
