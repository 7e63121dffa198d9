using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;

namespace TaskBot.Storage.Results;

/// <summary>
/// Small results that were stored together: for each the key (32 bytes), when it was stored (eight bytes, milliseconds, little-endian), the length
/// of its JSON (four bytes) and the JSON. One digest vouches for all.
/// </summary>
/// <param name="Places">The number of each key, in their order: where it is looked for.</param>
sealed record ResultPage(ReadOnlyMemory<byte> Results, long[] Places)
{
    const int KeySize = SHA256.HashSizeInBytes;

    const int HeadSize = KeySize + sizeof(long) + sizeof(int);

    /// <summary>The number that a key is found by: its first eight bytes. False where it is no digest in lower-case hexadecimal digits, and so is kept in no page.</summary>
    public static bool TryNumber(NodeKey key, out long number)
    {
        Span<byte> bytes = stackalloc byte[KeySize];
        var isDigest = TryWrite(key, bytes);
        number = NumberOf(bytes);
        return isDigest;
    }

    /// <summary>Packs results, the keys of which are digests.</summary>
    public static ResultPage Pack(ReadOnlySpan<NodeOutputs> results) => Pack(results, new(512 * results.Length));

    /// <param name="buffer">An empty one, which the page stands in as long as nothing else is written there.</param>
    public static ResultPage Pack(ReadOnlySpan<NodeOutputs> results, ArrayBufferWriter<byte> buffer)
    {
        var json = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(json, ResultPayload.Options);
        var places = new long[results.Length];
        for (var i = 0; i < results.Length; i++)
        {
            json.ResetWrittenCount();
            writer.Reset();
            ResultPayload.Write(results[i], writer);
            writer.Flush();
            var head = buffer.GetSpan(HeadSize);
            TryWrite(results[i].Key, head);
            places[i] = NumberOf(head);
            BinaryPrimitives.WriteInt64LittleEndian(head[KeySize..], results[i].StoredAt.ToUnixTimeMilliseconds());
            BinaryPrimitives.WriteInt32LittleEndian(head[(KeySize + sizeof(long))..], json.WrittenCount);
            buffer.Advance(HeadSize);
            buffer.Write(json.WrittenSpan);
        }

        return new(buffer.WrittenMemory, places);
    }

    /// <summary>The results that stand in a page's bytes. What is cut short ends the page.</summary>
    public static IEnumerable<Entry> Read(ReadOnlyMemory<byte> results)
    {
        while (results.Length >= HeadSize)
        {
            var head = results.Span[KeySize..HeadSize];
            var length = BinaryPrimitives.ReadInt32LittleEndian(head[sizeof(long)..]);
            if (length < 0 || length > results.Length - HeadSize) yield break;
            yield return new(results[..KeySize], BinaryPrimitives.ReadInt64LittleEndian(head), results.Slice(HeadSize, length));
            results = results[(HeadSize + length)..];
        }
    }

    static long NumberOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key);

    static bool TryWrite(NodeKey key, Span<byte> bytes)
    {
        if (key.Value.Length != 2 * KeySize) return false;
        foreach (var digit in key.Value)
            if (digit is >= 'A' and <= 'F') return false;
        return Convert.FromHexString(key.Value, bytes, out _, out _) == OperationStatus.Done;
    }

    /// <summary>One result as it stands in a page.</summary>
    /// <param name="StoredAt">Milliseconds since 1970 UTC.</param>
    internal readonly record struct Entry(ReadOnlyMemory<byte> Bytes, long StoredAt, ReadOnlyMemory<byte> Json)
    {
        public NodeKey Key => new(Convert.ToHexStringLower(Bytes.Span));

        /// <summary>The number that the key is found by.</summary>
        public long Number => NumberOf(Bytes.Span);

        public NodeOutputs ToResult(NodeKey key) => ResultPayload.Read(key, Json, DateTimeOffset.FromUnixTimeMilliseconds(StoredAt));
    }
}
