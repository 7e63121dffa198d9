using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Nodes;

/// <summary>Where data comes from. Untrusted: text of people without write access, web pages, and whatever a model or command made from them.</summary>
public enum Trust
{
    Trusted,
    Untrusted,
}

/// <summary>A value that flows along an edge, together with where it came from.</summary>
public sealed record NodeValue(TaskValue Content, Trust Trust)
{
    const int LargestBufferKeptInBytes = 1 << 20;

    static readonly JsonWriterOptions Canonical = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Kept from value to value, as a run takes the digest of every output.</summary>
    [ThreadStatic]
    static ArrayBufferWriter<byte>? buffer;

    [ThreadStatic]
    static Utf8JsonWriter? writer;

    /// <summary>SHA-256, lower-case hex, over the trust and the canonical JSON: equal digests mean equal values.</summary>
    public string Digest => field ??= ComputeDigest();

    string ComputeDigest()
    {
        var bytes = buffer ??= new(256);
        bytes.ResetWrittenCount();
        bytes.Write(Trust == Trust.Trusted ? "t:"u8 : "u:"u8);
        if (writer is null) writer = new(bytes, Canonical);
        else writer.Reset(bytes);
        Content.Write(writer);
        writer.Flush();
        if (bytes.Capacity > LargestBufferKeptInBytes) buffer = null;
        return Convert.ToHexStringLower(SHA256.HashData(bytes.WrittenSpan));
    }
}
