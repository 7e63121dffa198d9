using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Keys;

/// <summary>
/// Writes down what a node's result is a function of, one fact a line, and takes the digest of that very text, so that what
/// <c>why</c> compares is what the key says. Long values stand as their own digest. The node's path is not among the facts, unless it
/// writes layers: the same work at another place is the same work. Reused from node to node; not safe for concurrent use.
/// </summary>
sealed class KeyWriter : IDisposable
{
    const int LongestValueInBytes = 200;

    /// <summary>Digits of an integer, with its sign.</summary>
    const int LongestNumber = 11;

    readonly ArrayBufferWriter<byte> text = new(1024);
    readonly ArrayBufferWriter<byte> value = new(256);
    readonly Utf8JsonWriter json;

    public KeyWriter() => json = new(value, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The text of the key that was written last.</summary>
    public string Text => Encoding.UTF8.GetString(text.WrittenSpan);

    /// <summary>The same in UTF-8, until the next key is begun.</summary>
    public ReadOnlySpan<byte> Utf8 => text.WrittenSpan;

    /// <param name="effectOf">The run, for a node that acts on the outside world: its result holds for that run alone.</param>
    /// <param name="writtenAt">Where layers find the node, for one that writes such.</param>
    public NodeKey Write(
        TaskNode node,
        NodeTypeSchema schema,
        ImmutableArray<NodeInput> inputs,
        ImmutableSortedDictionary<string, string> environment,
        RunId? effectOf,
        NodePath? writtenAt = null)
    {
        Begin(schema);
        foreach (var (name, attribute) in node.Attributes)
            if (schema.IsInKey(name)) Attribute(name, attribute, node.UntrustedAttributes.Contains(name));
        foreach (var input in inputs) Input(input.Name, input.Values.AsSpan(), input.IsList);
        foreach (var (name, fact) in environment)
        {
            Append("environment ", name, " ");
            AppendValue(fact);
            EndLine();
        }

        if (writtenAt is { } path)
        {
            Append("at ", path.ToString());
            EndLine();
        }

        if (effectOf is { } run)
        {
            Append("run ", run.Value);
            EndLine();
        }

        return End().ToKey();
    }

    /// <summary>The key of a node of a type; what it says and is given follows, in the order of names, attributes before inputs.</summary>
    public void Begin(NodeTypeSchema schema)
    {
        text.ResetWrittenCount();
        Append("type ", schema.Name, " ");
        schema.Version.TryFormat(text.GetSpan(LongestNumber), out var digits, provider: CultureInfo.InvariantCulture);
        text.Advance(digits);
        EndLine();
    }

    /// <summary>One that is part of the key.</summary>
    public void Attribute(string name, TaskValue content, bool isUntrusted)
    {
        Append("attribute ", name, isUntrusted ? " untrusted " : " ");
        AppendValue(content);
        EndLine();
    }

    public void Input(string name, ReadOnlySpan<NodeValue> values, bool isList)
    {
        Append("input ", name, isList ? " [" : " ");
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0) Append(" ");
            Append(values[i].Sha256);
        }

        if (isList) Append("]");
        EndLine();
    }

    /// <summary>The digest of what was written since <see cref="Begin"/>.</summary>
    public Sha256Digest End() => Sha256Digest.Of(text.WrittenSpan);

    /// <summary>The key of a node that also depends on what it read: that text with a line for each.</summary>
    /// <param name="reads">Digests by name, in the order of names.</param>
    public static NodeKey WithReads(string text, IEnumerable<KeyValuePair<string, string>> reads, out string whole)
    {
        whole = text + string.Concat(reads.Select(read => $"read {Word(read.Key)} {read.Value}\n"));
        return Sha256Digest.Of(Encoding.UTF8.GetBytes(whole)).ToKey();

        // The second word of a line, whatever is in the name.
        static string Word(string name) =>
            JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString().Replace(" ", "\\u0020", StringComparison.Ordinal);
    }

    public void Dispose() => json.Dispose();

    void Append(params ReadOnlySpan<string> words)
    {
        foreach (var word in words) text.Advance(Encoding.UTF8.GetBytes(word, text.GetSpan(Encoding.UTF8.GetMaxByteCount(word.Length))));
    }

    void Append(Sha256Digest digest)
    {
        digest.CopyHexTo(text.GetSpan(2 * Sha256Digest.Size));
        text.Advance(2 * Sha256Digest.Size);
    }

    void EndLine() => text.Write("\n"u8);

    void AppendValue(TaskValue content)
    {
        value.ResetWrittenCount();
        json.Reset();
        content.Write(json);
        json.Flush();
        if (value.WrittenCount <= LongestValueInBytes) text.Write(value.WrittenSpan);
        else Append("sha256:", Sha256Digest.Of(value.WrittenSpan).ToString());
    }
}
