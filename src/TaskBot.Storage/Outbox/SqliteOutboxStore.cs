using Dapper;
using TaskBot.Bot.Outbox;

namespace TaskBot.Storage.Outbox;

/// <summary>Intended and confirmed effects, in SQLite.</summary>
public sealed class SqliteOutboxStore(SqliteDatabase database, TimeProvider time) : IOutboxStore
{
    public async ValueTask<string?> IntendAsync(string key, CancellationToken cancellationToken)
    {
        var intention = new Intention(key, Now);
        return await database.WriteAsync(
            connection => connection.Execute(Sql.Intend, intention) > 0 ? null : connection.ExecuteScalar<string?>(Sql.Find, intention),
            cancellationToken);
    }

    public async ValueTask ConfirmAsync(string key, string result, CancellationToken cancellationToken)
    {
        var confirmation = new Confirmation(key, result, Now);
        await database.WriteAsync(connection => connection.Execute(Sql.Confirm, confirmation), cancellationToken);
    }

    long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    sealed record Intention(string Key, long At);

    sealed record Confirmation(string Key, string Result, long At);

    static class Sql
    {
        public const string Intend = "INSERT INTO effect (key, intended_at) VALUES (@Key, @At) ON CONFLICT (key) DO NOTHING";

        public const string Find = "SELECT result FROM effect WHERE key = @Key AND confirmed_at IS NOT NULL";

        public const string Confirm = """
            INSERT INTO effect (key, intended_at, confirmed_at, result) VALUES (@Key, @At, @At, @Result)
            ON CONFLICT (key) DO UPDATE SET confirmed_at = excluded.confirmed_at, result = excluded.result
            """;
    }
}
