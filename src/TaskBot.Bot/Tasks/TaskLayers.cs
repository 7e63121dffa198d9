using System.Collections.Immutable;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tasks;

/// <summary>
/// Writes the layers of a run: what was asked for, and each correction as a stronger opinion. They are written as JSON, which a layer
/// may be as well as YAML, so that no text of an issue can ever be read as a key.
/// </summary>
public static class TaskLayers
{
    /// <summary>The node that every run's own graph hangs from.</summary>
    public static NodePath Root { get; } = NodePath.Root.Child("task");

    /// <summary>The node that a refinement's graph hangs from: apart from the run's own, so that its nodes are never taken for the attempt's.</summary>
    public static NodePath Refinement { get; } = NodePath.Root.Child("refinement");

    /// <summary>What was asked for: the weakest layer of a run. It refers to a library task and says what only this issue says.</summary>
    /// <param name="issue">As pinned when it was asked for.</param>
    /// <param name="task">The library task's asset path.</param>
    /// <param name="selections">Variant selections by set.</param>
    /// <param name="tree">The tree that work starts from.</param>
    public static RunLayer Issue(ForgeIssue issue, string task, ImmutableSortedDictionary<string, string> selections, TreeId tree)
    {
        List<(string, TaskValue)> body =
        [
            ("uses", task),
            ("title", issue.Title),
            ("description", issue.Body.Length == 0 ? issue.Title : $"{issue.Title}\n\n{issue.Body}"),
            ("tree", tree.Value),
            ("issue", TaskValue.MapOf(("number", issue.Number), ("title", issue.Title), ("body", issue.Body), ("author", issue.Author), ("url", issue.Url))),
        ];
        if (!selections.IsEmpty) body.Add(("select", TaskValue.MapOf(selections.Select(pair => (pair.Key, (TaskValue)pair.Value)))));
        return new(
            "issue", TaskValue.MapOf(("taskbot", 1), ("default", Root.Name), ("nodes", TaskValue.MapOf((Root.Name, TaskValue.MapOf(body))))).ToJson(), IsTrusted: true);
    }

    /// <summary>What an attempt taught: the corrected description and the notes that the next attempt reads.</summary>
    /// <param name="place">The branch that it is for; null for the task itself.</param>
    /// <param name="more">Further opinions that belong to it.</param>
    public static RunLayer Attempt(int number, string description, IEnumerable<string> notes, NodePath? place = null, IEnumerable<(NodePath Node, TaskValue.Map Body)>? more = null) =>
        new(
            $"attempt-{number}",
            Over([(place ?? Root, TaskValue.MapOf(("description", description), ("notes", TaskValue.ListOf(notes.Select(note => (TaskValue)note))))), .. more ?? []]),
            IsTrusted: true)
        {
            Step = place is { } step && step != Root ? step.ToString() : null,
        };

    /// <summary>Shows more files to the nodes that do a branch's work. A later attempt's files take the place of these.</summary>
    public static IEnumerable<(NodePath Node, TaskValue.Map Body)> Shown(NodePath place, IEnumerable<TaskNode> edits, ImmutableArray<string> files)
    {
        if (files.IsEmpty) yield break;
        var shown = place.Child("refined-files");
        foreach (var edit in edits)
        {
            yield return (place, TaskValue.MapOf(("nodes", TaskValue.MapOf((shown.Name, TaskValue.MapOf(
                ("type", ContextFilesNode.TypeName), ("title", "What refinement shows besides"), ("optional", true),
                ("paths", TaskValue.ListOf(files.Select(file => (TaskValue)$"/{file.TrimStart('/')}"))), ("inputs", TaskValue.MapOf(("tree", From(edit.Inputs["tree"]))))))))));
            yield return (edit.Path, TaskValue.MapOf(("inputs", TaskValue.MapOf(("context", From([new(shown, "context")]))))));
        }
    }

    /// <summary>A connection to these outputs, besides those that are there.</summary>
    internal static TaskValue From(IEnumerable<OutputPath> outputs) => TaskValue.MapOf(("from", TaskValue.ListOf(outputs.Select(output => (TaskValue)output.ToString()))));

    /// <summary>Another way to do the same: variants of the task, by set.</summary>
    public static RunLayer Variants(string name, params IEnumerable<(string Set, string Variant)> selections) =>
        new(name, Over((Root, TaskValue.MapOf(("select", TaskValue.MapOf(selections.Select(selection => (selection.Set, (TaskValue)selection.Variant))))))), IsTrusted: true);

    /// <summary>Parameters that a slash command sets for the rest of the run, such as its budget.</summary>
    /// <param name="name">Names the command in explanations.</param>
    public static RunLayer Parameters(string name, params IEnumerable<(string Key, TaskValue Value)> parameters) =>
        new(name, Over((Root, TaskValue.MapOf(("with", TaskValue.MapOf(parameters))))), IsTrusted: true);

    /// <summary>The tree that work starts from, where that is no longer the base branch's.</summary>
    public static RunLayer Start(TreeId tree) => new("start", Over((Root, TaskValue.MapOf(("tree", tree.Value)))), IsTrusted: true);

    /// <summary>One attribute of several nodes.</summary>
    public static RunLayer Opinions(string name, IEnumerable<NodePath> nodes, string attribute, TaskValue value) =>
        new(name, Over(nodes.Select(node => (node, TaskValue.MapOf((attribute, value))))), IsTrusted: true);

    /// <summary>What was refined last: the description, and the notes with it; null where only the issue speaks.</summary>
    public static (string? Description, ImmutableArray<string> Notes) Refined(ImmutableArray<RunLayer> layers)
    {
        foreach (var layer in layers.Reverse())
        {
            if (Body(layer, "over") is not { } body || body.Entries.GetValueOrDefault("description")?.AsText() is not { } description) continue;
            var notes = body.Entries.GetValueOrDefault("notes") as TaskValue.List;
            return (description, [.. notes?.Items.Select(note => note.ToString()) ?? []]);
        }

        return (null, []);
    }

    /// <summary>What the newest attempt was told: as refined, else as the issue has it.</summary>
    public static (string Description, ImmutableArray<string> Notes) Told(ImmutableArray<RunLayer> layers) => Refined(layers) is ({ } description, var notes)
        ? (description, notes)
        : ((layers.IsEmpty ? null : Body(layers[0], "nodes"))?.Entries.GetValueOrDefault("description")?.AsText() ?? "", []);

    /// <summary>The parameters that slash commands set, the strongest of each key.</summary>
    public static TaskValue.Map Parameters(ImmutableArray<RunLayer> layers) =>
        layers.Select(layer => Body(layer, "over")?.Entries.GetValueOrDefault("with")).OfType<TaskValue.Map>().Aggregate(TaskValue.Map.Empty, Merge);

    /// <summary>What a layer says of the task itself under a key of its top.</summary>
    internal static TaskValue.Map? Body(RunLayer layer, string key) =>
        ((TaskValue.Map)TaskValue.Parse(layer.Text)).Entries.GetValueOrDefault(key) is TaskValue.Map nodes ? nodes.Entries.GetValueOrDefault(Root.Name) as TaskValue.Map : null;

    /// <summary>The stronger value of each key; maps key by key.</summary>
    static TaskValue.Map Merge(TaskValue.Map weaker, TaskValue.Map stronger) => new(stronger.Entries.Aggregate(
        weaker.Entries,
        (merged, entry) => merged.SetItem(
            entry.Key, entry.Value is TaskValue.Map map && merged.GetValueOrDefault(entry.Key) is TaskValue.Map below ? Merge(below, map) : entry.Value)));

    /// <summary>The attribute of node types that a person can let go on.</summary>
    public const string ApprovedBy = "approvedBy";

    /// <summary>A person's approval of what waits at this node.</summary>
    public static RunLayer Approval(NodePath node, string login, string? digest)
    {
        var body = digest is null ? TaskValue.MapOf((ApprovedBy, login)) : TaskValue.MapOf((ApprovedBy, login), ("approvedDigest", digest));
        return new($"approval-of-{node.Name}", Over((node, body)), IsTrusted: true);
    }

    /// <summary>True where a person approved exactly this, somewhere in the task.</summary>
    public static bool IsApproved(ImmutableArray<RunLayer> layers, string digest)
    {
        return layers.Any(layer => Body(layer, "over") is { } body && Says(body));

        bool Says(TaskValue.Map map) => map.Entries.Any(entry => entry.Value is TaskValue.Map below ? Says(below) : entry.Key == "approvedDigest" && entry.Value.AsText() == digest);
    }

    /// <summary>A layer of opinions about nodes of one task that are there, each said once.</summary>
    internal static string Over(params IEnumerable<(NodePath Node, TaskValue.Map Body)> opinions)
    {
        var body = opinions.Aggregate(TaskValue.Map.Empty, (all, one) => Merge(all, At(one.Node, one.Body)));
        return TaskValue.MapOf([("taskbot", 1), .. body.Entries.Select(entry => (entry.Key, entry.Value))]).ToJson();

        static TaskValue.Map At(NodePath node, TaskValue.Map body)
        {
            for (var path = node; !path.IsRoot; path = path.Parent) body = TaskValue.MapOf(("over", TaskValue.MapOf((path.Name, body))));
            return body;
        }
    }
}
