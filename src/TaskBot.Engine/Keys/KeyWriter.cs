using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
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
/// <c>why</c> compares is what the key says. Long values stand as their own digest. The node's path is not among the facts: the same
/// work at another place is the same work. Reused from node to node; not safe for concurrent use.
/// </summary>
sealed class KeyWriter : IDisposable
{
    const int LongestValueInBytes = 200;

    readonly ArrayBufferWriter<byte> text = new(1024);
    readonly ArrayBufferWriter<byte> value = new(256);
    readonly Utf8JsonWriter json;

    public KeyWriter() => json = new(value, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The text of the key that was written last.</summary>
    public string Text => Encoding.UTF8.GetString(text.WrittenSpan);

    /// <param name="effectOf">The run, for a node that acts on the outside world: its result holds for that run alone.</param>
    public NodeKey Write(
        TaskNode node,
        NodeTypeSchema schema,
        ImmutableArray<NodeInput> inputs,
        ImmutableSortedDictionary<string, string> environment,
        RunId? effectOf)
    {
        text.ResetWrittenCount();
        Append("type ", schema.Name, " ");
        Append(schema.Version.ToString());
        EndLine();
        foreach (var (name, attribute) in node.Attributes)
        {
            if (!schema.IsInKey(name)) continue;
            Append("attribute ", name, node.UntrustedAttributes.Contains(name) ? " untrusted " : " ");
            AppendValue(attribute);
            EndLine();
        }

        foreach (var input in inputs)
        {
            Append("input ", input.Name, input.IsList ? " [" : " ");
            for (var i = 0; i < input.Values.Length; i++)
            {
                if (i > 0) Append(" ");
                Append(input.Values[i].Digest);
            }

            if (input.IsList) Append("]");
            EndLine();
        }

        foreach (var (name, fact) in environment)
        {
            Append("environment ", name, " ");
            AppendValue(fact);
            EndLine();
        }

        if (effectOf is { } run)
        {
            Append("run ", run.Value);
            EndLine();
        }

        return new(Convert.ToHexStringLower(SHA256.HashData(text.WrittenSpan)));
    }

    /// <summary>The key of a node that also depends on what it read: that text with a line for each.</summary>
    /// <param name="reads">Digests by name, in the order of names.</param>
    public static NodeKey WithReads(string text, IEnumerable<KeyValuePair<string, string>> reads, out string whole)
    {
        whole = text + string.Concat(reads.Select(read => $"read {Word(read.Key)} {read.Value}\n"));
        return new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whole))));

        // The second word of a line, whatever is in the name.
        static string Word(string name) =>
            JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString().Replace(" ", "\\u0020", StringComparison.Ordinal);
    }

    public void Dispose() => json.Dispose();

    void Append(params ReadOnlySpan<string> words)
    {
        foreach (var word in words) text.Advance(Encoding.UTF8.GetBytes(word, text.GetSpan(Encoding.UTF8.GetMaxByteCount(word.Length))));
    }

    void EndLine() => text.Write("\n"u8);

    void AppendValue(TaskValue content)
    {
        value.ResetWrittenCount();
        json.Reset();
        content.Write(json);
        json.Flush();
        if (value.WrittenCount <= LongestValueInBytes) text.Write(value.WrittenSpan);
        else Append("sha256:", Convert.ToHexStringLower(SHA256.HashData(value.WrittenSpan)));
    }
}
