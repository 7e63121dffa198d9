using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Reports;

/// <summary>How outcomes read to people.</summary>
public static class Outcomes
{
    /// <summary>A few words: where the run stands, or how it ended.</summary>
    public static string Title(RunRecord run) => run.Outcome is { } outcome ? Word(outcome) : run.Stage switch
    {
        RunStage.WaitingForChecks => $"attempt {run.Attempts.Length}: waiting for the checks of #{run.PullRequest}",
        RunStage.WaitingForRunner => $"attempt {run.Attempts.Length + 1} is with GitHub Actions",
        _ => $"attempt {run.Attempts.Length + 1} is running",
    };

    public static string Word(Outcome outcome) => outcome switch
    {
        Outcome.NoChangeNeeded => "no change needed",
        Outcome.OverBudget => "over budget",
        Outcome.WaitingForHuman => "waiting for you",
        var other => other.ToString().ToLowerInvariant(),
    };

    public static string Sign(Outcome outcome) => outcome switch
    {
        Outcome.Succeeded => "✅",
        Outcome.Failed => "❌",
        Outcome.WaitingForHuman => "✋",
        _ => "➖",
    };
}
