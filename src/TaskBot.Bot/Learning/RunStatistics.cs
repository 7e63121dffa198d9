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

/// <summary>How often a variant was chosen, and what came of it.</summary>
/// <param name="Probability">How likely it was to be chosen, mean.</param>
/// <param name="Succeeded">Of the runs with it that ended, the share that ended well.</param>
public sealed record VariantStatistics(string Set, string Variant, int Chosen, double Probability, double Succeeded);

/// <summary>What runs add up to.</summary>
public sealed record RunStatistics(ImmutableArray<TaskStatistics> Tasks, RetryStatistics? Retries, ImmutableArray<VariantStatistics> Variants)
{
    public static RunStatistics Of(IReadOnlyCollection<RunRecord> runs)
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
                .. runs.SelectMany(run => run.Choices.Select(choice => (run, choice))).GroupBy(one => (one.choice.Set, one.choice.Variant))
                    .OrderBy(variant => variant.Key.Set, StringComparer.Ordinal).ThenByDescending(variant => variant.Count()).ThenBy(variant => variant.Key.Variant, StringComparer.Ordinal)
                    .Select(variant => new VariantStatistics(
                        variant.Key.Set, variant.Key.Variant, variant.Count(), variant.Average(one => one.choice.Probabilities[one.choice.Variant]),
                        Share(variant.Count(one => EndedWell(one.run)), variant.Count(one => one.run.Stage == RunStage.Finished)))),
            ]);
    }

    static bool EndedWell(RunRecord run) => run.Outcome is Outcome.Succeeded or Outcome.NoChangeNeeded;

    static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;
}
