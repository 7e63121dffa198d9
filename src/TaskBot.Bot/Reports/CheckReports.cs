using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Reports;

/// <summary>Our own check run on a pull request's head, and how the words of others' checks are read.</summary>
public static class CheckReports
{
    public const string Name = "TaskBot";

    /// <summary>True for a conclusion that does not stand in the way: GitHub treats skipped and neutral checks as passed.</summary>
    public static bool IsGood(string conclusion) => conclusion is "success" or "neutral" or "skipped";

    /// <summary>How a run ended, or what it waits for. Only a run that succeeded, and of which something showed that it works, is green.</summary>
    public static CheckReport Of(RunRecord run) =>
        new(Name, Conclusion(run), Outcomes.Title(run), $"{(run.Reason is { } reason ? $"{ForeignText.Quote(reason)}\n" : "")}{TrackingComment.AttemptTable(run)}\n{TrackingComment.HowToGoOn(run)}") { Notes = run.Notes };

    static string? Conclusion(RunRecord run) => run.Outcome switch
    {
        null => null,
        Outcome.Succeeded => run.Caveat is null ? "success" : "neutral",
        Outcome.WaitingForHuman or Outcome.Denied or Outcome.OverBudget => "action_required",
        Outcome.NoChangeNeeded or Outcome.Skipped => "neutral",
        Outcome.Cancelled => "cancelled",
        _ => "failure",
    };
}
