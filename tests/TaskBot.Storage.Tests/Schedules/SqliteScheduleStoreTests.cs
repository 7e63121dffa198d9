using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskBot.Bot;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Schedules;
using TaskBot.GitHub.Repositories;
using TaskBot.Storage.Dispatches;
using TaskBot.Storage.Schedules;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Storage.Tests.Schedules;

public sealed class SqliteScheduleStoreTests : IAsyncDisposable
{
    static readonly RepositoryName Repository = new("acme", "shop");

    readonly TemporaryDatabase temporary = new();
    readonly DirectoryInfo place = Directory.CreateTempSubdirectory("taskbot-schedule-");

    DateTimeOffset Now => temporary.Time.GetUtcNow();

    SqliteScheduleStore Store => temporary.Schedules;

    [Fact]
    public async Task What_a_repository_starts_is_replaced_and_what_is_known_keeps_its_moment()
    {
        await Store.SetAsync("acme/shop", new Dictionary<string, DateTimeOffset> { ["a"] = Now, ["b"] = Now.AddDays(1) }, default);
        await Store.SetAsync("acme/till", new Dictionary<string, DateTimeOffset> { ["a"] = Now.AddHours(-1) }, default);
        await temporary.ReopenAsync();
        await Store.SetAsync("Acme/Shop", new Dictionary<string, DateTimeOffset> { ["a"] = Now.AddDays(9), ["c"] = Now }, default);

        (await Store.ListDueAsync(Now, 10, default)).Select(start => (start.Repository, start.Entry)).ShouldBe([("acme/till", "a"), ("acme/shop", "a"), ("Acme/Shop", "c")]);
        (await Store.ListDueAsync(Now.AddDays(5), 10, default)).Length.ShouldBe(3);
        (await Store.ListRepositoriesAsync(default)).Length.ShouldBeInRange(2, 3);
        await Store.SetAsync("acme/shop", new Dictionary<string, DateTimeOffset>(), default);
        (await Store.ListDueAsync(Now, 10, default)).ShouldHaveSingleItem().Repository.ShouldBe("acme/till");
    }

    [Fact]
    public async Task A_start_is_moved_once()
    {
        await Store.SetAsync("acme/shop", new Dictionary<string, DateTimeOffset> { ["a"] = Now }, default);
        var due = (await Store.ListDueAsync(Now, 10, default)).Single();
        await Store.MoveAsync(due, Now.AddDays(1), default);
        await Store.MoveAsync(due, Now.AddDays(7), default);

        (await Store.ListDueAsync(Now, 10, default)).ShouldBeEmpty();
        (await Store.ListDueAsync(Now.AddDays(1), 10, default)).Single().DueAt.ShouldBe(Now.AddDays(1));
    }

    /// <summary>The whole way, each step in a process of its own: the clock goes on while none is there.</summary>
    [Fact]
    public async Task Each_moment_starts_one_run_whatever_is_restarted_and_missed_moments_start_one_together()
    {
        using var forge = new LocalForge(Path.Combine(place.FullName, "forge"), temporary.Time);
        await CreateRepositoryAsync(forge);
        await Schedule(forge).FollowAsync(Repository, default);
        var expected = 0;
        foreach (var (hours, starts) in ((double, int)[])[(0.5, 0), (0.6, 1), (0.1, 0), (72, 1), (0.2, 0), (1, 1)])
        {
            await temporary.ReopenAsync();
            temporary.Time.Advance(TimeSpan.FromHours(hours));
            await Schedule(forge).StartDueAsync(default);
            await temporary.ReopenAsync();
            await Schedule(forge).StartDueAsync(default);

            var runs = await temporary.Runs.ListAsync(100, default);
            runs.Length.ShouldBe(expected += starts, $"after {hours} h");
            while (await temporary.Runs.ClaimAsync(TimeSpan.FromMinutes(1), default) is { } run)
            {
                await temporary.Runs.SaveAsync(run with { Stage = RunStage.Finished, Outcome = Engine.Runs.Outcome.Succeeded }, default);
                await temporary.Runs.ReleaseAsync(run.Id, default);
            }
        }

        forge.Issues(Repository).ShouldHaveSingleItem();
    }

    async Task CreateRepositoryAsync(LocalForge forge)
    {
        var folder = Path.Combine(place.FullName, "shop.git");
        await using var git = await GitRepository.CreateBareAsync(folder, default);
        var project = "schedule: [{ cron: '0 * * * *', task: 'taskbot:core/fix-bug', concurrency: hourly }]\n"u8.ToArray();
        var tree = await git.WriteTreeAsync(await git.EmptyTreeAsync(default), [new FileChange(Project.FilePath, new FileEntry(FileKind.Regular, project))], default);
        var who = new CommitSignature("Ada", "ada@localhost", DateTimeOffset.UnixEpoch);
        await git.Refs.CreateBranchAsync("main", await git.CommitAsync(new CommitDraft(tree, [], who, who, "Work"), default), default);
        await forge.AddRepositoryAsync(Repository, folder, "main", ci: null, new Dictionary<string, Permission>(), default);
    }

    RunSchedule Schedule(LocalForge forge)
    {
        var (feed, projects, time) = (new RunFeed(), new ProjectSource(forge, forge), temporary.Time);
        var reporter = new RunReporter(forge, temporary.Runs, new RunPlaces(forge, new SqliteDispatchStore(temporary.Database), new BotOptions(), Options.Create(new DispatchOptions())), feed, NullLogger<RunReporter>.Instance);
        var starter = new RunStarter(forge, forge, temporary.Runs, new RunGate(forge, projects), new RunControl(temporary.Runs, reporter, feed), reporter, feed, time);
        return new(temporary.Schedules, projects, new ScheduledTaskStarter(forge, starter), time, NullLogger<RunSchedule>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await temporary.DisposeAsync();
        place.Delete(recursive: true);
    }
}
