using System.Buffers;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Results;

/// <summary>A result as JSON: <c>{"key_text", "layer", "layer_trust", "outputs": {name: {"trust", "value"}}}</c>.</summary>
public static class ResultPayload
{
    static readonly JsonEncodedText KeyTextName = JsonEncodedText.Encode("key_text");
    static readonly JsonEncodedText LayerName = JsonEncodedText.Encode("layer");
    static readonly JsonEncodedText LayerTrustName = JsonEncodedText.Encode("layer_trust");

    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(NodeOutputs result)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options)) Write(result, writer);
        return buffer.WrittenSpan.ToArray();
    }

    public static void Write(NodeOutputs result, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString(KeyTextName, result.KeyText);
        writer.WriteString(LayerName, result.Layer);
        writer.WriteString(LayerTrustName, Word(result.LayerTrust));
        if (!result.Reads.IsEmpty)
        {
            writer.WriteStartObject("reads");
            foreach (var (name, digest) in result.Reads) writer.WriteString(name, digest);
            writer.WriteEndObject();
        }

        WriteOutputs(result.Outputs, writer);
    }

    /// <summary>The same of a result of a build.</summary>
    public static void Write(BuiltResult result, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString(KeyTextName, result.KeyText);
        writer.WriteNull(LayerName);
        writer.WriteString(LayerTrustName, Word(result.Trust));
        WriteOutputs(result.Outputs, writer);
    }

    static void WriteOutputs(ImmutableSortedDictionary<string, NodeValue> outputs, Utf8JsonWriter writer)
    {
        writer.WriteStartObject("outputs");
        foreach (var (name, value) in outputs)
        {
            writer.WriteStartObject(name);
            writer.WriteString("trust", Word(value.Trust));
            writer.WritePropertyName("value");
            value.Content.Write(writer);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="KeyNotFoundException">A member is missing.</exception>
    /// <exception cref="InvalidOperationException">A member has another type.</exception>
    public static NodeOutputs Read(NodeKey key, ReadOnlyMemory<byte> json, DateTimeOffset storedAt)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        var outputs = ImmutableSortedDictionary.CreateBuilder<string, NodeValue>(StringComparer.Ordinal);
        foreach (var output in root.GetProperty("outputs").EnumerateObject())
        {
            // What is not plainly trusted is not trusted.
            var trust = output.Value.GetProperty("trust").ValueEquals(nameof(Trust.Trusted)) ? Trust.Trusted : Trust.Untrusted;
            outputs[output.Name] = new NodeValue(TaskValue.From(output.Value.GetProperty("value")), trust);
        }

        return new NodeOutputs(key, root.GetProperty("key_text").GetString()!, outputs.ToImmutable(), root.GetProperty("layer").GetString(), storedAt)
        {
            LayerTrust = root.GetProperty("layer_trust").ValueEquals(nameof(Trust.Trusted)) ? Trust.Trusted : Trust.Untrusted,
            Reads = root.TryGetProperty("reads", out var reads)
                ? reads.EnumerateObject().ToImmutableSortedDictionary(read => read.Name, read => read.Value.GetString()!, StringComparer.Ordinal)
                : ImmutableSortedDictionary<string, string>.Empty,
        };
    }

    static string Word(Trust trust) => trust == Trust.Trusted ? nameof(Trust.Trusted) : nameof(Trust.Untrusted);
}
