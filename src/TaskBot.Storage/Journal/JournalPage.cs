using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Storage.Results;

namespace TaskBot.Storage.Journal;

/// <summary>Records that were appended together, as JSON: <c>[[attempt, node, state, key, cached, message, at], ...]</c>.</summary>
static class JournalPage
{
    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(IEnumerable<JournalRecord> records)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        Write(records, buffer);
        return buffer.WrittenMemory;
    }

    public static void Write(IEnumerable<JournalRecord> records, IBufferWriter<byte> buffer)
    {
        using var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartArray();
        foreach (var record in records)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(record.Attempt);
            writer.WriteStringValue(record.Node.ToString());
            writer.WriteStringValue(Enum.GetName(record.State));
            writer.WriteStringValue(record.Key?.Value);
            writer.WriteBooleanValue(record.Cached);
            writer.WriteStringValue(record.Message);
            writer.WriteNumberValue(record.At.ToUnixTimeMilliseconds());
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    /// <summary>The same of what a build did.</summary>
    public static void Write(BuildBatch batch, IBufferWriter<byte> buffer)
    {
        Span<byte> digits = stackalloc byte[2 * Sha256Digest.Size];
        using var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartArray();
        for (var i = 0; i < batch.Records; i++)
        {
            var record = batch.RecordAt(i);
            writer.WriteStartArray();
            writer.WriteNumberValue(record.Attempt);
            writer.WriteStringValue(record.Path);
            writer.WriteStringValue(Enum.GetName(record.State));
            if (record.Key is { } key)
            {
                key.CopyHexTo(digits);
                writer.WriteStringValue(digits);
            }
            else
            {
                writer.WriteNullValue();
            }

            writer.WriteBooleanValue(record.IsCached);
            writer.WriteStringValue(record.Message);
            writer.WriteNumberValue(record.At.ToUnixTimeMilliseconds());
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    /// <returns>The records; null where the page is damaged.</returns>
    public static List<JournalRecord>? Read(RunId runId, byte[] page)
    {
        try
        {
            using var document = JsonDocument.Parse(page);
            var records = new List<JournalRecord>(document.RootElement.GetArrayLength());
            foreach (var item in document.RootElement.EnumerateArray())
            {
                if (!NodePath.TryParse(item[1].GetString(), out var node) || !Enum.TryParse<NodeState>(item[2].GetString(), out var state)) return null;
                records.Add(new(
                    runId, item[0].GetInt32(), node, state, item[3].GetString() is { } key ? new NodeKey(key) : null, item[4].GetBoolean(), item[5].GetString(),
                    DateTimeOffset.FromUnixTimeMilliseconds(item[6].GetInt64())));
            }

            return records;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or IndexOutOfRangeException or FormatException)
        {
            return null;
        }
    }
}
