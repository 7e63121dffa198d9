using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Graphs.Writing;

/// <summary>A composed graph as JSON: <c>{root, nodes: [{path, type, attributes, needs, inputs, untrusted, location}]}</c>, nodes by path;
/// <c>outputs</c>, <c>onFailure</c> and <c>finally</c> where a node has them.</summary>
static class JsonGraph
{
    static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public static string Write(TaskGraph graph)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Options)) Write(writer, graph);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }

    static void Write(Utf8JsonWriter writer, TaskGraph graph)
    {
        writer.WriteStartObject();
        writer.WriteString("root", graph.Root.ToString());
        writer.WriteStartArray("nodes");
        foreach (var (path, node) in graph.Nodes)
        {
            writer.WriteStartObject();
            writer.WriteString("path", path.ToString());
            writer.WriteString("type", node.Type);
            writer.WriteStartObject("attributes");
            foreach (var (name, value) in node.Attributes)
            {
                writer.WritePropertyName(name);
                value.Write(writer);
            }

            writer.WriteEndObject();
            writer.WriteStartArray("needs");
            foreach (var need in node.Needs) writer.WriteStringValue(need.ToString());
            writer.WriteEndArray();
            writer.WriteStartObject("inputs");
            foreach (var (name, sources) in node.Inputs)
            {
                writer.WriteStartArray(name);
                foreach (var source in sources) writer.WriteStringValue(source.ToString());
                writer.WriteEndArray();
            }

            writer.WriteEndObject();
            if (!node.Outputs.IsEmpty)
            {
                writer.WriteStartObject("outputs");
                foreach (var (name, source) in node.Outputs) writer.WriteString(name, source.ToString());
                writer.WriteEndObject();
            }

            WritePaths(writer, "onFailure", node.OnFailure);
            WritePaths(writer, "finally", node.Finally);
            writer.WriteStartArray("untrusted");
            foreach (var name in node.UntrustedAttributes) writer.WriteStringValue(name);
            writer.WriteEndArray();
            writer.WriteString("location", node.Location.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    static void WritePaths(Utf8JsonWriter writer, string name, ImmutableArray<NodePath> paths)
    {
        if (paths.IsEmpty) return;
        writer.WriteStartArray(name);
        foreach (var path in paths) writer.WriteStringValue(path.ToString());
        writer.WriteEndArray();
    }
}
