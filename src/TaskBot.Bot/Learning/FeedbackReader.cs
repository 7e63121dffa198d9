using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Learning;

/// <summary>
/// Reads what people made of a run's work: their 👍 and 👎 on our comments and the pull request, their reviews, and how much of ours they kept. Nothing
/// tells of reactions, so they are looked for. Only people who may ask for work are listened to; each counts once, with what they said last.
/// </summary>
public sealed partial class FeedbackReader(IForge forge, IObjectSource objects, IRunStore runs, RunGate gate, RunLearner learner, ILogger<FeedbackReader> logger)
{
    /// <summary>The signal of what people changed before they merged.</summary>
    public const string Kept = "kept";

    /// <summary>Reads, learns from what is new, changed or taken back, and remembers it with the run.</summary>
    /// <returns>The run as it is then.</returns>
    public async Task<RunRecord> ReadAsync(RunRecord run, CancellationToken cancellationToken)
    {
        // Of several runs in one pull request, the newest made what people see.
        if (run.PullRequest is not { } pull || (await runs.FindByPullRequestAsync(run.Repository, pull, cancellationToken))?.Id != run.Id) return run;
        try
        {
            var signals = await OpinionsAsync(run, pull, cancellationToken);
            if (await KeptAsync(run, cancellationToken) is { } kept) signals[Kept] = kept;
            return await LearnAsync(run, signals.ToImmutableSortedDictionary(StringComparer.Ordinal), cancellationToken);
        }
        catch (ForgeException e)
        {
            LogNotRead(logger, e, run.Id);
            return run;
        }
    }

    /// <summary>The same for the newest run of an issue, or of a pull request, where there is one: what a job without a server looks at before it works on it again.</summary>
    /// <param name="number">Of the issue or the pull request.</param>
    public async Task ReadAsync(RepositoryName repository, int number, CancellationToken cancellationToken)
    {
        var known = await runs.FindByIssueAsync(repository.ToString(), number, cancellationToken) ?? await runs.FindByPullRequestAsync(repository.ToString(), number, cancellationToken);
        if (known is not null) await ReadAsync(known, cancellationToken);
    }

    async Task<RunRecord> LearnAsync(RunRecord run, ImmutableSortedDictionary<string, double> signals, CancellationToken cancellationToken)
    {
        var told = run.Signals.Keys.Union(signals.Keys, StringComparer.Ordinal).Where(source => run.Signals.GetValueOrDefault(source, -1) != signals.GetValueOrDefault(source, -1)).ToList();
        if (told.Count == 0) return run;
        // Learning the same again changes nothing, so that a process that dies in between is followed by one that does both.
        foreach (var source in told) await learner.RewardAsync(run, source, signals.TryGetValue(source, out var reward) ? reward : null, cancellationToken);
        return await runs.ChangeAsync(run.Id, now => now with { Signals = signals }, cancellationToken) ?? run;
    }

    async Task<Dictionary<string, double>> OpinionsAsync(RunRecord run, int pull, CancellationToken cancellationToken)
    {
        var repository = RepositoryName.Parse(run.Repository);
        var signals = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var said in (await forge.Reviews.ListOpinionsAsync(repository, run.Issue, pull, cancellationToken)).GroupBy(opinion => (opinion.Kind, Login: opinion.Login.ToLowerInvariant())))
        {
            if (await gate.AskAsync(repository, said.Key.Login, "teach preferences", cancellationToken) is not GateAnswer.Open) continue;
            // Reviews follow each other; reactions stand side by side, and may disagree.
            signals[$"{said.Key.Kind.ToString().ToLowerInvariant()}:{said.Key.Login}"] =
                said.Key.Kind == OpinionKind.Review ? Reward(said.Last()) : said.Average(Reward);
        }

        return signals;

        static double Reward(ForgeOpinion opinion) => opinion.Likes ? 1 : 0;
    }

    async Task<double?> KeptAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (run is not { Ending: PullRequestEnding.Merged, MergedAs: { } merged, HeadTree: { } ours }) return null;
        try
        {
            await using var git = await objects.OpenObjectsAsync(RepositoryName.Parse(run.Repository), new CommitId(merged), cancellationToken);
            var (before, later) = (await git.TreeOfAsync(new CommitId(run.BaseCommit), cancellationToken), await git.TreeOfAsync(new CommitId(merged), cancellationToken));
            return Math.Round(await Survival.OfAsync(git, before, new TreeId(ours), later, cancellationToken), 3);
        }
        catch (Exception e) when (e is ForgeException or GitException)
        {
            // What people said counts also where the trees are gone.
            LogNotRead(logger, e, run.Id);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "What people made of run {RunId} could not be read")]
    static partial void LogNotRead(ILogger logger, Exception exception, RunId runId);
}
