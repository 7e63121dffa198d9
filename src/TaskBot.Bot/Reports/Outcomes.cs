using System.Globalization;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Reports;

/// <summary>How outcomes read to people.</summary>
public static class Outcomes
{
    /// <summary>A few words: where the run stands, or how it ended.</summary>
    public static string Title(RunRecord run) => run.Outcome is { } outcome ? Word(outcome) : run.Stage switch
    {
        _ when run is { IsPending: true, NotBefore: { } moment } => string.Create(CultureInfo.InvariantCulture, $"starts at {moment:yyyy-MM-dd HH:mm} UTC"),
        _ when run is { IsPending: true, Concurrency: { } group } => $"starts when no other run of the concurrency group '{group.Name}' works",
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

    /// <summary>How far a step is.</summary>
    public static string Word(NodeState state) => state switch
    {
        NodeState.OverBudget => "over budget",
        NodeState.WaitingForHuman => "waiting for a human",
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
