using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskBot.Benchmarks.Programs;
using TaskBot.Bot.Deliveries;
using TaskBot.Storage;
using TaskBot.Storage.Deliveries;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Benchmarks.Deliveries;

/// <summary>
/// The store of deliveries alone, without HTTP: 16 callers add bodies of 10 kB, each answered after its commit. Beside it, in the same run,
/// the same rows written by one plain loop with a transaction a row. Both in write-ahead mode with <c>synchronous=FULL</c>.
/// </summary>
static class DeliveryBenchmark
{
    const int Callers = 16;
    const int BodyBytes = 10_000;

    /// <summary>The plain loop needs fewer rows for a steady figure, and is slow.</summary>
    const int PlainShare = 10;

    public static async Task RunAsync(TextWriter output, int count, CancellationToken cancellationToken)
    {
        var bodies = Bodies();
        using var folder = new TemporaryFolder();
        await StoreAsync(folder.File("warm.db"), bodies, count / 10, cancellationToken);
        var plain = Plain(folder.File("plain.db"), bodies, count / PlainShare);
        var store = await StoreAsync(folder.File("store.db"), bodies, count, cancellationToken);
        await output.WriteLineAsync($"{"bodies of 10 kB, synchronous=FULL",-46} {"a second",10} {"p50 ms",8} {"p99 ms",8} {"ratio",7}");
        await output.WriteLineAsync(Row("SQLite, one loop, one transaction a row", plain, plain));
        await output.WriteLineAsync(Row($"delivery store, {Callers} callers", store, plain));
        await output.WriteLineAsync($"{SqliteLibrary.Current}; {count:N0} deliveries, {count / PlainShare:N0} plain rows, in {Path.GetTempPath()}");
    }

    static string Row(string name, Figures figures, Figures comparedWith) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-46} {figures.PerSecond,10:N0} {figures.Percentile(0.5),8:N2} {figures.Percentile(0.99),8:N2} {figures.PerSecond / comparedWith.PerSecond,6:N1}x");

    static async Task<Figures> StoreAsync(string path, byte[][] bodies, int count, CancellationToken cancellationToken)
    {
        var options = new DatabaseOptions { ConnectionString = path, DeliveryQueueLimit = count + 1 };
        await using var database = SqliteDatabase.Open(options, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
        var store = new SqliteDeliveryStore(database, Options.Create(options), TimeProvider.System, NullLogger<SqliteDeliveryStore>.Instance);
        var now = TimeProvider.System.GetUtcNow();
        var milliseconds = new double[count];
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(CallAsync, cancellationToken)));
        return new(milliseconds, Stopwatch.GetElapsedTime(started));

        async Task CallAsync()
        {
            for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                var begun = Stopwatch.GetTimestamp();
                var admission = await store.AddAsync(new Delivery($"delivery-{i}", "issues", bodies[i % bodies.Length], now), cancellationToken);
                if (admission != DeliveryAdmission.Accepted) throw new InvalidOperationException($"Delivery {i} was {admission}.");
                milliseconds[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            }
        }
    }

    static Figures Plain(string path, byte[][] bodies, int count)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE delivery (id TEXT PRIMARY KEY, event TEXT, body BLOB)";
        command.ExecuteNonQuery();
        command.CommandText = "INSERT INTO delivery VALUES ($id, 'issues', $body)";
        var id = command.Parameters.Add("$id", SqliteType.Text);
        var body = command.Parameters.Add("$body", SqliteType.Blob);
        var milliseconds = new double[count];
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            id.Value = $"delivery-{i}";
            body.Value = bodies[i % bodies.Length];
            command.ExecuteNonQuery();
            milliseconds[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        }

        return new(milliseconds, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>JSON that compresses about as a webhook's body does: the same keys and addresses over and over, with other ids.</summary>
    public static byte[][] Bodies()
    {
        var random = new Random(1);
        var bodies = new byte[64][];
        const string Subject = """{"id":1,"number":1,"title":"It is slow","state":"open","html_url":"https://github.com/acme/demo/issues/1","user":{"id":2,"login":"someone"}}""";
        const string Place = """{"id":3,"name":"demo","full_name":"acme/demo","default_branch":"main","owner":{"id":4,"login":"acme"}}""";
        for (var i = 0; i < bodies.Length; i++)
        {
            var text = new StringBuilder($$"""{"action":"opened","ref":"refs/heads/topic","before":"{{random.NextInt64():x40}}","after":"{{random.NextInt64():x40}}","issue":{{Subject}},"repository":{{Place}},"sender":{"id":2,"login":"someone"},"items":[""");
            while (text.Length < BodyBytes - 200)
            {
                var id = random.Next();
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{{\"id\":{id},\"node_id\":\"I_{random.NextInt64():x}\",\"url\":\"/repos/acme/demo/issues/{id}\",\"labels_url\":\"/repos/acme/demo/issues/{id}/labels\"}},");
            }

            bodies[i] = Encoding.UTF8.GetBytes(text.Append("null]").Append(' ', BodyBytes - text.Length - 1).Append('}').ToString());
        }

        return bodies;
    }
}
