using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Tests.Runs;

public sealed class RunWorkerTests
{
    /// <summary>Where the work of a run stands still, as a long test or a slow model would.</summary>
    readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Work_on_a_run_that_is_cancelled_ends_at_the_next_glance()
    {
        await using var lab = await LabAsync();
        var run = await lab.StartAsync();
        using var worker = Worker(lab);
        await worker.StartAsync(default);
        await begun.Task;

        (await lab.SayAsync(run, "ada", "/taskbot cancel")).Outcome.ShouldBe(Outcome.Cancelled);
        lab.Time.Advance(TimeSpan.FromSeconds(2));
        await ended.Task;
        await worker.StopAsync(default);

        run = (await lab.Runs.FindAsync(run.Id, default))!;
        (run.Outcome, run.Attempts.Length).ShouldBe((Outcome.Cancelled, 0));
        (await lab.CommentAsync(run)).ShouldContain("### TaskBot: cancelled");
    }

    [Fact]
    public async Task A_lease_is_renewed_while_the_work_goes_on_and_work_without_one_ends()
    {
        await using var lab = await LabAsync();
        var run = await lab.StartAsync();
        using var worker = Worker(lab);
        await worker.StartAsync(default);
        await begun.Task;

        lab.Time.Advance(TimeSpan.FromMinutes(2));
        await lab.Runs.RenewedAsync(1);
        ended.Task.IsCompleted.ShouldBeFalse();
        lab.Runs.MayRenew = false;
        lab.Time.Advance(TimeSpan.FromMinutes(2));
        await ended.Task;
        await worker.StopAsync(default);

        (await lab.Runs.FindAsync(run.Id, default))!.Stage.ShouldBe(RunStage.Queued, "whoever holds it now goes on with it");
    }

    [Fact]
    public async Task A_correction_of_a_run_under_way_starts_it_over_with_the_correction()
    {
        await using var lab = await LabAsync();
        var run = await lab.StartAsync();
        using var worker = Worker(lab);
        await worker.StartAsync(default);
        await begun.Task;

        await lab.SayAsync(run, "ada", "/taskbot refine Do it well.");
        lab.Time.Advance(TimeSpan.FromSeconds(2));
        await ended.Task;
        await worker.StopAsync(default);

        run = (await lab.Runs.FindAsync(run.Id, default))!;
        run.Stage.ShouldBe(RunStage.Queued);
        run.Commands.ShouldHaveSingleItem();
    }

    RunWorker Worker(RunLab lab) => new(lab.Runs, lab.Coordinator, lab.Reporter, lab.Time, NullLogger<RunWorker>.Instance);

    Task<RunLab> LabAsync() => RunLab.CreateAsync(SeenForge.With((nameof(IForge.PutCommentAsync), arguments => ((string)arguments[3]!).Contains("is running") ? StandStillAsync((CancellationToken)arguments[^1]!) : null)));

    async Task<string> StandStillAsync(CancellationToken cancellationToken)
    {
        begun.TrySetResult();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        finally
        {
            ended.TrySetResult();
        }

        return "";
    }
}
