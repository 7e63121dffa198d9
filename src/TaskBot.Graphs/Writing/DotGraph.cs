using System.Text;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Graphs.Writing;

/// <summary>A drawing in Graphviz' language; branches are clusters.</summary>
sealed class DotGraph(GraphDrawing drawing)
{
    readonly StringBuilder text = new();
    readonly Dictionary<NodePath, TaskNode> boxes = drawing.Boxes.ToDictionary(box => box.Path);

    public override string ToString()
    {
        text.Append("digraph ").Append(Quoted(drawing.Root.ToString())).Append(" {\n  compound=true; rankdir=TB; node [shape=box];\n");
        Box(drawing.Root, "  ");
        foreach (var (from, to, label) in drawing.Arrows)
        {
            text.Append("  ").Append(Quoted(Anchor(from))).Append(" -> ").Append(Quoted(Anchor(to))).Append(" [");
            if (label.Length > 0) text.Append("label=").Append(Quoted(label)).Append(' ');
            if (IsCluster(from)) text.Append("ltail=").Append(Quoted("cluster " + from)).Append(' ');
            if (IsCluster(to)) text.Append("lhead=").Append(Quoted("cluster " + to));
            text.Append("];\n");
        }

        return text.Append("}\n").ToString();
    }

    bool IsCluster(NodePath path) => drawing.Children.Contains(path);

    // Graphviz joins nodes only; an arrow to a cluster ends at one of its nodes and is cut at the border.
    string Anchor(NodePath path)
    {
        while (IsCluster(path)) path = drawing.Children[path].First();
        return path.ToString();
    }

    void Box(NodePath path, string indent)
    {
        var node = boxes[path];
        var title = node.Attributes.GetValueOrDefault("title")?.AsText() ?? path.Name;
        if (!IsCluster(path))
        {
            text.Append(indent).Append(Quoted(path.ToString())).Append(" [label=").Append(Quoted($"{title}\n{node.Type}")).Append("];\n");
            return;
        }

        text.Append(indent).Append("subgraph ").Append(Quoted("cluster " + path)).Append(" { label=").Append(Quoted(title)).Append(";\n");
        foreach (var child in drawing.Children[path]) Box(child, indent + "  ");
        text.Append(indent).Append("}\n");
    }

    static string Quoted(string label) =>
        $"\"{label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
