using Dapper;
using Microsoft.Data.Sqlite;
using TaskBot.Storage.Sqlite;
using TaskBot.Storage.Tests.Deliveries;

namespace TaskBot.Storage.Tests;

public sealed class SqliteDatabaseTests : IAsyncDisposable
{
    readonly TemporaryDatabase temporary = new();

    [Fact]
    public async Task It_writes_ahead_and_flushes_every_commit()
    {
        var settings = await temporary.Database.WriteAsync(
            connection => (connection.ExecuteScalar<string>("PRAGMA journal_mode"), connection.ExecuteScalar<int>("PRAGMA synchronous"),
                connection.ExecuteScalar<int>("PRAGMA foreign_keys")),
            default);

        settings.ShouldBe(("wal", 2, 1));
        temporary.DatabaseLog.Lines[0].Message.ShouldBe($"Opened the database {temporary.Database.Path} with {temporary.Database.Library}");
    }

    [Fact]
    public async Task Writes_of_32_callers_are_all_there_after_reopening()
    {
        await Task.WhenAll(Enumerable.Range(0, 32).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++) await temporary.Outbox.ConfirmAsync($"{caller}/{i}", $"{caller * i}", default);
        })));

        await temporary.ReopenAsync();

        for (var caller = 0; caller < 32; caller++)
            for (var i = 0; i < 50; i++)
                (await temporary.Outbox.IntendAsync($"{caller}/{i}", default)).ShouldBe($"{caller * i}");
    }

    [Fact]
    public async Task A_failing_write_takes_back_only_its_own_changes()
    {
        Task<int> WriteAsync(int n) => temporary.Database.WriteAsync(
            connection =>
            {
                connection.Execute("INSERT INTO effect (key, intended_at) VALUES (@Key, 0)", new { Key = $"{n}" });
                return n % 3 == 0 ? throw new InvalidOperationException($"refused {n}") : n;
            },
            default);

        var writes = Enumerable.Range(0, 100).Select(WriteAsync).ToArray();
        foreach (var (write, n) in writes.Select((write, n) => (write, n)))
            if (n % 3 == 0) (await Should.ThrowAsync<InvalidOperationException>(write)).Message.ShouldBe($"refused {n}");
            else (await write).ShouldBe(n);

        var keys = await temporary.Database.ReadAsync(connection => connection.Query<int>("SELECT CAST(key AS INTEGER) FROM effect").ToList(), default);
        keys.Order().ShouldBe(Enumerable.Range(0, 100).Where(n => n % 3 != 0));
    }

    [Fact]
    public async Task A_broken_statement_is_an_error_of_its_caller_alone()
    {
        var broken = temporary.Database.WriteAsync(connection => connection.Execute("INSERT INTO nowhere VALUES (1)"), default);
        var sound = temporary.Outbox.IntendAsync("a", default).AsTask();

        (await Should.ThrowAsync<DatabaseException>(broken)).Message.ShouldContain("no such table: nowhere");
        (await sound).ShouldBeNull();
    }

    [Fact]
    public async Task A_write_cancelled_while_it_waits_is_never_done()
    {
        using var started = new ManualResetEventSlim();
        using var proceed = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        var first = temporary.Database.WriteAsync(
            _ =>
            {
                started.Set();
                proceed.Wait();
                return true;
            },
            default);
        started.Wait();
        var cancelled = temporary.Outbox.IntendAsync("cancelled", cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        proceed.Set();

        await Should.ThrowAsync<OperationCanceledException>(cancelled);
        (await first).ShouldBeTrue();
        (await CountEffectsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_write_cancelled_while_it_runs_is_done()
    {
        using var cancellation = new CancellationTokenSource();

        var done = await temporary.Database.WriteAsync(
            connection =>
            {
                cancellation.Cancel();
                return connection.Execute("INSERT INTO effect (key, intended_at) VALUES ('a', 0)");
            },
            cancellation.Token);

        done.ShouldBe(1);
        (await CountEffectsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Closing_finishes_what_was_accepted_and_refuses_what_comes_after()
    {
        var outbox = temporary.Outbox;
        var writes = Enumerable.Range(0, 500).Select(i => outbox.IntendAsync($"{i}", default).AsTask()).ToArray();

        await temporary.CloseAsync();

        await Task.WhenAll(writes);
        await Should.ThrowAsync<ObjectDisposedException>(async () => await outbox.IntendAsync("late", default));
        temporary.Open();
        (await CountEffectsAsync()).ShouldBe(500);
    }

    [Fact]
    public async Task Closing_leaves_one_file()
    {
        await temporary.Outbox.IntendAsync("a", default);

        await temporary.CloseAsync();

        Directory.GetFiles(Path.GetDirectoryName(temporary.Options.Path)!).ShouldBe([temporary.Options.Path]);
        temporary.Open();
    }

    [Fact]
    public async Task A_database_in_memory_works_like_a_file()
    {
        await using var database = SqliteDatabase.Open(
            new DatabaseOptions { ConnectionString = "Data Source=:memory:" }, temporary.Time, temporary.DatabaseLog);
        var deliveries = temporary.DeliveriesOf(database);

        await deliveries.AddAsync(new("a", "issues", "{}"u8.ToArray(), temporary.Time.GetUtcNow()), default);

        (await deliveries.ClaimAsync(TimeSpan.FromMinutes(1), default)).ShouldNotBeNull();
        (await deliveries.CountTriesAsync("a", default)).ShouldBe(1);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        await temporary.CloseAsync();
        var text = string.Concat(Enumerable.Repeat("Dear diary, ", 1000));
        await File.WriteAllTextAsync(temporary.Options.Path, text);

        Refusal().ShouldSatisfyAllConditions(
            exception => exception.Failure.ShouldBe(DatabaseFailure.NotADatabase),
            exception => exception.Message.ShouldContain(temporary.Options.Path));

        (await File.ReadAllTextAsync(temporary.Options.Path)).ShouldBe(text);
        await RestoreAsync();
    }

    [Fact]
    public async Task Another_programs_database_is_refused()
    {
        await temporary.CloseAsync();
        File.Delete(temporary.Options.Path);
        await using (var connection = new SqliteConnection($"Data Source={temporary.Options.Path};Pooling=False"))
            await connection.ExecuteAsync("CREATE TABLE bookmarks (url TEXT)");

        var refusal = Refusal();
        refusal.Failure.ShouldBe(DatabaseFailure.NotADatabase);
        refusal.Message.ShouldContain("belongs to another program");
        await RestoreAsync();
    }

    [Fact]
    public async Task A_database_of_a_newer_taskbot_is_refused()
    {
        await temporary.Database.WriteAsync(
            connection => connection.Execute("INSERT INTO taskbot_schema (version, name, applied_at) VALUES (9000, 'future', 0)"), default);
        await temporary.CloseAsync();

        var refusal = Refusal();
        refusal.Failure.ShouldBe(DatabaseFailure.TooNew);
        refusal.Message.ShouldContain("newer TaskBot (its schema is version 9000");
        await RestoreAsync();
    }

    [Fact]
    public async Task A_truncated_file_is_reported_as_damaged()
    {
        for (var i = 0; i < 50; i++) await temporary.Outbox.ConfirmAsync($"{i}", new string('x', 2000), default);
        await temporary.CloseAsync();
        await using (var file = File.OpenWrite(temporary.Options.Path)) file.SetLength(file.Length / 2);

        Refusal().Failure.ShouldBe(DatabaseFailure.Corrupt);
        await RestoreAsync();
    }

    [Fact]
    public async Task A_database_that_another_process_is_writing_is_reported_as_locked_after_the_busy_timeout()
    {
        await temporary.CloseAsync();
        temporary.Options.BusyTimeout = TimeSpan.FromMilliseconds(50);
        temporary.Open();
        await using var other = new SqliteConnection($"Data Source={temporary.Options.Path};Pooling=False");
        await other.OpenAsync();
        await other.ExecuteAsync("BEGIN IMMEDIATE");

        var refusal = await Should.ThrowAsync<DatabaseException>(async () => await temporary.Outbox.IntendAsync("a", default));

        refusal.Failure.ShouldBe(DatabaseFailure.Locked);
        await other.ExecuteAsync("ROLLBACK TRANSACTION");
        (await temporary.Outbox.IntendAsync("a", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_full_disk_fails_the_writes_that_need_room_and_nothing_stays_broken()
    {
        var pages = await temporary.Database.WriteAsync(connection => connection.ExecuteScalar<int>("PRAGMA page_count"), default);
        await temporary.Database.WriteAsync(connection => connection.Execute($"PRAGMA max_page_count = {pages + 2}"), default);

        var refusal = await Should.ThrowAsync<DatabaseException>(async () => await temporary.Outbox.ConfirmAsync("big", new string('x', 100_000), default));

        refusal.Failure.ShouldBe(DatabaseFailure.DiskFull);
        await temporary.Outbox.ConfirmAsync("small", "result", default);
        (await temporary.Outbox.IntendAsync("small", default)).ShouldBe("result");
    }

    [Fact]
    public async Task A_database_that_may_not_be_written_says_so()
    {
        await temporary.Database.WriteAsync(connection => connection.Execute("PRAGMA query_only = ON"), default);

        var refusal = await Should.ThrowAsync<DatabaseException>(async () => await temporary.Outbox.IntendAsync("a", default));

        refusal.Failure.ShouldBe(DatabaseFailure.ReadOnly);
    }

    [Fact]
    public async Task A_folder_in_place_of_the_file_cannot_be_opened()
    {
        await temporary.CloseAsync();
        File.Delete(temporary.Options.Path);
        Directory.CreateDirectory(temporary.Options.Path);

        Refusal().Failure.ShouldBe(DatabaseFailure.CannotOpen);

        Directory.Delete(temporary.Options.Path);
        temporary.Open();
    }

    public ValueTask DisposeAsync() => temporary.DisposeAsync();

    DatabaseException Refusal() => Should.Throw<DatabaseException>(() => { temporary.OpenAnother(); });

    Task<int> CountEffectsAsync() =>
        temporary.Database.ReadAsync(connection => connection.ExecuteScalar<int>("SELECT count(*) FROM effect"), default);

    /// <summary>Puts a usable database in the place of a refused one.</summary>
    Task RestoreAsync()
    {
        File.Delete(temporary.Options.Path);
        temporary.Open();
        return Task.CompletedTask;
    }
}
