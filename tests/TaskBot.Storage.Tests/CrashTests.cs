using System.Text;
using TaskBot.Storage.Sqlite;
using TaskBot.Storage.Tests.Deliveries;

namespace TaskBot.Storage.Tests;

public sealed class CrashTests : IAsyncDisposable
{
    readonly TemporaryDatabase temporary = new();

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(700)]
    public async Task A_killed_process_loses_no_acknowledged_write_and_leaves_none_half_done(int writesBeforeTheKill)
    {
        using var child = new ChildProcess("write", temporary.Options.Path);
        var acknowledged = new List<string>();
        while (acknowledged.Count < writesBeforeTheKill) acknowledged.Add((await child.ReadLineAsync()).ShouldNotBeNull());
        acknowledged.AddRange(await child.KillAsync());

        await temporary.ReopenAsync();

        var stored = new HashSet<string>(StringComparer.Ordinal);
        while (await temporary.Deliveries.ClaimAsync(TimeSpan.FromDays(1), default) is { } delivery)
        {
            Encoding.UTF8.GetString(delivery.Body.Span).ShouldEndWith(delivery.Id);
            stored.Add(delivery.Id);
        }

        acknowledged.Except(stored, StringComparer.Ordinal).ShouldBeEmpty();
        var journal = new Dictionary<string, int>(StringComparer.Ordinal);
        await foreach (var record in temporary.Journal.ReadAsync(Program.Run, default))
            journal[record.Node.ToString()] = journal.GetValueOrDefault(record.Node.ToString()) + 1;
        journal.Values.ShouldAllBe(count => count == 2);
        foreach (var id in acknowledged) journal.ShouldContainKey($"/writer{id.Split('-')[0]}/n{id.Split('-')[1]}");
    }

    [Fact]
    public async Task What_a_killed_process_held_is_due_at_the_next_opening_and_what_a_living_one_holds_is_not()
    {
        var now = TimeProvider.System.GetUtcNow();
        await temporary.Deliveries.AddAsync(new("a", "issues", "{}"u8.ToArray(), now), default);
        await temporary.Deliveries.AddAsync(new("b", "issues", "{}"u8.ToArray(), now), default);
        await temporary.CloseAsync();
        using var living = new ChildProcess("hold", temporary.Options.Path);
        (await living.ReadLineAsync()).ShouldBe("a");
        using var dying = new ChildProcess("hold", temporary.Options.Path);
        (await dying.ReadLineAsync()).ShouldBe("b");
        await dying.KillAsync();

        temporary.Open();

        (await temporary.Deliveries.ClaimAsync(TimeSpan.FromDays(1), default)).ShouldNotBeNull().Id.ShouldBe("b");
        (await temporary.Deliveries.ClaimAsync(TimeSpan.FromDays(1), default)).ShouldBeNull();
        (await living.EndAsync()).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task The_bundled_library_does_all_that_the_stores_ask()
    {
        using var child = new ChildProcess("check", temporary.Options.Path, (SqliteLibrary.Variable, "bundled"));

        var (exitCode, output, error) = await child.EndAsync();

        error.ShouldBeEmpty();
        exitCode.ShouldBe(0);
        output.Trim().ShouldBe("SQLite 3.35.5 (bundled)");
    }

    [SystemLibraryFact]
    public async Task The_library_that_the_environment_names_is_taken()
    {
        using var child = new ChildProcess("check", temporary.Options.Path, (SqliteLibrary.Variable, "libsqlite3.so.0"));

        var (exitCode, output, error) = await child.EndAsync();

        error.ShouldBeEmpty();
        exitCode.ShouldBe(0);
        output.ShouldContain("(libsqlite3.so.0)");
    }

    [Fact]
    public async Task A_library_that_is_named_and_not_there_is_an_error_that_says_so()
    {
        using var child = new ChildProcess("check", temporary.Options.Path, (SqliteLibrary.Variable, "libnothing.so"));

        var (exitCode, _, error) = await child.EndAsync();

        exitCode.ShouldNotBe(0);
        error.ShouldContain("TASKBOT_SQLITE_LIBRARY names 'libnothing.so'");
    }

    public ValueTask DisposeAsync() => temporary.DisposeAsync();
}

/// <summary>Runs where the system has its own SQLite library on Linux.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SystemLibraryFactAttribute : FactAttribute
{
    public SystemLibraryFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || !System.Runtime.InteropServices.NativeLibrary.TryLoad("libsqlite3.so.0", out _))
            Skip = "This system has no libsqlite3.so.0.";
    }
}
