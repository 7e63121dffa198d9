using System.Buffers.Binary;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;

namespace TaskBot.Storage.Results;

/// <summary>
/// Small results that were stored together: for each the key (32 bytes), when it was stored (eight bytes, milliseconds, little-endian), the length
/// of its JSON (four bytes) and the JSON. One digest vouches for all.
/// </summary>
static class ResultPage
{
    public const int HeadSize = Sha256Digest.Size + sizeof(long) + sizeof(int);

    /// <summary>The number that a key is found by: its first eight bytes.</summary>
    public static long NumberOf(Sha256Digest key) => unchecked((long)key.First);

    /// <summary>The results that stand in a page's bytes. What is cut short ends the page.</summary>
    public static IEnumerable<Entry> Read(ReadOnlyMemory<byte> results)
    {
        while (results.Length >= HeadSize)
        {
            var head = results.Span[..HeadSize];
            var length = BinaryPrimitives.ReadInt32LittleEndian(head[(Sha256Digest.Size + sizeof(long))..]);
            if (length < 0 || length > results.Length - HeadSize) yield break;
            yield return new(Sha256Digest.Read(head), BinaryPrimitives.ReadInt64LittleEndian(head[Sha256Digest.Size..]), results.Slice(HeadSize, length));
            results = results[(HeadSize + length)..];
        }
    }

    /// <summary>One result as it stands in a page.</summary>
    /// <param name="StoredAt">Milliseconds since 1970 UTC.</param>
    internal readonly record struct Entry(Sha256Digest Key, long StoredAt, ReadOnlyMemory<byte> Json)
    {
        public NodeOutputs ToResult() => ResultPayload.Read(Key.ToKey(), Json, DateTimeOffset.FromUnixTimeMilliseconds(StoredAt));
    }
}
