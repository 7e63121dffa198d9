using TaskBot.Bot.Forges;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Runs;

/// <summary>
/// What people and events do to a run that is there: change it, send it on, stop it. Each is done to the run as it is at that moment, whoever else works on
/// it, and whoever works on it notices within seconds.
/// </summary>
public sealed class RunControl(IRunStore runs, RunReporter reporter, RunFeed feed)
{
    /// <summary>Changes a run once for each key.</summary>
    public async Task<RunRecord> ChangeAsync(RunRecord run, string key, Func<RunRecord, RunRecord> change, CancellationToken cancellationToken)
    {
        var changed = await runs.ChangeAsync(
            run.Id, now => now.Commands.Contains(key) ? now : change(now) with { Commands = now.Commands.Add(key) }, cancellationToken)
            ?? throw new InvalidOperationException($"Run {run.Id} is gone.");
        feed.Publish(new RunNews.Saved(changed));
        return changed;
    }

    /// <summary>
    /// Changes a run and sends it on from where it stands: to be worked on, or to wait for its checks where the change says so. Whoever asked is told
    /// when it ends.
    /// </summary>
    public Task<RunRecord> GoOnAsync(RunRecord run, string key, ForgeSubject? asked, Func<RunRecord, RunRecord> change, CancellationToken cancellationToken) =>
        ChangeAsync(
            run, key,
            now => change(now with { Stage = RunStage.Queued }) with
            {
                Outcome = null,
                Reason = null,
                WaitingNode = null,
                WaitingDigest = null,
                Verdict = null,
                Asked = asked is null || now.Asked.Contains(asked) ? now.Asked : now.Asked.Add(asked),
            },
            cancellationToken);

    /// <summary>Ends a run for good, whatever it is doing, and says so. One that has ended stays as it is.</summary>
    public async Task<RunRecord> StopAsync(RunRecord run, string key, string reason, CancellationToken cancellationToken)
    {
        var stopped = await ChangeAsync(
            run, key, now => now.Stage == RunStage.Finished ? now : now with { Stage = RunStage.Finished, Outcome = Outcome.Cancelled, Reason = reason, Verdict = null }, cancellationToken);
        if (stopped.Outcome == Outcome.Cancelled && stopped.Reason == reason) await reporter.TellEndAsync(stopped, plan: null, cancellationToken);
        return stopped;
    }

    /// <summary>Lets a run rest until a person sends it on, and says why. One that has ended stays as it is.</summary>
    public async Task<RunRecord> HoldAsync(RunRecord run, string key, string question, CancellationToken cancellationToken)
    {
        var held = await ChangeAsync(
            run, key, now => now.Stage == RunStage.Finished ? now : now with { Stage = RunStage.WaitingForHuman, Outcome = Outcome.WaitingForHuman, Reason = question, Verdict = null }, cancellationToken);
        if (held.Reason == question) await reporter.TellEndAsync(held, plan: null, cancellationToken);
        return held;
    }
}
