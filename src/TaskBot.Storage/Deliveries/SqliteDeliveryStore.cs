using System.Collections.Immutable;
using Dapper;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Deliveries;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Deliveries;

/// <summary>
/// The durable queue of deliveries, in SQLite. A handled delivery is kept without its body for 14 days, so that the same id is known as a
/// duplicate; one that was given up keeps its body and error as long.
/// </summary>
public sealed partial class SqliteDeliveryStore(
    SqliteDatabase database, IOptions<DatabaseOptions> options, TimeProvider time, ILogger<SqliteDeliveryStore> logger) : IDeliveryStore
{
    /// <summary>How long the same id counts as the same delivery.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromDays(14);

    const int PruneBatch = 1000;

    readonly WakeSignal signal = new(time);

    public async ValueTask<DeliveryAdmission> AddAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        // Packed here rather than in the write, so that callers do it side by side.
        var arrival = new Arrival(delivery.Id, delivery.EventName, Packed.Pack(delivery.Body.Span), delivery.ReceivedAt.ToUnixTimeMilliseconds(),
            Forgotten, options.Value.DeliveryQueueLimit);
        var admission = await database.WriteAsync(
            connection => connection.Execute(Sql.Add, arrival) > 0 ? DeliveryAdmission.Accepted
                : connection.ExecuteScalar<bool>(Sql.IsKnown, new Identity(delivery.Id)) ? DeliveryAdmission.Duplicate
                : DeliveryAdmission.QueueFull,
            cancellationToken);
        if (admission == DeliveryAdmission.Accepted) signal.Set();
        return admission;
    }

    public async ValueTask<ImmutableArray<Delivery>> ClaimAsync(int limit, TimeSpan lease, CancellationToken cancellationToken)
    {
        while (true)
        {
            var claim = new Claim(database.OwnerId, Now, Now + (long)lease.TotalMilliseconds, limit);
            var rows = await database.WriteAsync(connection => connection.Query<Row>(Sql.Claim, claim).AsList(), cancellationToken);
            if (rows.Count == 0) return [];
            signal.Set();
            var claimed = ImmutableArray.CreateBuilder<Delivery>(rows.Count);
            // What RETURNING gives has no order of its own.
            foreach (var row in rows.OrderBy(row => row.Seq))
            {
                try
                {
                    claimed.Add(new Delivery(row.Id, row.EventName, Packed.Unpack(row.Body), DateTimeOffset.FromUnixTimeMilliseconds(row.ReceivedAt)));
                }
                catch (InvalidDataException exception)
                {
                    // Trying it again would find the same bytes and keep all others waiting behind it.
                    Log.BodyDamaged(logger, row.Id, exception);
                    await AbandonAsync(row.Id, "Its stored body is damaged.", delay: null, cancellationToken);
                }
            }

            if (claimed.Count > 0) return claimed.DrainToImmutable();
        }
    }

    public async ValueTask CompleteAsync(IReadOnlyCollection<string> deliveryIds, CancellationToken cancellationToken) =>
        await database.WriteAsync(connection => connection.Execute(Sql.Complete, deliveryIds.Select(id => new Identity(id))), cancellationToken);

    public async ValueTask AbandonAsync(string deliveryId, string error, TimeSpan? delay, CancellationToken cancellationToken)
    {
        var end = new Abandonment(deliveryId, database.OwnerId, error, delay is null ? "GivenUp" : "Waiting", Now + (long)(delay?.TotalMilliseconds ?? 0));
        await database.WriteAsync(connection => connection.Execute(Sql.Abandon, end), cancellationToken);
        signal.Set();
    }

    public async ValueTask<int> CountTriesAsync(string deliveryId, CancellationToken cancellationToken) =>
        await database.ReadAsync(connection => connection.ExecuteScalar<int>(Sql.CountTries, new Identity(deliveryId)), cancellationToken);

    public async ValueTask<int> CountWaitingAsync(CancellationToken cancellationToken) =>
        await database.ReadAsync(connection => connection.ExecuteScalar<int>(Sql.CountWaiting), cancellationToken);

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        // While deliveries come faster than they are handled, this is asked once for each: it must not look through all that wait.
        if (signal.TryTake()) return;
        var dueAt = await database.ReadAsync(connection => connection.ExecuteScalar<long?>(Sql.NextDue), cancellationToken);
        await signal.WaitAsync(dueAt, cancellationToken);
    }

    /// <summary>Forgets deliveries that ended and came more than 14 days ago; gives their number.</summary>
    public async ValueTask<int> PruneAsync(CancellationToken cancellationToken)
    {
        var total = 0;
        int removed;
        do
        {
            removed = await database.WriteAsync(connection => connection.Execute(Sql.Prune, new Pruning(Forgotten, PruneBatch)), cancellationToken);
            total += removed;
        }
        while (removed == PruneBatch);
        return total;
    }

    long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    long Forgotten => (time.GetUtcNow() - Memory).ToUnixTimeMilliseconds();

    sealed record Arrival(string Id, string EventName, byte[] Body, long ReceivedAt, long Forgotten, int Limit);

    sealed record Claim(string Owner, long Now, long Until, int Count);

    sealed record Abandonment(string Id, string Owner, string Error, string State, long DueAt);

    sealed record Identity(string Id);

    sealed record Pruning(long Forgotten, int Count);

    sealed record Row
    {
        public long Seq { get; init; }

        public string Id { get; init; } = "";

        public string EventName { get; init; } = "";

        public byte[] Body { get; init; } = [];

        public long ReceivedAt { get; init; }
    }

    static class Sql
    {
        /// <summary>Changes nothing when the id is known or the queue is full.</summary>
        public const string Add = """
            INSERT INTO delivery (id, event, body, received_at)
            SELECT @Id, @EventName, @Body, @ReceivedAt WHERE (SELECT length FROM delivery_queue) < @Limit
            ON CONFLICT (id) DO UPDATE SET
              event = excluded.event, body = excluded.body, received_at = excluded.received_at,
              state = 'Waiting', due_at = 0, tries = 0, error = NULL
            WHERE delivery.state <> 'Waiting' AND delivery.received_at < @Forgotten
            """;

        public const string IsKnown = "SELECT EXISTS (SELECT 1 FROM delivery WHERE id = @Id)";

        public const string Claim = """
            UPDATE delivery SET held_by = @Owner, held_until = @Until, tries = tries + 1
            WHERE seq IN (
              SELECT seq FROM delivery
              WHERE state = 'Waiting' AND due_at <= @Now AND (held_by IS NULL OR held_until <= @Now)
              ORDER BY seq LIMIT @Count)
            RETURNING seq AS Seq, id AS Id, event AS EventName, CAST(coalesce(body, '') AS BLOB) AS Body, received_at AS ReceivedAt
            """;

        public const string Complete =
            "UPDATE delivery SET state = 'Completed', body = NULL, held_by = NULL, error = NULL WHERE id = @Id AND state <> 'Completed'";

        /// <summary>Whoever lost its lease to another has no say any more.</summary>
        public const string Abandon = """
            UPDATE delivery SET state = @State, due_at = @DueAt, error = @Error, held_by = NULL
            WHERE id = @Id AND state = 'Waiting' AND held_by = @Owner
            """;

        public const string CountWaiting = "SELECT length FROM delivery_queue";

        public const string CountTries = "SELECT tries FROM delivery WHERE id = @Id";

        public const string NextDue =
            "SELECT min(CASE WHEN held_by IS NULL THEN due_at ELSE max(due_at, held_until) END) FROM delivery WHERE state = 'Waiting'";

        public const string Prune = """
            DELETE FROM delivery WHERE seq IN (
              SELECT seq FROM delivery WHERE state <> 'Waiting' AND received_at < @Forgotten ORDER BY received_at LIMIT @Count)
            """;
    }

    static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Gave up delivery {Delivery}: its stored body is damaged")]
        public static partial void BodyDamaged(ILogger logger, string delivery, Exception exception);
    }
}
