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

    const int RecentBytes = 4 * 1024 * 1024;

    readonly WakeSignal signal = new(time);
    readonly RecentBodies recent = new(RecentBytes);

    public async ValueTask<DeliveryAdmission> AddAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        // Packed here rather than in the write, so that callers do it side by side.
        var body = Packed.PackFast(delivery.Body.Span);
        var admission = await database.WriteAsync(connection => Add(connection, delivery, body), cancellationToken);
        if (admission == DeliveryAdmission.Accepted) signal.Set();
        return admission;
    }

    public async ValueTask<DeliveryAdmission> RememberAsync(Delivery delivery, CancellationToken cancellationToken) =>
        await database.WriteAsync(connection => Remember(connection, delivery), cancellationToken);

    DeliveryAdmission Remember(PreparedConnection connection, Delivery delivery)
    {
        var remember = connection.Statements.Prepare(Sql.Remember);
        remember.Bind(1, delivery.Id);
        remember.Bind(2, delivery.EventName);
        remember.Bind(3, delivery.ReceivedAt.ToUnixTimeMilliseconds());
        remember.Bind(4, Forgotten);
        var isNew = remember.Step();
        remember.Reset();
        return isNew ? DeliveryAdmission.Accepted : DeliveryAdmission.Duplicate;
    }

    DeliveryAdmission Add(PreparedConnection connection, Delivery delivery, byte[] body)
    {
        var add = connection.Statements.Prepare(Sql.Add);
        add.Bind(1, delivery.Id);
        add.Bind(2, delivery.EventName);
        add.Bind(3, delivery.ReceivedAt.ToUnixTimeMilliseconds());
        add.Bind(4, options.Value.DeliveryQueueLimit);
        add.Bind(5, Forgotten);
        long? place = add.Step() ? add.Number(0) : null;
        add.Reset();
        if (place is null) return connection.ExecuteScalar<bool>(Sql.IsKnown, new Identity(delivery.Id)) ? DeliveryAdmission.Duplicate : DeliveryAdmission.QueueFull;
        var keep = connection.Statements.Prepare(Sql.AddBody);
        keep.Bind(1, place.Value);
        keep.Bind(2, body);
        keep.Run();
        recent.Add(delivery.Id, delivery.Body);
        return DeliveryAdmission.Accepted;
    }

    public async ValueTask<ImmutableArray<Delivery>> ClaimAsync(int limit, TimeSpan lease, CancellationToken cancellationToken)
    {
        while (true)
        {
            var taken = await database.WriteAsync(connection => Take(connection, limit, lease), cancellationToken);
            if (taken.Count == 0) return [];
            signal.Set();
            var claimed = ImmutableArray.CreateBuilder<Delivery>(taken.Count);
            foreach (var delivery in taken)
            {
                try
                {
                    claimed.Add(new Delivery(delivery.Id, delivery.EventName, delivery.Packed is { } packed ? Packed.Unpack(packed) : delivery.Body, DateTimeOffset.FromUnixTimeMilliseconds(delivery.ReceivedAt)));
                }
                catch (InvalidDataException exception)
                {
                    // Trying it again would find the same bytes and keep all others waiting behind it.
                    Log.BodyDamaged(logger, delivery.Id, exception);
                    await AbandonAsync(delivery.Id, "Its stored body is damaged.", delay: null, cancellationToken);
                }
            }

            if (claimed.Count > 0) return claimed.DrainToImmutable();
        }
    }

    List<Taken> Take(PreparedConnection connection, int limit, TimeSpan lease)
    {
        var claim = connection.Statements.Prepare(Sql.Claim);
        claim.Bind(1, database.OwnerId);
        claim.Bind(2, Now + (long)lease.TotalMilliseconds);
        claim.Bind(3, Now);
        claim.Bind(4, limit);
        var taken = new List<Taken>();
        while (claim.Step()) taken.Add(new(claim.Number(0), claim.Text(1)!, claim.Text(2)!, claim.Number(3)));
        claim.Reset();
        // What RETURNING gives has no order of its own.
        taken.Sort((one, other) => one.Place.CompareTo(other.Place));
        var find = connection.Statements.Prepare(Sql.FindBody);
        foreach (var delivery in taken)
        {
            if (recent.TryTake(delivery.Id, out var body))
            {
                delivery.Body = body;
                continue;
            }

            find.Bind(1, delivery.Place);
            delivery.Packed = find.Step() ? find.Bytes(0) : [];
            find.Reset();
        }

        return taken;
    }

    public async ValueTask CompleteAsync(IReadOnlyCollection<string> deliveryIds, CancellationToken cancellationToken) =>
        await database.WriteAsync(connection => Complete(connection, deliveryIds), cancellationToken);

    static int Complete(PreparedConnection connection, IReadOnlyCollection<string> deliveryIds)
    {
        var complete = connection.Statements.Prepare(Sql.Complete);
        foreach (var id in deliveryIds)
        {
            complete.Bind(1, id);
            complete.Run();
        }

        return deliveryIds.Count;
    }

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

    sealed record Abandonment(string Id, string Owner, string Error, string State, long DueAt);

    sealed record Identity(string Id);

    sealed record Pruning(long Forgotten, int Count);

    /// <summary>A delivery that was claimed, with its body, or packed as it was stored.</summary>
    sealed record Taken(long Place, string Id, string EventName, long ReceivedAt)
    {
        public ReadOnlyMemory<byte> Body { get; set; }

        public byte[]? Packed { get; set; }
    }

    static class Sql
    {
        /// <summary>Changes nothing, and gives no place, when the id is known or the queue is full.</summary>
        public const string Add = """
            INSERT INTO delivery (id, event, received_at)
            SELECT ?1, ?2, ?3 WHERE (SELECT length FROM delivery_queue) < ?4
            ON CONFLICT (id) DO UPDATE SET
              event = excluded.event, received_at = excluded.received_at,
              state = 'Waiting', due_at = 0, tries = 0, error = NULL
            WHERE delivery.state <> 'Waiting' AND delivery.received_at < ?5
            RETURNING seq
            """;

        /// <summary>Changes nothing, and gives no place, when the id is known.</summary>
        public const string Remember = """
            INSERT INTO delivery (id, event, received_at, state) VALUES (?1, ?2, ?3, 'Completed')
            ON CONFLICT (id) DO UPDATE SET event = excluded.event, received_at = excluded.received_at, state = 'Completed', error = NULL
            WHERE delivery.state <> 'Waiting' AND delivery.received_at < ?4
            RETURNING seq
            """;

        public const string AddBody = "INSERT OR REPLACE INTO delivery_body (delivery, body) VALUES (?1, ?2)";

        public const string IsKnown = "SELECT EXISTS (SELECT 1 FROM delivery WHERE id = @Id)";

        public const string Claim = """
            UPDATE delivery SET held_by = ?1, held_until = ?2, tries = tries + 1
            WHERE seq IN (
              SELECT seq FROM delivery
              WHERE state = 'Waiting' AND due_at <= ?3 AND (held_by IS NULL OR held_until <= ?3)
              ORDER BY seq LIMIT ?4)
            RETURNING seq, id, event, received_at
            """;

        public const string FindBody = "SELECT body FROM delivery_body WHERE delivery = ?1";

        public const string Complete =
            "UPDATE delivery SET state = 'Completed', held_by = NULL, error = NULL WHERE id = ?1 AND state <> 'Completed'";

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
