using System.Globalization;
using System.Text;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Graphs;
using TaskBot.Graphs.Writing;

namespace TaskBot.Bot.Reports;

/// <summary>The one comment on the issue that is edited in place: where the run stands, its plan, its attempts, how to go on.</summary>
public static class TrackingComment
{
    /// <summary>Found again by this and by its author.</summary>
    public const string Marker = "<!-- taskbot:tracking -->";

    /// <param name="graph">The plan to show; null where none is at hand.</param>
    public static string Render(RunRecord run, TaskGraph? graph)
    {
        var text = new StringBuilder(Marker).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"### TaskBot: {Outcomes.Title(run)}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Asked for by @{run.RequestedBy}");
        if (run.Task is not null) text.Append(CultureInfo.InvariantCulture, $", done as `{run.Task}`");
        if (run.PullRequest is { } pull) text.Append(CultureInfo.InvariantCulture, $", in #{pull}");
        text.Append(".\n");
        if (run.Reason is not null && run.Outcome is not null) text.Append('\n').Append(ForeignText.Quote(run.Reason));
        if (!run.Attempts.IsEmpty) text.Append('\n').Append(AttemptTable(run));
        if (run.Outcome is Engine.Runs.Outcome.WaitingForHuman)
        {
            text.Append(run.WaitingNode is null
                ? "\nEdit the issue's description to say what is missing, then add the label again to start a new run.\n"
                : "\nAnswer with `/taskbot approve`, or with `/taskbot cancel`.\n");
        }

        if (graph is not null) text.Append("\n<details><summary>The plan</summary>\n\n```mermaid\n").Append(GraphWriter.Write(graph, GraphFormat.Mermaid)).Append("```\n\n</details>\n");
        if (run.Layers.Length > 1) text.Append('\n').Append(RefinedDescription(run));
        return text.ToString();
    }

    /// <summary>One row an attempt.</summary>
    public static string AttemptTable(RunRecord run)
    {
        if (run.Attempts.IsEmpty) return "";
        var text = new StringBuilder("| attempt | outcome | nodes run | from cache | tokens | cost |\n|---|---|---|---|---|---|\n");
        foreach (var attempt in run.Attempts)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {attempt.Number} | {Outcomes.Sign(attempt.Outcome)} {Outcomes.Word(attempt.Outcome)}: {ForeignText.Cell(attempt.Summary)} | {attempt.NodesRun} | {attempt.NodesCached} | {attempt.Tokens} | ${attempt.CostUsd:0.00##} |\n");
        }

        return text.ToString();
    }

    /// <summary>What refinement made of the description: what the newest attempt was told.</summary>
    public static string RefinedDescription(RunRecord run)
    {
        var (description, notes) = TaskLayers.ReadAttempt(run.Layers[^1]);
        if (description is null) return "";
        var told = string.Join('\n', notes.Select(note => $"- {note.ReplaceLineEndings(" ")}").Prepend($"{description.Trim()}\n"));
        return $"<details><summary>The description as refined</summary>\n\n{ForeignText.Quote(told)}\n</details>\n";
    }
}
