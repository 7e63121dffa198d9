using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Data.Sqlite;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Tests.Sqlite;

public sealed class SqliteMigrationsTests : IDisposable
{
    static readonly SqliteMigration First = new(1, "first", "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (7)");
    static readonly SqliteMigration Second = new(2, "second", "ALTER TABLE a ADD COLUMN y TEXT; UPDATE a SET y = 'old'");
    static readonly SqliteMigration Broken = new(2, "broken", "CREATE TABLE b (x INTEGER); INSERT INTO nowhere VALUES (1)");
    readonly PreparedConnection connection;

    public SqliteMigrationsTests()
    {
        _ = SqliteLibrary.Current;
        connection = new PreparedConnection("Data Source=:memory:");
        connection.Open();
    }

    [Fact]
    public void The_files_are_numbered_upwards_and_none_twice() =>
        SqliteMigration.All.Select(migration => migration.Version).ShouldBe(SqliteMigration.All.Select(migration => migration.Version).Distinct().Order());

    [Fact]
    public void An_empty_database_gets_all_of_them_and_a_second_time_changes_nothing()
    {
        Apply(SqliteMigration.All);
        var schema = connection.Query<string>("SELECT sql FROM sqlite_master").ToList();
        Apply(SqliteMigration.All);

        connection.Query<string>("SELECT sql FROM sqlite_master").ShouldBe(schema);
        connection.Query<int>("SELECT version FROM taskbot_schema").ShouldBe(SqliteMigration.All.Select(migration => migration.Version));
    }

    [Fact]
    public void The_places_of_results_are_numbers_from_the_step_that_says_so_on()
    {
        byte[][] keys = [.. Enumerable.Range(0, 50).Select(i => SHA256.HashData([(byte)i]))];
        Apply([.. SqliteMigration.All.TakeWhile(migration => !migration.Name.StartsWith("places-by-number", StringComparison.Ordinal))]);
        foreach (var key in keys) connection.Execute("INSERT INTO result_place (key, page) VALUES (@Key, 7)", new { Key = key });

        Apply(SqliteMigration.All);

        connection.Query<long>("SELECT key FROM result_place WHERE page = 7").ShouldBe(keys.Select(key => BinaryPrimitives.ReadInt64BigEndian(key)).Order());
    }

    [Fact]
    public void An_older_database_gets_what_it_lacks_and_keeps_what_it_has()
    {
        Apply([First]);
        Apply([First, Second]);

        connection.QuerySingle<(long, string)>("SELECT x, y FROM a").ShouldBe((7, "old"));
    }

    [Fact]
    public void One_that_fails_leaves_the_database_as_it_was()
    {
        Apply([First]);

        Should.Throw<SqliteException>(() => Apply([First, Broken]));

        connection.ExecuteScalar<int>("SELECT max(version) FROM taskbot_schema").ShouldBe(1);
        connection.ExecuteScalar<int>("SELECT count(*) FROM sqlite_master WHERE name = 'b'").ShouldBe(0);
        Apply([First, Second]);
    }

    public void Dispose() => connection.Dispose();

    void Apply(ImmutableArray<SqliteMigration> migrations) =>
        SqliteMigrations.Apply(connection.Statements, ":memory:", migrations, new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero));
}
