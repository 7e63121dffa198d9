using System.Collections.Immutable;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Sealing;

/// <summary>
/// What the layers of a sealed run may say: what refinement, a changed strategy and a review say, and nothing that only a person says, such as an approval, a budget
/// or another step.
/// </summary>
static class SealedLayers
{
    const int MaximumLayers = 100, MaximumText = 256 * 1024;

    /// <summary>The attributes of a node that a correction speaks of.</summary>
    static readonly ImmutableHashSet<string> Attributes = ["description", "notes", "select", "model", "suggestions"];

    /// <param name="pinned">The layers that the run had when it was handed over.</param>
    /// <param name="baseTree">The tree that work started from.</param>
    public static IEnumerable<string> FindProblems(ImmutableArray<RunLayer> pinned, ImmutableArray<RunLayer> layers, TreeId baseTree)
    {
        if (layers.Length > MaximumLayers) return [$"run.layers has {layers.Length} layers; {MaximumLayers} are the most."];
        if (layers.Length < pinned.Length || !layers.Take(pinned.Length).SequenceEqual(pinned)) return ["run.layers does not begin with the layers that the run had."];
        return layers.Skip(pinned.Length).SelectMany((layer, index) => ProblemsOf(layer, isFirst: pinned.IsEmpty && index == 0, baseTree).Select(problem => $"run.layers '{layer.Name}': {problem}"));
    }

    static IEnumerable<string> ProblemsOf(RunLayer layer, bool isFirst, TreeId baseTree)
    {
        if (layer.Text.Length > MaximumText) return [$"it has {layer.Text.Length} characters; {MaximumText} are the most."];
        if (layer.Step is { } step && !NodePath.TryParse(step, out _)) return ["its step is no path of a node."];
        if (Parse(layer.Text) is not { } map) return ["it is not a layer that this program writes."];
        var root = map.Entries.GetValueOrDefault(isFirst ? "nodes" : "over") as TaskValue.Map;
        // The layer says which task is meant; the others are about it.
        if (map.Entries.Count != (isFirst ? 3 : 2) || !map.Entries.ContainsKey("taskbot") || map.Entries.ContainsKey("default") != isFirst || root?.Entries.Count != 1
            || root.Entries.GetValueOrDefault(TaskLayers.Root.Name) is not TaskValue.Map body)
            return ["it speaks of more than the task."];
        if (!isFirst) return OpinionsOf(body);
        var unknown = body.Entries.Keys.Except(["uses", "title", "description", "tree", "issue", "select"]).Select(key => $"the issue's layer says '{key}'.");
        return body.Entries.GetValueOrDefault("tree")?.AsText() == baseTree.Value ? unknown : unknown.Append("it starts from another tree than the base's.");
    }

    static IEnumerable<string> OpinionsOf(TaskValue.Map body)
    {
        foreach (var (key, value) in body.Entries)
        {
            if (key == "over" && value is TaskValue.Map nodes)
            {
                foreach (var problem in nodes.Entries.SelectMany(node => node.Value is TaskValue.Map below ? OpinionsOf(below) : [$"'{node.Key}' is no node."])) yield return problem;
            }
            else if (!Attributes.Contains(key) && !IsShown(key, value) && !IsChosen(key, value))
            {
                yield return $"it says '{key}', which no correction says.";
            }
        }
    }

    /// <summary>Files that a correction shows besides, and who is shown them: both only read.</summary>
    static bool IsShown(string key, TaskValue value) => value is TaskValue.Map map && key switch
    {
        "nodes" => map.Entries.Values.All(node => node is TaskValue.Map body && body.Entries.GetValueOrDefault("type")?.AsText() == ContextFilesNode.TypeName),
        "inputs" => map.Entries.Keys.All(input => input == "context"),
        _ => false,
    };

    /// <summary>Which prompts and models were chosen where that is left open.</summary>
    static bool IsChosen(string key, TaskValue value) => key == "with" && value is TaskValue.Map map && map.Entries.Keys.All(RunParameters.Chosen.Contains);

    static TaskValue.Map? Parse(string text)
    {
        try
        {
            return TaskValue.Parse(text) as TaskValue.Map;
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or FormatException)
        {
            return null;
        }
    }
}
