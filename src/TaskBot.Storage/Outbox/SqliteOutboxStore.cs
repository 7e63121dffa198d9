using Dapper;
using Microsoft.Data.Sqlite;
using TaskBot.Engine.Outbox;

namespace TaskBot.Storage.Outbox;

/// <summary>Intended and confirmed effects, in SQLite.</summary>
public sealed class SqliteOutboxStore(SqliteDatabase database, TimeProvider time) : IOutboxStore
{
    public async ValueTask<EffectIntent> IntendAsync(string key, TimeSpan lease, TimeSpan settling, CancellationToken cancellationToken)
    {
        var now = Now;
        var intention = new Intention(key, database.OwnerId, Guid.NewGuid().ToString("N"), now, now + Milliseconds(lease), now + Milliseconds(settling));
        return await database.WriteAsync(connection => Intend(connection, intention), cancellationToken);
    }

    public async ValueTask ConfirmAsync(string key, string result, CancellationToken cancellationToken)
    {
        var confirmation = new Confirmation(key, result, Now);
        await database.WriteAsync(connection => connection.Execute(Sql.Confirm, confirmation), cancellationToken);
    }

    public async ValueTask ReleaseAsync(string key, string holder, TimeSpan after, CancellationToken cancellationToken)
    {
        var holding = new Holding(key, holder, Now + Milliseconds(after));
        await database.WriteAsync(connection => connection.Execute(Sql.Release, holding), cancellationToken);
    }

    long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;

    static EffectIntent Intend(SqliteConnection connection, Intention intention)
    {
        if (connection.Execute(Sql.Intend, intention) > 0) return new EffectIntent.Ours(intention.Holder, WasTried: false);
        connection.Execute(Sql.LetSettle, intention);
        if (connection.Execute(Sql.TakeOver, intention) > 0) return new EffectIntent.Ours(intention.Holder, WasTried: true);
        var row = connection.QuerySingle<Row>(Sql.Find, intention);
        return row.Result is { } result ? new EffectIntent.Confirmed(result) : new EffectIntent.Theirs(DateTimeOffset.FromUnixTimeMilliseconds(row.HeldUntil));
    }

    sealed record Intention(string Key, string Owner, string Holder, long At, long Until, long Settled);

    sealed record Confirmation(string Key, string Result, long At);

    sealed record Holding(string Key, string Holder, long Until);

    sealed record Row
    {
        public string? Result { get; init; }

        public long HeldUntil { get; init; }
    }

    static class Sql
    {
        public const string Intend = """
            INSERT INTO effect (key, intended_at, held_by, holder, held_until) VALUES (@Key, @At, @Owner, @Holder, @Until)
            ON CONFLICT (key) DO NOTHING
            """;

        /// <summary>What a process that died had sent arrives soon or not at all.</summary>
        public const string LetSettle = """
            UPDATE effect SET held_until = @Settled WHERE key = @Key AND confirmed_at IS NULL AND held_by IS NULL AND held_until > @Settled
            """;

        public const string TakeOver = """
            UPDATE effect SET held_by = @Owner, holder = @Holder, held_until = @Until
            WHERE key = @Key AND confirmed_at IS NULL AND held_until <= @At
            """;

        public const string Find = "SELECT CASE WHEN confirmed_at IS NULL THEN NULL ELSE result END AS Result, held_until AS HeldUntil FROM effect WHERE key = @Key";

        public const string Confirm = """
            INSERT INTO effect (key, intended_at, confirmed_at, result) VALUES (@Key, @At, @At, @Result)
            ON CONFLICT (key) DO UPDATE SET confirmed_at = excluded.confirmed_at, result = excluded.result, held_by = NULL, holder = NULL, held_until = 0
            """;

        public const string Release = "UPDATE effect SET held_until = @Until WHERE key = @Key AND holder = @Holder";
    }
}
