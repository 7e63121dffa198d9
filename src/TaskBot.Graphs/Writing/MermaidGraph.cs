using System.Text;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Graphs.Writing;

/// <summary>A drawing as a Mermaid flowchart.</summary>
sealed class MermaidGraph(GraphDrawing drawing)
{
    readonly StringBuilder text = new();
    readonly Dictionary<NodePath, string> names = drawing.Boxes.Select((box, index) => (box.Path, Name: $"n{index}")).ToDictionary(pair => pair.Path, pair => pair.Name);
    readonly Dictionary<NodePath, TaskNode> boxes = drawing.Boxes.ToDictionary(box => box.Path);

    public override string ToString()
    {
        text.Append("flowchart TD\n");
        // The task itself is the picture; its nodes stand at the top.
        if (drawing.Children.Contains(drawing.Root)) Children(drawing.Root, "  ");
        else Box(drawing.Root, "  ");
        foreach (var (from, to, label) in drawing.Arrows)
        {
            if (from == drawing.Root || to == drawing.Root) continue;
            text.Append("  ").Append(names[from]);
            if (label.Length == 0) text.Append(" --> ");
            else text.Append(" -->|").Append(Quoted(label)).Append("| ");
            text.Append(names[to]).Append('\n');
        }

        return text.ToString();
    }

    void Children(NodePath parent, string indent)
    {
        foreach (var child in drawing.Children[parent]) Box(child, indent);
    }

    void Box(NodePath path, string indent)
    {
        var node = boxes[path];
        text.Append(indent);
        if (drawing.Children.Contains(path))
        {
            text.Append("subgraph ").Append(names[path]).Append('[').Append(Quoted(Title(node))).Append("]\n");
            Children(path, indent + "  ");
            text.Append(indent).Append("end\n");
        }
        else if (drawing.HiddenCounts.TryGetValue(path, out var hidden))
        {
            text.Append(names[path]).Append("[[").Append(Quoted($"{Title(node)}<br/>{hidden} {(hidden == 1 ? "step" : "steps")}")).Append("]]\n");
        }
        else
        {
            text.Append(names[path]).Append('[').Append(Quoted($"{Title(node)}<br/><small>{Escaped(node.Type)}</small>")).Append("]\n");
        }
    }

    static string Title(TaskNode node) => Escaped(node.Attributes.GetValueOrDefault("title")?.AsText() ?? node.Path.Name);

    static string Quoted(string label) => $"\"{label}\"";

    // Mermaid's own entities, so that a title can neither end its quotes nor bring markup.
    static string Escaped(string label)
    {
        var escaped = new StringBuilder(label.Length);
        foreach (var character in label)
            escaped.Append(character switch
            {
                '"' => "#quot;",
                '<' => "#lt;",
                '>' => "#gt;",
                '&' => "#amp;",
                '#' => "#35;",
                '`' => "#96;",
                _ when char.IsControl(character) => " ",
                _ => character.ToString(),
            });
        return escaped.ToString();
    }
}
