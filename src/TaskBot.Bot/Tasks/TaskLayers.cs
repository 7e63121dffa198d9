using System.Collections.Immutable;
using TaskBot.Bot.Forges;
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
        return new("issue", Layer("nodes", TaskValue.MapOf(body)), IsTrusted: true);
    }

    /// <summary>What an attempt taught: the corrected description and the notes that the next attempt reads.</summary>
    public static RunLayer Attempt(int number, string description, IEnumerable<string> notes) =>
        new(
            $"attempt-{number}",
            Layer("over", TaskValue.MapOf(("description", description), ("notes", TaskValue.ListOf(notes.Select(note => (TaskValue)note))))),
            IsTrusted: true);

    /// <summary>The description and notes that an attempt's layer holds; null where the layer is none of that kind.</summary>
    public static (string? Description, ImmutableArray<string> Notes) ReadAttempt(RunLayer layer)
    {
        var task = ((TaskValue.Map)TaskValue.Parse(layer.Text)).Entries.GetValueOrDefault("over") as TaskValue.Map;
        var body = task?.Entries.GetValueOrDefault(Root.Name) as TaskValue.Map;
        var notes = body?.Entries.GetValueOrDefault("notes") as TaskValue.List;
        return (body?.Entries.GetValueOrDefault("description")?.AsText(), [.. notes?.Items.Select(note => note.ToString()) ?? []]);
    }

    /// <summary>A person's approval of what waits at this node.</summary>
    public static RunLayer Approval(NodePath node, string login, string? digest)
    {
        TaskValue body = digest is null ? TaskValue.MapOf(("approvedBy", login)) : TaskValue.MapOf(("approvedBy", login), ("approvedDigest", digest));
        for (var path = node; path != Root && !path.IsRoot; path = path.Parent) body = TaskValue.MapOf(("over", TaskValue.MapOf((path.Name, body))));
        return new($"approval-of-{node.Name}", Layer("over", (TaskValue.Map)body), IsTrusted: true);
    }

    static string Layer(string key, TaskValue.Map task) =>
        TaskValue.MapOf(("taskbot", 1), ("default", Root.Name), (key, TaskValue.MapOf((Root.Name, task)))).ToJson();
}
