using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Ninja;

/// <summary>
/// Writes a ninja graph as a task layer: each edge that the defaults need is a node of type <c>core.noop</c> whose value is its command, connected to the
/// nodes that make its inputs; order-only inputs are needs. What no edge makes is a file that is there, and no node.
/// </summary>
static class NinjaLayer
{
    const string Task = "build";

    public static void Write(NinjaFile file, TextWriter writer)
    {
        var edges = Needed(file);
        var names = Names(edges);
        writer.WriteLine("taskbot: 1");
        writer.WriteLine($"default: {Task}");
        writer.WriteLine("nodes:");
        writer.WriteLine($"  {Task}:");
        writer.WriteLine("    type: graph");
        writer.WriteLine("    nodes:");
        var line = new StringBuilder();
        foreach (var edge in edges)
        {
            line.Clear().Append(CultureInfo.InvariantCulture, $"      {names[edge]}: {{type: {NoopNode.TypeName}, value: {Quote(edge.Command ?? edge.Outputs[0])}");
            if (edge.Command is not null && names[edge] != edge.Outputs[0]) line.Append(CultureInfo.InvariantCulture, $", title: {Quote(edge.Outputs[0])}");
            List(line, ", inputs: {in: {from: [", "]}}", Sources(edge.Inputs).Select(source => $"{source}.value"));
            List(line, ", needs: [", "]", Sources(edge.OrderOnly));
            writer.WriteLine(line.Append('}'));
        }

        IEnumerable<string> Sources(ImmutableArray<string> files) => files.Select(file.Producer).OfType<NinjaEdge>().Select(source => names[source]).Distinct();
    }

    static void List(StringBuilder line, string before, string after, IEnumerable<string> items)
    {
        if (string.Join(", ", items) is { Length: > 0 } text) line.Append(before).Append(text).Append(after);
    }

    /// <summary>The edges that the defaults need, or all, in the order of the file.</summary>
    static List<NinjaEdge> Needed(NinjaFile file)
    {
        if (file.Defaults.Count == 0) return [.. file.Edges];
        var needed = new HashSet<NinjaEdge>(ReferenceEqualityComparer.Instance);
        var open = new Stack<NinjaEdge>(file.Defaults.Select(file.Producer).OfType<NinjaEdge>());
        while (open.TryPop(out var edge))
        {
            if (!needed.Add(edge)) continue;
            foreach (var source in edge.Inputs.Concat(edge.OrderOnly))
                if (file.Producer(source) is { } producer) open.Push(producer);
        }

        return [.. file.Edges.Where(needed.Contains)];
    }

    /// <summary>Names of nodes: the first output with every other character as an underscore, and a number where two come out the same.</summary>
    static Dictionary<NinjaEdge, string> Names(List<NinjaEdge> edges)
    {
        var names = new Dictionary<NinjaEdge, string>(edges.Count, ReferenceEqualityComparer.Instance);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var edge in edges)
        {
            var name = string.Concat(edge.Outputs[0].Select(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' ? character : '_'));
            if (!NodePath.IsName(name)) name = $"_{name}";
            var unique = name;
            for (var number = 2; !taken.Add(unique); number++) unique = $"{name}_{number}";
            names.Add(edge, unique);
        }

        return names;
    }

    /// <summary>JSON's quoting is YAML's too.</summary>
    static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
