using System.Collections.Immutable;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Learning;

/// <summary>How the runs of one task ended and what they took.</summary>
/// <param name="Task">The library's or repository's task file.</param>
/// <param name="Runs">Runs that ended.</param>
/// <param name="Succeeded">Of these, those that ended well.</param>
/// <param name="AttemptsPerRun">Mean.</param>
/// <param name="CostPerRunUsd">Mean, in US dollars.</param>
public sealed record TaskStatistics(string Task, int Runs, int Succeeded, double AttemptsPerRun, decimal CostPerRunUsd);

/// <summary>What second and later attempts took beside doing everything again.</summary>
/// <param name="Attempts">How many there were.</param>
/// <param name="NodesAgain">Of their nodes, the share that ran; the others came from the cache. From 0 to 1.</param>
/// <param name="TokensAgain">Their tokens over those of as many first attempts of the same runs.</param>
public sealed record RetryStatistics(int Attempts, double NodesAgain, double TokensAgain);

/// <summary>What people made of the work of some runs.</summary>
/// <param name="Merged">Pull requests.</param>
/// <param name="Closed">Pull requests that were closed without being merged.</param>
/// <param name="Likes">People who reacted with 👍, counted once a run.</param>
/// <param name="Dislikes">The same with 👎.</param>
/// <param name="Approvals">People whose newest review approves.</param>
/// <param name="ChangesAsked">People whose newest review asks for changes.</param>
/// <param name="Kept">Of what was merged, the share that people left as it was, mean; null where nothing is known of it.</param>
public sealed record FeedbackStatistics(int Merged, int Closed, int Likes, int Dislikes, int Approvals, int ChangesAsked, double? Kept)
{
    public static FeedbackStatistics Of(IReadOnlyCollection<RunRecord> runs)
    {
        var kept = Signals(FeedbackReader.Kept).ToList();
        return new(
            runs.Count(run => run.Ending == PullRequestEnding.Merged), runs.Count(run => run.Ending == PullRequestEnding.ClosedUnmerged),
            Signals("reaction:").Count(reward => reward > 0.5), Signals("reaction:").Count(reward => reward < 0.5),
            Signals("review:").Count(reward => reward > 0.5), Signals("review:").Count(reward => reward < 0.5), kept.Count == 0 ? null : kept.Average());

        IEnumerable<double> Signals(string source) => runs.SelectMany(run => run.Signals).Where(signal => signal.Key.StartsWith(source, StringComparison.Ordinal)).Select(signal => signal.Value);
    }
}

/// <summary>How often an option was chosen, and what came of it.</summary>
/// <param name="Probability">How likely it was to be chosen, mean.</param>
/// <param name="Succeeded">Of the runs with it that ended, the share that ended well.</param>
/// <param name="Pleases">How likely it is believed to please now, mean over the repositories where it was chosen.</param>
public sealed record OptionStatistics(string Set, string Option, int Chosen, double Probability, double Succeeded, double Pleases, FeedbackStatistics Feedback);

/// <summary>What runs add up to.</summary>
public sealed record RunStatistics(ImmutableArray<TaskStatistics> Tasks, RetryStatistics? Retries, ImmutableArray<OptionStatistics> Options, FeedbackStatistics Feedback)
{
    /// <param name="beliefs">What is believed of preferences, by repository; one that is not there believes nothing.</param>
    public static RunStatistics Of(IReadOnlyCollection<RunRecord> runs, IReadOnlyDictionary<string, PreferenceModel> beliefs)
    {
        var ended = runs.Where(run => run is { Stage: RunStage.Finished, Attempts.IsEmpty: false }).ToList();
        var retried = runs.Where(run => run.Attempts.Length > 1).ToList();
        var again = retried.SelectMany(run => run.Attempts.Skip(1)).ToList();
        return new(
            [
                .. ended.GroupBy(run => run.Task ?? "", StringComparer.Ordinal).OrderBy(task => task.Key, StringComparer.Ordinal)
                    .Select(task => new TaskStatistics(
                        task.Key, task.Count(), task.Count(EndedWell), task.Average(run => run.Attempts.Length), task.Average(run => run.Attempts.Sum(attempt => attempt.CostUsd)))),
            ],
            again.Count == 0
                ? null
                : new(
                    again.Count,
                    Share(again.Sum(attempt => attempt.NodesRun), again.Sum(attempt => attempt.NodesRun + attempt.NodesCached)),
                    Share(again.Sum(attempt => attempt.Tokens), retried.Sum(run => run.Attempts[0].Tokens * (run.Attempts.Length - 1)))),
            [
                .. runs.SelectMany(run => run.Choices.Select(choice => (Run: run, Choice: choice))).GroupBy(one => (one.Choice.Set, one.Choice.Option))
                    .OrderBy(option => option.Key.Set, StringComparer.Ordinal).ThenByDescending(option => option.Count()).ThenBy(option => option.Key.Option, StringComparer.Ordinal)
                    .Select(option => OfOption(option.Key.Set, option.Key.Option, [.. option], beliefs)),
            ],
            FeedbackStatistics.Of(runs));
    }

    static OptionStatistics OfOption(string set, string option, IReadOnlyCollection<(RunRecord Run, Choice Choice)> chosen, IReadOnlyDictionary<string, PreferenceModel> beliefs) => new(
        set, option, chosen.Count, chosen.Average(one => one.Choice.Probabilities[option]),
        Share(chosen.Count(one => EndedWell(one.Run)), chosen.Count(one => one.Run.Stage == RunStage.Finished)),
        chosen.Select(one => one.Run.Repository).Distinct(StringComparer.OrdinalIgnoreCase).Average(repository => beliefs.GetValueOrDefault(repository, PreferenceModel.Empty).Probability([OptionChooser.Feature(set, option)])),
        FeedbackStatistics.Of([.. chosen.Select(one => one.Run)]));

    static bool EndedWell(RunRecord run) => run.Outcome is Outcome.Succeeded or Outcome.NoChangeNeeded;

    static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;
}
