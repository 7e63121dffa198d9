using System.Globalization;
using System.Text;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;

namespace TaskBot.Actions;

/// <summary>What a job's page shows of a run: what its tracking comment says, its last attempt's nodes as a graph, cost and cache.</summary>
static class JobSummary
{
    public static string Render(RunView view, long inputTokens, long outputTokens)
    {
        var run = view.Run;
        var text = new StringBuilder(TrackingComment.Render(run, plan: null, []));
        text.Append(
            CultureInfo.InvariantCulture,
            $"\n**Cost** ${run.Attempts.Sum(attempt => attempt.CostUsd):0.00##}, {inputTokens} input and {outputTokens} output tokens. **Cache** {run.Attempts.Sum(attempt => attempt.NodesCached)} of {run.Attempts.Sum(attempt => attempt.NodesCached + attempt.NodesRun)} nodes.\n");
        if (view.Attempts.LastOrDefault() is not { Nodes.IsEmpty: false } last) return text.ToString();
        text.Append("\n```mermaid\nflowchart TD\n");
        var names = last.Nodes.Select((node, index) => (node.Path, Name: $"n{index}")).ToDictionary(pair => pair.Path, pair => pair.Name);
        foreach (var node in last.Nodes)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {names[node.Path]}[\"{node.Path} {Sign(node)}\"]\n");
            foreach (var before in node.After)
                if (names.TryGetValue(before, out var name)) text.Append(CultureInfo.InvariantCulture, $"  {name} --> {names[node.Path]}\n");
        }

        return text.Append("```\n").ToString();
    }

    static string Sign(NodeView node) => node.Cached ? "(cached)" : node.State == NodeState.Succeeded ? "✔" : $"({Outcomes.Word(node.State)})";
}
