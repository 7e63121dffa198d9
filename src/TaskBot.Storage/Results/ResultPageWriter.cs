using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Results;

namespace TaskBot.Storage.Results;

/// <summary>Packs results, one after the other, into the bytes of a <see cref="ResultPage"/>. Used for page after page; not safe for concurrent use.</summary>
sealed class ResultPageWriter : IDisposable
{
    readonly ArrayBufferWriter<byte> results = new(64 * 1024);
    readonly ArrayBufferWriter<byte> json = new(512);
    readonly List<long> places = new(ResultPages.MostInPage);
    readonly Utf8JsonWriter writer;

    public ResultPageWriter() => writer = new(json, ResultPayload.Options);

    public int Count => places.Count;

    /// <summary>The page's bytes, until something is added or it is cleared.</summary>
    public ReadOnlySpan<byte> Results => results.WrittenSpan;

    /// <summary>The number of each key, in their order.</summary>
    public IReadOnlyList<long> Places => places;

    /// <param name="result">One that may share a page.</param>
    public void Add(NodeOutputs result)
    {
        ResultPayload.Write(result, writer);
        Add(Sha256Digest.TryParse(result.Key, out var key) ? key : throw new ArgumentException("The key is no digest.", nameof(result)), result.StoredAt);
    }

    /// <param name="result">One that may share a page.</param>
    public void Add(BuiltResult result)
    {
        ResultPayload.Write(result, writer);
        Add(result.Key, result.StoredAt);
    }

    public void Clear()
    {
        results.ResetWrittenCount();
        places.Clear();
    }

    public void Dispose() => writer.Dispose();

    /// <summary>Takes over the JSON that was written.</summary>
    void Add(Sha256Digest key, DateTimeOffset storedAt)
    {
        writer.Flush();
        var head = results.GetSpan(ResultPage.HeadSize);
        key.CopyTo(head);
        BinaryPrimitives.WriteInt64LittleEndian(head[Sha256Digest.Size..], storedAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt32LittleEndian(head[(Sha256Digest.Size + sizeof(long))..], json.WrittenCount);
        results.Advance(ResultPage.HeadSize);
        results.Write(json.WrittenSpan);
        places.Add(ResultPage.NumberOf(key));
        json.ResetWrittenCount();
        writer.Reset();
    }
}
