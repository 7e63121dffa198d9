using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using TaskBot.Engine.Keys;
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

    Sha256Digest digest;
    bool hasDigest;

    /// <summary>SHA-256, lower-case hex, over the trust and the canonical JSON: equal digests mean equal values.</summary>
    public string Digest => Sha256.ToString();

    /// <summary>The digest as a number; worked out when it is first asked for.</summary>
    internal Sha256Digest Sha256
    {
        get
        {
            if (Volatile.Read(ref hasDigest)) return digest;
            digest = ComputeDigest();
            Volatile.Write(ref hasDigest, value: true);
            return digest;
        }
    }

    public bool Equals(NodeValue? other) => other is not null && Trust == other.Trust && Content == other.Content;

    public override int GetHashCode() => HashCode.Combine(Content, Trust);

    Sha256Digest ComputeDigest()
    {
        var bytes = buffer ??= new(256);
        bytes.ResetWrittenCount();
        bytes.Write(Trust == Trust.Trusted ? "t:"u8 : "u:"u8);
        if (writer is null) writer = new(bytes, Canonical);
        else writer.Reset(bytes);
        Content.Write(writer);
        writer.Flush();
        if (bytes.Capacity > LargestBufferKeptInBytes) buffer = null;
        return Sha256Digest.Of(bytes.WrittenSpan);
    }
}
