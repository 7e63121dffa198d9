using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Reports;

/// <summary>The one comment on the issue that is edited in place: where the run stands, its plan, its attempts, how to go on.</summary>
public static class TrackingComment
{
    /// <summary>Found again by this and by its author.</summary>
    public const string Marker = "<!-- taskbot:tracking -->";

    /// <param name="plan">The plan to draw; null where none is at hand.</param>
    /// <param name="links">Where more of the run is to be seen.</param>
    public static string Render(RunRecord run, PlanText? plan, ImmutableArray<RunLink> links)
    {
        var text = new StringBuilder(Marker).Append('\n').Append(TrackingState.Write(run)).Append(Summary(run, links));
        if (!run.Steps.IsEmpty)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### Plan\n\n{Phases.Line(run)}\n");
            foreach (var step in run.Steps) text.Append(CultureInfo.InvariantCulture, $"- [{(step.State == NodeState.Succeeded ? 'x' : ' ')}] {ForeignText.Cell(step.Title)}{State(step)}\n");
        }

        if (run.IsPlanShown && plan is { Told: { Length: > 0 } told })
            text.Append(CultureInfo.InvariantCulture, $"\n<details><summary>What each step is told</summary>\n\n{ForeignText.Fence(told, "yaml")}\nTo change it, write `/taskbot approve`, and below it this block with what should be different.\n\n</details>\n");
        if (plan is not null) text.Append("\n<details><summary>The plan</summary>\n\n```mermaid\n").Append(plan.Drawn).Append("```\n\n</details>\n");
        if (RefinedDescription(run) is { Length: > 0 } refined) text.Append('\n').Append(refined);
        return text.ToString();
    }

    /// <summary>Where the run stands, its attempts with what they cost, and how to go on.</summary>
    public static string Summary(RunRecord run, ImmutableArray<RunLink> links)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"### TaskBot: {Outcomes.Title(run)}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Asked for by @{run.RequestedBy}");
        if (run.Task is not null) text.Append(CultureInfo.InvariantCulture, $", done as `{run.Task}`{(run.TaskReason is { } reason ? $" ({ForeignText.Line(reason)})" : "")}");
        if (run.PullRequest is { } pull) text.Append(CultureInfo.InvariantCulture, $", in #{pull}");
        text.Append(".\n");
        if (!links.IsEmpty) text.Append(CultureInfo.InvariantCulture, $"See the {string.Join(", the ", links.Select(link => $"[{link.Name}]({link.Url})"))}.\n");
        if (run.Reason is not null && run.Outcome is not null) text.Append('\n').Append(ForeignText.Quote(run.Reason));
        if (!run.Attempts.IsEmpty) text.Append('\n').Append(AttemptTable(run)).Append(CultureInfo.InvariantCulture, $"\n{Cost(run)}\n");
        return text.Append(CultureInfo.InvariantCulture, $"\n{HowToGoOn(run)}\n").ToString();
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

    /// <summary>What refinement made of the description: what the newest attempt was told, as a difference to what the issue says.</summary>
    public static string RefinedDescription(RunRecord run)
    {
        var (description, notes) = TaskLayers.Refined(run.Layers);
        if (description is null) return "";
        var told = string.Join('\n', notes.Select(note => $"- {note.ReplaceLineEndings(" ")}"));
        return $"<details><summary>The description as refined</summary>\n\n{ForeignText.Quote(ForeignText.Fence(TextDifference.Of(TaskLayers.Told(run.Layers[..1]).Description, description), "diff"))}"
            + $"{(told.Length == 0 ? "" : $"\nWhat earlier attempts taught:\n\n{ForeignText.Quote(told)}")}\n</details>\n";
    }

    /// <summary>What to write next, in one sentence.</summary>
    public static string HowToGoOn(RunRecord run) => run switch
    {
        { Ending: not null } => "`/taskbot run` starts anew.",
        { Outcome: null } => "`/taskbot cancel` stops this, `/taskbot refine …` corrects it, `/taskbot help` lists all commands.",
        { IsPlanShown: true } or { Outcome: Outcome.WaitingForHuman, WaitingNode: not null } => "Answer with `/taskbot approve`, or with `/taskbot cancel`.",
        { Outcome: Outcome.WaitingForHuman } =>
            "Answer with `/taskbot refine …` to say what is missing, `/taskbot retry` to try again as it is, or `/taskbot resume` to go on.",
        { Outcome: Outcome.OverBudget } => "`/taskbot budget AMOUNT` gives the run more to spend and goes on.",
        { Outcome: Outcome.Succeeded, PullRequest: not null } => "Review the pull request: a review that asks for changes is answered. `/taskbot refine …` asks for something else.",
        { Outcome: Outcome.Succeeded or Outcome.NoChangeNeeded } => "`/taskbot run` starts anew.",
        _ => "`/taskbot resume` goes on from here, `/taskbot retry` tries again, `/taskbot run` starts anew.",
    };

    static string Cost(RunRecord run)
    {
        var spent = run.Attempts.Sum(attempt => attempt.CostUsd);
        return run.BudgetUsd is { } budget
            ? string.Create(CultureInfo.InvariantCulture, $"Spent ${spent:0.00##} of ${budget:0.00##}.")
            : string.Create(CultureInfo.InvariantCulture, $"Spent ${spent:0.00##}; the project sets no budget for a run.");
    }

    static string State(PlanStep step) => step.State switch
    {
        NodeState.Succeeded or NodeState.Waiting => "",
        NodeState.WaitingForHuman => " (waits for you)",
        var other => $" ({Outcomes.Word(other)})",
    };
}
