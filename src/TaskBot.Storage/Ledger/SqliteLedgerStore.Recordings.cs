using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using TaskBot.Models.Recordings;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Ledger;

/// <content>What runs asked models and were answered.</content>
public sealed partial class SqliteLedgerStore
{
    const int RecordingsPerPage = 50;

    public async ValueTask AppendAsync(Recording recording, CancellationToken cancellationToken)
    {
        var row = RecordingRow.Of(recording);
        await database.WriteAsync(connection => Add(connection, row), cancellationToken);
    }

    public async IAsyncEnumerable<Recording> ReadAsync(string run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Page by page, so that a slow reader holds no connection.
        var page = new RecordingPage(run, After: 0, RecordingsPerPage);
        while (true)
        {
            var rows = await database.ReadAsync(connection => connection.Query<RecordingRow>(Sql.ReadRecordings, page).AsList(), cancellationToken);
            foreach (var row in rows) yield return Read(row.Seq, row.ToRecording);
            if (rows.Count < RecordingsPerPage) yield break;
            page = page with { After = rows[^1].Seq };
        }
    }

    public async ValueTask<ImmutableArray<string>> FindAnswersAsync(string run, string place, string key, CancellationToken cancellationToken)
    {
        var request = new RecordedRequest(run, place, key);
        var answers = await database.ReadAsync(connection => connection.Query<byte[]>(Sql.FindAnswers, request).AsList(), cancellationToken);
        return [.. answers.Select(answer => Read(0, () => RecordingRow.Text(answer)))];
    }

    static int Add(SqliteConnection connection, RecordingRow row) => connection.Execute(Sql.AddRecording, row);

    T Read<T>(long seq, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            throw new DatabaseException(DatabaseFailure.Corrupt, database.Path, $"has a damaged recording ({seq}) of a model's answer.", exception);
        }
    }

    sealed record RecordingPage(string Run, long After, int Length);

    sealed record RecordedRequest(string Run, string Place, string Key);

    sealed record RecordingRow
    {
        public long Seq { get; init; }

        public string Run { get; init; } = "";

        public string Place { get; init; } = "";

        public string Key { get; init; } = "";

        public string? Prompt { get; init; }

        public string Asked { get; init; } = "";

        public string Chain { get; init; } = "";

        public byte[] Request { get; init; } = [];

        public byte[]? Response { get; init; }

        public string? Error { get; init; }

        public static RecordingRow Of(Recording recording) => new()
        {
            Run = recording.Run,
            Place = recording.Place,
            Key = recording.Key,
            Prompt = recording.Prompt,
            Asked = recording.Asked,
            Chain = recording.Chain,
            Request = Packed.Pack(Encoding.UTF8.GetBytes(recording.Request)),
            Response = recording.Response is { } response ? Packed.Pack(Encoding.UTF8.GetBytes(response)) : null,
            Error = recording.Error is { } error ? JsonSerializer.Serialize(error, LedgerJsonContext.Default.RecordedError) : null,
        };

        public Recording ToRecording() => new(
            Run, Place, Key, Prompt, Asked, Chain, Text(Request), Response is null ? null : Text(Response),
            Error is null ? null : JsonSerializer.Deserialize(Error, LedgerJsonContext.Default.RecordedError));

        public static string Text(byte[] packed) => Encoding.UTF8.GetString(Packed.Unpack(packed));
    }

    static partial class Sql
    {
        public const string AddRecording = """
            INSERT INTO recording (run, place, key, prompt, asked, chain, request, response, error)
            VALUES (@Run, @Place, @Key, @Prompt, @Asked, @Chain, @Request, @Response, @Error)
            """;

        public const string ReadRecordings = """
            SELECT seq AS Seq, run AS Run, place AS Place, key AS Key, prompt AS Prompt, asked AS Asked, chain AS Chain, request AS Request,
              response AS Response, error AS Error
            FROM recording WHERE run = @Run AND seq > @After ORDER BY seq LIMIT @Length
            """;

        public const string FindAnswers =
            "SELECT response FROM recording WHERE run = @Run AND place = @Place AND key = @Key AND response IS NOT NULL ORDER BY seq";
    }
}
