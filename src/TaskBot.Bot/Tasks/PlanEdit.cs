using System.Collections.Immutable;
using TaskBot.Bot.Runs;
using TaskBot.Graphs;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Tasks;

/// <summary>
/// A plan as text that a person can change: a layer with what each step is told. What comes back is one more layer of the run. It says what is done and
/// what is left out, never how: nodes, models and commands come from the base branch alone.
/// </summary>
public static class PlanEdit
{
    const string Children = "over";

    static readonly string[] Shown = ["description", "acceptance"];

    static readonly string[] Allowed = [.. Shown, "notes", "active"];

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
        var wrong = value is TaskValue.Map { Entries: var entries } && entries.ContainsKey(Children) ? Unknown("", new(entries.Remove("taskbot"))).ToList() : ["nothing"];
        if (wrong.Count > 0)
            return (null, [new("not-an-edit", new(name, 1, 1), $"An edit of a plan says under 'over:' what the steps are told ({string.Join(", ", Allowed)}), and nothing else; here is {string.Join(", ", wrong)}.", "Copy the plan as it is shown and change what should be different.")]);
        var layer = new RunLayer(name, value!.ToJson(), IsTrusted: true);
        return (layer, TaskLayer.Parse(name, layer.Text).Problems);
    }

    /// <summary>The keys of opinions, and of what stands below them, that an edit cannot have.</summary>
    static IEnumerable<string> Unknown(string place, TaskValue.Map opinions)
    {
        foreach (var (key, value) in opinions.Entries)
        {
            if (key != Children)
            {
                if (place.Length == 0 || !Allowed.Contains(key)) yield return $"'{key}' of {(place.Length == 0 ? "the layer" : place)}";
                continue;
            }

            foreach (var (name, child) in value is TaskValue.Map nodes ? nodes.Entries : TaskValue.Map.Empty.Entries)
                foreach (var unknown in child is TaskValue.Map body ? Unknown($"{place}/{name}", body) : [$"{place}/{name}"]) yield return unknown;
        }
    }

    /// <summary>The same layer in parts that hold by themselves: what is said of a step only while a plan has that step.</summary>
    public static IEnumerable<RunLayer> Split(RunLayer edit)
    {
        var body = TaskLayers.Body(edit, Children)?.Entries ?? TaskValue.Map.Empty.Entries;
        if (body.Remove(Children) is { IsEmpty: false } own) yield return edit with { Text = TaskLayers.Over((TaskLayers.Root, new TaskValue.Map(own))) };
        if (body.GetValueOrDefault(Children) is not TaskValue.Map steps) yield break;
        foreach (var (name, step) in steps.Entries)
        {
            var path = TaskLayers.Root.Child(name);
            if (step is TaskValue.Map opinions) yield return edit with { Name = $"{edit.Name}-of-{name}", Text = TaskLayers.Over((path, opinions)), Step = path.ToString() };
        }
    }
}
