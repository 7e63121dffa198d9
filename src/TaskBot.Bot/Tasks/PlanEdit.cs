using System.Collections.Immutable;
using TaskBot.Bot.Runs;
using TaskBot.Graphs;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Tasks;

/// <summary>A plan as text that a person can change: a layer with what each step is told. What comes back is one more layer of the run.</summary>
public static class PlanEdit
{
    static readonly string[] Shown = ["description", "acceptance"];

    /// <summary>The steps of a plan as YAML, each with what it is told; empty where the graph has none.</summary>
    public static string Write(TaskGraph graph)
    {
        var steps = graph.Nodes.Values.Where(node => node.IsBranch && node.Path != graph.Root && node.Attributes.ContainsKey(Shown[0]))
            .Select(node => (node.Path, TaskValue.MapOf(Shown.Where(node.Attributes.ContainsKey).Select(name => (name, node.Attributes[name]))))).ToList();
        return steps.Count == 0 ? "" : YamlValue.Write(TaskValue.Parse(TaskLayers.Over(steps)));
    }

    /// <summary>The first fenced block of a text; null where it has none.</summary>
    public static string? BlockIn(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').SkipWhile(line => !line.StartsWith("```", StringComparison.Ordinal)).ToList();
        return lines.Count == 0 ? null : string.Join('\n', lines.Skip(1).TakeWhile(line => !line.StartsWith("```", StringComparison.Ordinal)));
    }

    /// <summary>Reads what a person made of a plan.</summary>
    /// <returns>The layer, or everything that is wrong with it.</returns>
    public static (RunLayer? Layer, ImmutableArray<Problem> Problems) Read(string login, string yaml)
    {
        var name = $"edit-of-{login}";
        var (value, problems) = YamlValue.Read(name, yaml);
        if (!problems.IsEmpty) return (null, problems);
        if (value is not TaskValue.Map { Entries: var entries } || entries.Keys.Any(key => key is not "taskbot" and not "over"))
            return (null, [new("not-an-edit", new(name, 1, 1), "An edit of a plan has 'taskbot: 1' and 'over:' with the nodes that it changes, and nothing else.", "Copy the plan as it is shown and change what should be different.")]);
        var layer = new RunLayer(name, value.ToJson(), IsTrusted: true);
        return (layer, TaskLayer.Parse(name, layer.Text).Problems);
    }

    /// <summary>The same layer in parts that hold by themselves: what is said of a step only while a plan has that step.</summary>
    public static IEnumerable<RunLayer> Split(RunLayer edit)
    {
        var body = TaskLayers.Body(edit, "over")?.Entries ?? TaskValue.Map.Empty.Entries;
        if (body.Remove("over") is { IsEmpty: false } own) yield return edit with { Text = TaskLayers.Over((TaskLayers.Root, new TaskValue.Map(own))) };
        if (body.GetValueOrDefault("over") is not TaskValue.Map steps) yield break;
        foreach (var (name, step) in steps.Entries)
        {
            var path = TaskLayers.Root.Child(name);
            if (step is TaskValue.Map opinions) yield return edit with { Name = $"{edit.Name}-of-{name}", Text = TaskLayers.Over((path, opinions)), Step = path.ToString() };
        }
    }
}
