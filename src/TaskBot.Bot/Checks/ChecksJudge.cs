using System.Collections.Immutable;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Checks;

/// <summary>Asks the forge how the checks of a run's head stand, has jobs run again where that may help, and gives a verdict once there is one.</summary>
public sealed class ChecksJudge(IForge forge, TimeProvider time)
{
    /// <summary>What a run that was just published waits for.</summary>
    public async Task<ExpectedChecks> ExpectAsync(RunRecord run, Projects.ProjectChecks checks, CancellationToken cancellationToken)
    {
        var required = await forge.GetRequiredChecksAsync(RepositoryName.Parse(run.Repository), run.BaseBranch, cancellationToken);
        // Ours comes last: it waits for nothing, least of all for itself.
        return new([.. required.Names.Union(checks.Required, StringComparer.Ordinal).Where(name => name != CheckReports.Name)], time.GetUtcNow(), checks.Grace, checks.Limit) { CountsAll = !required.IsWhole };
    }

    /// <summary>The run with its verdict, or with the jobs that were run again, or as it was where it still waits.</summary>
    public async Task<RunRecord> LookAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (run is not { HeadSha: { } head, Expected: { } expected }) return run;
        var repository = RepositoryName.Parse(run.Repository);
        var checks = await ChecksOfAsync(repository, head, cancellationToken);
        switch (expected.Look(checks, time.GetUtcNow()))
        {
            case ChecksStanding.Waiting: return run;
            case ChecksStanding.Absent: return Judged(ChecksOutcome.None, []);
            case ChecksStanding.Late late: return Judged(ChecksOutcome.Late, late.Missing);
            case ChecksStanding.Answered answered when answered.Checks.All(check => CheckReports.IsGood(check.Conclusion!)):
                return Judged(ChecksOutcome.Passed, [.. answered.Checks.Select(check => check.Name)]);
            case ChecksStanding.Answered answered:
                var onBase = await ChecksOfAsync(repository, run.BaseCommit, cancellationToken);
                var failed = new List<FailedCheck>();
                foreach (var check in answered.Checks.Where(check => !CheckReports.IsGood(check.Conclusion!)))
                {
                    var failsOnBase = onBase.Any(other => other.Name == check.Name && other.Conclusion is { } conclusion && !CheckReports.IsGood(conclusion));
                    var wasRerun = expected.Reruns.Any(rerun => rerun.Name == check.Name);
                    failed.Add(new(check, await forge.ReadLogAsync(repository, check, cancellationToken), failsOnBase, wasRerun));
                }

                return await DecideAsync(failed);
            default: throw new InvalidOperationException("There is a standing of checks that nobody acts on.");
        }

        async Task<RunRecord> DecideAsync(List<FailedCheck> failed)
        {
            var (outcome, about) = CheckTriage.Decide(failed);
            if (outcome is { } decided) return Judged(decided, [.. about.Select(check => check.Check.Name)], about);
            var again = ImmutableArray.CreateBuilder<CheckRerun>();
            foreach (var check in about)
                again.Add(new(check.Check.Name, await forge.RerunAsync(repository, check.Check, cancellationToken) ? check.Check.Job!.Value : NotRun));
            var waiting = run with { Expected = expected with { Reruns = expected.Reruns.AddRange(again) } };
            // What could not be run again has said all that it will say.
            return again.All(rerun => rerun.Job == NotRun) ? await LookAsync(waiting, cancellationToken) : waiting;
        }

        RunRecord Judged(ChecksOutcome outcome, ImmutableArray<string> names, ImmutableArray<FailedCheck> failed = default) => run with
        {
            Verdict = new(head, outcome, names, string.Join("\n\n", (failed.IsDefault ? [] : failed).Select(check => $"{check.Check.Name}: {check.Check.Conclusion}\n{JobLog.Cut(check.Log)}"))),
        };
    }

    /// <summary>Has every failing job of a head run again, because a person said so.</summary>
    public async Task<int> RerunAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (run.HeadSha is not { } head) return 0;
        var repository = RepositoryName.Parse(run.Repository);
        var count = 0;
        foreach (var check in await ChecksOfAsync(repository, head, cancellationToken))
            if (check.Conclusion is { } conclusion && !CheckReports.IsGood(conclusion) && await forge.RerunAsync(repository, check, cancellationToken)) count++;
        return count;
    }

    /// <summary>No job has this number.</summary>
    const long NotRun = 0;

    async Task<ImmutableArray<ForgeCheck>> ChecksOfAsync(RepositoryName repository, string commit, CancellationToken cancellationToken) =>
        (await forge.GetChecksAsync(repository, new CommitId(commit), cancellationToken)).RemoveAll(check => check.Name == CheckReports.Name);
}
