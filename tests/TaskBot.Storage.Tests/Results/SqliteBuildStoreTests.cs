using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Graphs.Values;
using TaskBot.Storage.Results;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Tests.Results;

public sealed class SqliteBuildStoreTests : IAsyncDisposable
{
    readonly TemporaryDatabase temporary = new();
    readonly LogOf<SqliteBuildStore> log = new();

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    public async Task What_a_build_adds_is_found_by_runs_and_what_runs_store_is_found_by_a_build(int count)
    {
        var (built, ran) = (Results(count, "built"), Results(count, "ran"));
        await temporary.Results.StoreAsync(ran, default);
        using (var store = Open())
        {
            Find(store, ran).Select(Value).ShouldBe(ran.Select(Value));
            foreach (var result in built)
            {
                Add(store, result);
                store.Add(new BuildRecord(Program.Run, 1, "/t/n"u8, NodeState.Succeeded, KeyOf(result), isCached: false, "It ran.", temporary.Time.GetUtcNow()));
            }

            Find(store, built).Select(Value).ShouldBe(built.Select(Value));
            store.Commit();
        }

        var found = await temporary.Results.FindAsync(built.ConvertAll(result => result.Key), default);

        found.Select(Value).ShouldBe(built.Select(Value));
        found.Select(result => (result!.KeyText, result.StoredAt)).ShouldBe(built.Select(result => (result.KeyText, result.StoredAt)));
        var records = await temporary.Journal.ReadAsync(Program.Run, default).ToListAsync();
        records.Select(record => record.Key).ShouldBe(built.Select(result => (NodeKey?)result.Key));
    }

    [Fact]
    public async Task What_was_not_committed_is_gone()
    {
        var results = Results(300, "built");
        using (var store = Open())
            foreach (var result in results) Add(store, result);

        (await temporary.Results.MeasureAsync(default)).Count.ShouldBe(0);
        using var again = Open();
        Find(again, results).ShouldAllBe(result => result == null);
    }

    [Fact]
    public async Task A_large_value_and_a_list_are_kept_too()
    {
        var results = Results(2, "built");
        results[0] = results[0] with { Outputs = Outputs(new string('x', 200_000)) };
        results[1] = results[1] with { Outputs = Outputs(TaskValue.ListOf(["a", "b"])) };
        using (var store = Open())
        {
            foreach (var result in results) Add(store, result);
            store.Commit();
            Find(store, results).Select(result => result!.Outputs["out"]).ShouldBe(results.Select(result => result.Outputs["out"]));
        }

        (await temporary.Results.FindAsync(results[0].Key, default))!.Outputs["out"].ShouldBe(results[0].Outputs["out"]);
    }

    [Fact]
    public async Task A_damaged_page_is_a_miss_with_a_warning_for_each()
    {
        var results = Results(40, "built");
        await temporary.Results.StoreAsync(results, default);
        await temporary.Database.WriteAsync(connection => { connection.Statements.Run("UPDATE result_page SET results = replace(results, 'built', 'faked')"); return true; }, default);
        using var store = Open();

        Find(store, results).ShouldAllBe(result => result == null);

        log.Lines.Count.ShouldBe(40);
    }

    /// <summary>Many are written beside the build, few by it: both learn why it went wrong.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5000)]
    public void A_database_that_cannot_be_written_to_ends_it_with_the_reason(int count)
    {
        var options = new DatabaseOptions { ConnectionString = temporary.Options.ConnectionString, BusyTimeout = TimeSpan.FromMilliseconds(1) };
        using var store = SqliteBuildStore.Open(options, temporary.Time, log);
        using var other = new SqliteConnection($"Data Source={temporary.Options.Path};Pooling=false");
        other.Open();
        using var writes = other.BeginTransaction();
        other.Execute("DELETE FROM result", transaction: writes);

        var error = Should.Throw<DatabaseException>(() =>
        {
            foreach (var result in Results(count, "built")) Add(store, result);
            store.Commit();
        });

        error.Failure.ShouldBe(DatabaseFailure.Locked);
    }

    [Fact]
    public async Task It_tells_whether_others_wrote_meanwhile()
    {
        using var store = Open();
        Add(store, Results(1, "built")[0]);
        store.Commit();
        Find(store, Results(1, "built"));
        store.Commit();
        var alone = store.WasAlone;
        await temporary.Results.StoreAsync(Results(1, "ran"), default);
        Find(store, Results(1, "built"));
        store.Commit();

        (alone, store.WasAlone).ShouldBe((true, false));
    }

    public ValueTask DisposeAsync() => temporary.DisposeAsync();

    SqliteBuildStore Open() => SqliteBuildStore.Open(temporary.Options, temporary.Time, log);

    static NodeOutputs?[] Find(SqliteBuildStore store, List<NodeOutputs> results) => [.. results.Select(result => store.Find(KeyOf(result)))];

    static void Add(SqliteBuildStore store, NodeOutputs result) =>
        store.Add(new BuiltResult(KeyOf(result), Encoding.UTF8.GetBytes(result.KeyText), result.Outputs, Trust.Trusted, result.StoredAt));

    static Sha256Digest KeyOf(NodeOutputs result) => Sha256Digest.TryParse(result.Key, out var key) ? key : throw new ArgumentException("No digest.", nameof(result));

    static string? Value(NodeOutputs? result) => result?.Outputs["out"].Content.AsText();

    static ImmutableSortedDictionary<string, NodeValue> Outputs(TaskValue value) =>
        ImmutableSortedDictionary.Create<string, NodeValue>(StringComparer.Ordinal).Add("out", new(value, Trust.Trusted));

    List<NodeOutputs> Results(int count, string value) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            var text = $"type core.noop 1\nattribute value {value} {i}\n";
            return new NodeOutputs(
                new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))), text, Outputs($"{value} {i}"), Layer: null, temporary.Time.GetUtcNow());
        }),
    ];
}
