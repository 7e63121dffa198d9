using Dapper;

namespace TaskBot.Storage.Deliveries;

/// <summary>How far the sweep for lost deliveries has come, and which deliveries came through.</summary>
public sealed class SqliteSweepStore(SqliteDatabase database)
{
    /// <summary>Every delivery that was tried before is settled; null before the first sweep.</summary>
    public async ValueTask<DateTimeOffset?> FindSettledUntilAsync(CancellationToken cancellationToken) =>
        await database.ReadAsync(connection => connection.QuerySingleOrDefault<long?>(Sql.Find), cancellationToken) is { } instant
            ? DateTimeOffset.FromUnixTimeMilliseconds(instant) : null;

    public async ValueTask SaveSettledUntilAsync(DateTimeOffset instant, CancellationToken cancellationToken) =>
        await database.WriteAsync(connection => connection.Execute(Sql.Save, new Settled(instant.ToUnixTimeMilliseconds())), cancellationToken);

    /// <summary>Whether a delivery was accepted here, whatever GitHub heard of it.</summary>
    public async ValueTask<bool> IsKnownAsync(string deliveryId, CancellationToken cancellationToken) =>
        await database.ReadAsync(connection => connection.ExecuteScalar<bool>(Sql.IsKnown, new Identity(deliveryId)), cancellationToken);

    sealed record Settled(long Until);

    sealed record Identity(string Id);

    static class Sql
    {
        public const string Find = "SELECT settled_until FROM delivery_sweep";

        public const string Save = "INSERT INTO delivery_sweep (id, settled_until) VALUES (1, @Until) ON CONFLICT (id) DO UPDATE SET settled_until = excluded.settled_until";

        public const string IsKnown = "SELECT EXISTS (SELECT 1 FROM delivery WHERE id = @Id)";
    }
}
