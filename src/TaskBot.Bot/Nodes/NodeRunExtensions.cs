using System.Collections.Immutable;
using System.Globalization;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>Reads attributes and inputs as what the schema says they are.</summary>
static class NodeRunExtensions
{
    public static string? Text(this TaskNode node, string attribute) =>
        node.Attributes.GetValueOrDefault(attribute)?.ToString() is { Length: > 0 } text ? text : null;

    public static bool Truth(this TaskNode node, string attribute) => node.Attributes.GetValueOrDefault(attribute) is TaskValue.Truth { Value: true };

    public static int Integer(this TaskNode node, string attribute) =>
        (int)Math.Clamp(((TaskValue.Integer)node.Attributes[attribute]).Value, int.MinValue, int.MaxValue);

    public static ImmutableArray<string> Texts(this TaskNode node, string attribute) => Flatten(node.Attributes.GetValueOrDefault(attribute));

    /// <summary>An input as text: several values are joined by empty lines; nothing connected is the empty text.</summary>
    public static string Text(this NodeRun run, string input) => string.Join("\n\n", run.Texts(input));

    /// <summary>An input as a list of texts: lists within lists count as one list.</summary>
    public static ImmutableArray<string> Texts(this NodeRun run, string input) => Flatten(run.Inputs.GetValueOrDefault(input)?.Content);

    /// <summary>What is connected to <c>context</c>, and more of its kind, as blocks of data.</summary>
    public static string Context(this NodeRun run, params ReadOnlySpan<string> more) =>
        string.Join("\n\n", run.Texts("context").AddRange(more).Select(text => DataBlock.Of("context", text)).Where(block => block.Length > 0));

    /// <summary>The tree that an input names.</summary>
    /// <exception cref="ArgumentException">The value is no tree id.</exception>
    public static TreeId Tree(this NodeRun run, string input) => new(run.Inputs[input].Content.ToString());

    /// <summary>What people see of the node: its title, else its name.</summary>
    public static string Title(this TaskNode node) => node.Text("title") ?? node.Path.Name;

    /// <summary>The last characters of a text, from the beginning of a line; what came before is counted.</summary>
    public static string Tail(string text, int characters)
    {
        if (text.Length <= characters) return text;
        var start = text.IndexOf('\n', text.Length - characters) + 1;
        if (start == 0) start = text.Length - characters;
        return string.Create(CultureInfo.InvariantCulture, $"[{start} characters left out]\n{text.AsSpan(start)}");
    }

    static ImmutableArray<string> Flatten(TaskValue? value) => value switch
    {
        null or TaskValue.Null => [],
        TaskValue.List list => [.. list.Items.SelectMany(item => Flatten(item))],
        _ => value.ToString() is { Length: > 0 } text ? [text] : [],
    };
}
