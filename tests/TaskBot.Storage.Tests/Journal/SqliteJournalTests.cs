using Dapper;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Tests.Journal;

public sealed class SqliteJournalTests : IAsyncDisposable
{
    static readonly RunId Run = new("run-1");
    readonly TemporaryDatabase temporary = new();

    [Fact]
    public async Task Records_come_back_as_they_were_in_the_order_in_which_they_were_appended()
    {
        JournalRecord[] records =
        [
            Record("/task/b", NodeState.Running, "k1") with { Message = "input 'tree' changed" },
            Record("/task/a", NodeState.Succeeded, "k2") with { Cached = true },
            Record("/task/b", NodeState.WaitingForHuman, key: null) with { Attempt = 2 },
        ];
        await temporary.Journal.AppendAsync(records[..2], default);
        await temporary.Journal.AppendAsync([Record("/other/run", NodeState.Ready, key: null) with { RunId = new RunId("run-2") }], default);
        await temporary.Journal.AppendAsync(records[2..], default);
        await temporary.ReopenAsync();

        (await ReadAsync(Run)).ShouldBe(records);
    }

    [Fact]
    public async Task A_long_journal_is_read_whole()
    {
        var records = Enumerable.Range(0, 2500).Select(i => Record($"/task/n{i}", NodeState.Ready, key: null)).ToList();
        await temporary.Journal.AppendAsync(records, default);

        (await ReadAsync(Run)).ShouldBe(records);
    }

    [Fact]
    public async Task Nothing_appended_is_nothing_to_read()
    {
        await temporary.Journal.AppendAsync([], default);

        (await ReadAsync(Run)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_last_key_of_a_node_is_the_newest_that_has_one()
    {
        await temporary.Journal.AppendAsync(
            [
                Record("/task/a", NodeState.Running, "k1"), Record("/task/a", NodeState.Running, "k2") with { Attempt = 2 },
                Record("/task/b", NodeState.Running, "k3"), Record("/task/a", NodeState.Waiting, key: null) with { Attempt = 3 },
            ],
            default);

        (await temporary.Journal.LastKeyAsync(Run, NodePath.Parse("/task/a"), default)).ShouldBe(new NodeKey("k2"));
        (await temporary.Journal.LastKeyAsync(Run, NodePath.Parse("/task/c"), default)).ShouldBeNull();
        (await temporary.Journal.LastKeyAsync(new RunId("run-2"), NodePath.Parse("/task/a"), default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_damaged_record_is_an_error_that_names_its_run()
    {
        await temporary.Journal.AppendAsync([Record("/task/a", NodeState.Running, "k1")], default);
        await temporary.Database.WriteAsync(connection => connection.Execute("UPDATE journal_page SET records = replace(CAST(records AS TEXT), 'Running', 'Dreaming')"), default);

        (await Should.ThrowAsync<DatabaseException>(() => ReadAsync(Run))).Message.ShouldContain("damaged page of the journal (1) of run run-1");
    }

    public ValueTask DisposeAsync() => temporary.DisposeAsync();

    async Task<List<JournalRecord>> ReadAsync(RunId run)
    {
        var records = new List<JournalRecord>();
        await foreach (var record in temporary.Journal.ReadAsync(run, default)) records.Add(record);
        return records;
    }

    JournalRecord Record(string node, NodeState state, string? key) => new(
        Run, 1, NodePath.Parse(node), state, key is null ? null : new NodeKey(key), Cached: false, Message: null, temporary.Time.GetUtcNow());
}
