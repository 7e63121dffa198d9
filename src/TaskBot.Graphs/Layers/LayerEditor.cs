using System.Collections.Immutable;
using System.Text;
using TaskBot.Graphs.Layers.Yaml;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Layers;

/// <summary>What an edit gave: the new text, or why there is none.</summary>
public sealed record LayerEditResult(string? Text, ImmutableArray<Problem> Problems);

/// <summary>
/// Sets one value in a layer's text and leaves every other character as it is: comments, order, quotes, line ends. A node that the layer does not
/// mention yet is added under <c>over:</c>. The result is read again and refused if anything but that value changed.
/// </summary>
public static class LayerEditor
{
    /// <param name="identifier">The layer's identifier, for problems.</param>
    /// <param name="text">YAML, or JSON.</param>
    /// <param name="node">The node, in the layer's own namespace.</param>
    /// <param name="attribute">An attribute, <c>type</c> or <c>active</c>; keys of a mapping follow after dots, as in <c>with.language</c>.</param>
    public static LayerEditResult Set(string identifier, string text, NodePath node, string attribute, TaskValue value)
    {
        var problems = new List<Problem>();
        var document = YamlReader.Read(identifier, text, problems);
        if (problems.Count > 0) return new(Text: null, [.. problems]);
        if (document is not YamlMapping root)
        {
            return Refuse(identifier, "empty-layer", "There is no layer here to edit.", "Start with 'taskbot: 1'.");
        }

        var keys = KeysTo(root, node, attribute);
        var edited = Apply(text, root, keys, value);
        var check = new List<Problem>();
        var after = YamlReader.Read(identifier, edited, check);
        return check.Count == 0 && after is not null && Equals(YamlScalars.Read(after), Expected(YamlScalars.Read(root), keys, 0, value))
            ? new(edited, [])
            : Refuse(identifier, "cannot-edit", $"'{attribute}' of {node} stands in a form that cannot be edited in place.", "Edit the file by hand.");
    }

    static LayerEditResult Refuse(string identifier, string kind, string message, string fix) => new(Text: null, [new(kind, new(identifier, 0, 0), message, fix)]);

    // The mapping keys from the document's top to the value: each name under whichever of the three keys has it, else under 'over'.
    static List<string> KeysTo(YamlMapping root, NodePath node, string attribute)
    {
        var keys = new List<string>();
        var body = root;
        foreach (var name in node.ToString()[1..].Split('/'))
        {
            var holder = Array.Find(["nodes", "over", "classes"], key => (body?.Find(key) as YamlMapping)?.Find(name) is not null) ?? "over";
            keys.AddRange([holder, name]);
            body = (body?.Find(holder) as YamlMapping)?.Find(name) as YamlMapping;
        }

        keys.AddRange(attribute.Split('.'));
        return keys;
    }

    static string Apply(string text, YamlMapping root, List<string> keys, TaskValue value)
    {
        var parent = root;
        for (var i = 0; ; i++)
        {
            var found = parent.Find(keys[i]);
            if (found is null) return Insert(text, parent, keys[i..], value);
            if (i == keys.Count - 1) return Replace(text, found, value.ToJson());
            if (found is YamlMapping mapping) parent = mapping;
            else return Replace(text, found, Flow(keys[(i + 1)..], value));
        }
    }

    static string Replace(string text, YamlNode old, string replacement)
    {
        var end = Math.Max(old.Start, old.End);
        // A block scalar's end is the start of the next line; an empty value has no place of its own, only one after its key.
        while (end > old.Start && char.IsWhiteSpace(text[end - 1])) end--;
        var space = old.Start > 0 && text[old.Start - 1] == ':' ? " " : "";
        return $"{text[..old.Start]}{space}{replacement}{text[end..]}";
    }

    static string Insert(string text, YamlMapping parent, List<string> keys, TaskValue value)
    {
        var (key, rest) = (keys[0], keys[1..]);
        if (parent.IsFlow)
        {
            var close = parent.End - 1;
            var at = close;
            while (at > parent.Start + 1 && char.IsWhiteSpace(text[at - 1])) at--;
            var comma = parent.Entries.Count == 0 || text[at - 1] == ',' ? " " : ", ";
            return $"{text[..at]}{comma}{Key(key)}: {Flow(rest, value)}{(at == close ? " " : "")}{text[at..]}";
        }

        var newline = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        var column = parent.Entries.Count > 0 ? parent.Entries[0].Key.At.Column - 1 : 0;
        var block = new StringBuilder();
        var indent = column;
        var path = new List<string>([key, .. rest]);
        for (var i = 0; i < path.Count; i++, indent += 2)
            block.Append(' ', indent).Append(Key(path[i])).Append(i == path.Count - 1 ? $": {value.ToJson()}" : ":").Append(newline);
        var place = EndOfBlock(text, parent);
        var prefix = place > 0 && text[place - 1] != '\n' ? newline : "";
        return text[..place] + prefix + block + text[place..];
    }

    // The start of the line after the mapping's last value.
    static int EndOfBlock(string text, YamlMapping mapping)
    {
        YamlNode last = mapping;
        while (last is YamlMapping { IsFlow: false, Entries.Count: > 0 } or YamlSequence { IsFlow: false, Items.Count: > 0 })
        {
            last = last switch
            {
                YamlMapping block => block.Entries[^1].Value is { } value && value.End > block.Entries[^1].Key.Start ? value : block.Entries[^1].Key,
                _ => ((YamlSequence)last).Items[^1],
            };
        }

        var end = Math.Max(last.Start, last.End);
        while (end > last.Start && char.IsWhiteSpace(text[end - 1])) end--;
        var line = text.IndexOf('\n', end);
        return line < 0 ? text.Length : line + 1;
    }

    static string Flow(List<string> keys, TaskValue value)
    {
        var text = value.ToJson();
        for (var i = keys.Count - 1; i >= 0; i--) text = $"{{ {Key(keys[i])}: {text} }}";
        return text;
    }

    static string Key(string name) => NodePath.IsName(name) ? name : ((TaskValue)name).ToJson();

    static TaskValue? Expected(TaskValue? before, List<string> keys, int depth, TaskValue value)
    {
        if (depth == keys.Count) return value;
        var map = before as TaskValue.Map ?? TaskValue.Map.Empty;
        var inner = map.Entries.GetValueOrDefault(keys[depth]);
        return Expected(inner, keys, depth + 1, value) is { } set ? new TaskValue.Map(map.Entries.SetItem(keys[depth], set)) : null;
    }
}
