using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;

namespace TaskBot.Storage.Results;

/// <summary>
/// Small results that were stored together: for each the key (32 bytes), when it was stored (eight bytes, milliseconds, little-endian), the length
/// of its JSON (four bytes) and the JSON. One digest vouches for all.
/// </summary>
/// <param name="Keys">The keys in their order, one after the other.</param>
sealed record ResultPage(ReadOnlyMemory<byte> Results, byte[] Keys)
{
    public const int KeySize = SHA256.HashSizeInBytes;

    const int HeadSize = KeySize + sizeof(long) + sizeof(int);

    static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>The key as bytes; false where it is no digest in lower-case hexadecimal digits, and so is kept in no page.</summary>
    public static bool TryWrite(NodeKey key, Span<byte> bytes) =>
        key.Value.Length == 2 * KeySize && !key.Value.AsSpan().ContainsAnyExcept(Digits)
        && Convert.FromHexString(key.Value, bytes, out _, out _) == OperationStatus.Done;

    /// <summary>Packs results, the keys of which are digests.</summary>
    public static ResultPage Pack(ReadOnlySpan<NodeOutputs> results)
    {
        var buffer = new ArrayBufferWriter<byte>(512 * results.Length);
        var json = new ArrayBufferWriter<byte>(512);
        var keys = new byte[results.Length * KeySize];
        for (var i = 0; i < results.Length; i++)
        {
            json.ResetWrittenCount();
            ResultPayload.Write(results[i], json);
            var key = keys.AsSpan(i * KeySize, KeySize);
            TryWrite(results[i].Key, key);
            var head = buffer.GetSpan(HeadSize);
            key.CopyTo(head);
            BinaryPrimitives.WriteInt64LittleEndian(head[KeySize..], results[i].StoredAt.ToUnixTimeMilliseconds());
            BinaryPrimitives.WriteInt32LittleEndian(head[(KeySize + sizeof(long))..], json.WrittenCount);
            buffer.Advance(HeadSize);
            buffer.Write(json.WrittenSpan);
        }

        return new(buffer.WrittenMemory, keys);
    }

    /// <summary>Where the results stand in a page's bytes, by key. What is cut short ends the page.</summary>
    public static IEnumerable<(ReadOnlyMemory<byte> Key, DateTimeOffset StoredAt, ReadOnlyMemory<byte> Json)> Read(ReadOnlyMemory<byte> results)
    {
        while (results.Length >= HeadSize)
        {
            var head = results.Span[KeySize..HeadSize];
            var length = BinaryPrimitives.ReadInt32LittleEndian(head[sizeof(long)..]);
            if (length < 0 || length > results.Length - HeadSize) yield break;
            yield return (results[..KeySize], DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(head)), results.Slice(HeadSize, length));
            results = results[(HeadSize + length)..];
        }
    }
}
