using System.Text;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Executors;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.Storage.Dispatches;

namespace TaskBot.Storage.Tests.Dispatches;

public sealed class SqliteDispatchStoreTests : IAsyncDisposable
{
    readonly TemporaryDatabase temporary = new();

    SqliteDispatchStore Store => new(temporary.Database);

    public ValueTask DisposeAsync() => temporary.DisposeAsync();

    [Fact]
    public async Task A_dispatch_comes_back_with_all_that_was_saved_and_its_result_after_reopening()
    {
        await Store.AddAsync(New("r-1") with { Order = new(WorkKind.Refinement, 2) { Refinement = new RunLayer("refine", "{}", IsTrusted: true) } }, default);
        var added = (await Store.FindAsync("r-1", default)).ShouldNotBeNull();
        var saved = added with
        {
            State = DispatchState.ResultIn,
            ActionsRun = 4711,
            ActionsAttempt = 2,
            HeardAt = added.RequestedAt.AddMinutes(1),
            Received = 12,
            GrantedUsd = 0.5m,
            Grant = Guid.NewGuid(),
            SpentUsd = 0.123456789m,
            IsSecond = true,
            Obstacle = Obstacle.RunnerWentSilent,
            Failure = "It was silent.",
        };
        (await Store.SaveAsync(saved, Encoding.UTF8.GetBytes("sealed"), default)).ShouldNotBeNull();
        await temporary.ReopenAsync();

        (await Store.FindAsync("r-1", default)).ShouldBe(saved with { Version = 2 });
        (await Store.FindByActionsRunAsync("acme/demo", 4711, default))!.Id.ShouldBe("r-1");
        (await Store.FindByActionsRunAsync("acme/other", 4711, default)).ShouldBeNull();
        Encoding.UTF8.GetString((await Store.FindResultAsync("r-1", default))!.Value.Span).ShouldBe("sealed");
    }

    [Fact]
    public async Task What_was_read_before_someone_else_saved_is_not_saved_and_a_result_stays()
    {
        await Store.AddAsync(New("r-1"), default);
        await Store.AddAsync(New("r-1") with { State = DispatchState.Failed }, default);
        var read = (await Store.FindAsync("r-1", default))!;
        read.State.ShouldBe(DispatchState.Requested);
        await Store.SaveAsync(read with { State = DispatchState.ResultIn }, "result"u8.ToArray(), default);

        (await Store.SaveAsync(read with { State = DispatchState.Failed }, result: null, default)).ShouldBeNull();
        var changed = await Store.ChangeAsync("r-1", now => now with { State = DispatchState.Withdrawn }, default);

        (changed.State, changed.Version).ShouldBe((DispatchState.Withdrawn, 3));
        (await Store.FindResultAsync("r-1", default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Those_that_a_job_may_still_work_on_are_listed_and_those_of_a_run_in_their_order()
    {
        foreach (var state in Enum.GetValues<DispatchState>()) await Store.AddAsync(New($"r-{(int)state}") with { State = state }, default);
        await Store.AddAsync(New("other-1") with { RunId = new RunId("other") }, default);

        (await Store.ListOpenAsync(10, default)).Select(dispatch => dispatch.State)
            .ShouldBe([DispatchState.Requested, DispatchState.Dispatched, DispatchState.Claimed, DispatchState.Running, DispatchState.Requested]);
        (await Store.ListOpenAsync(10, default)).ShouldAllBe(dispatch => dispatch.IsOpen);
        (await Store.ListAsync(new RunId("r"), default)).Select(dispatch => dispatch.State).ShouldBe(Enum.GetValues<DispatchState>());
    }

    Dispatch New(string id) => new()
    {
        Id = id,
        RunId = new RunId("r"),
        Order = new(WorkKind.Attempt, 1),
        Digest = "abc",
        State = DispatchState.Requested,
        Repository = "acme/demo",
        RepositoryId = 17,
        Workflow = "taskbot-dispatched.yml",
        Branch = "main",
        RequestedAt = temporary.Time.GetUtcNow(),
    };
}
