using System.Collections.Immutable;
using TaskBot.Bot.Tasks;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Writes an accepted plan as a layer: each step a branch with its own description, acceptance and context. Edits are chained, each on the
/// tree of the one before, and read their context from that tree; the last is the node that the task has already.
/// </summary>
/// <remarks>It is written as JSON, which a layer may be as well as YAML, so that no text of a model can be read as a key.</remarks>
/// <param name="branch">The task that the plan belongs to.</param>
/// <param name="into">The node that does the last step.</param>
/// <param name="tree">Where the plan, and so its first step, has its tree from.</param>
sealed class PlanLayer(NodePath branch, NodePath into, ImmutableArray<OutputPath> tree, PlanLimits limits, IReadOnlyList<string> files)
{
    const string EditName = "edit";
    const string AnswerName = "answer";
    const string PlanName = "plan";
    const string ReviewName = "review-plan";
    const string FilesName = "step-files";

    /// <summary>Names that stand inside of a step and that no context of it can have.</summary>
    public static IReadOnlySet<string> OwnNames { get; } = new HashSet<string>(StringComparer.Ordinal) { EditName, AnswerName, PlanName, ReviewName, FilesName };

    /// <param name="gathered">What was gathered for the plan: steps may read it too, each from the tree that it starts from.</param>
    /// <param name="steps">In their order.</param>
    public string Write(Plan plan, IReadOnlyList<PlanContext> gathered, IReadOnlyList<PlanStep> steps)
    {
        var contexts = plan.Context.Concat(gathered).DistinctBy(context => context.Name).ToDictionary(context => context.Name, StringComparer.Ordinal);
        var nodes = new List<(string, TaskValue)>();
        var current = "";
        foreach (var step in steps)
        {
            nodes.Add((step.Name, Branch(step, contexts, source: current, isLast: step == steps[^1])));
            if (step.Type != AnswerNode.TypeName) current = $"{branch.Child(step.Name).Child(EditName)}.tree";
        }

        var last = steps[^1];
        var before = steps.SkipLast(1).LastOrDefault(step => step.Type != AnswerNode.TypeName);
        List<(string, TaskValue)> inputs =
        [
            ("description", From($"{branch.Child(last.Name)}.description")),
            ("acceptance", FromAll([$"{branch.Child(last.Name)}.acceptance"])),
            ("notes", FromAll([$"{branch.Child(last.Name)}.notes"])),
            ("context", FromAll(ContextOf(last, contexts))),
        ];
        if (before is not null) inputs.Add(("tree", From($"{branch.Child(before.Name).Child(EditName)}.tree")));
        return TaskLayers.Over((branch, TaskValue.MapOf(("nodes", TaskValue.MapOf(nodes)))), (into, TaskValue.MapOf(("inputs", TaskValue.MapOf(inputs)))));
    }

    TaskValue Branch(PlanStep step, Dictionary<string, PlanContext> contexts, string source, bool isLast)
    {
        var nodes = new List<(string, TaskValue)>();
        foreach (var name in step.Context.Where(contexts.ContainsKey).Distinct(StringComparer.Ordinal))
            nodes.Add((name, contexts[name].ToNode(TreeFrom(source), limits.ContextTokens)));
        if (Known(step).ToList() is { Count: > 0 } known)
        {
            nodes.Add((FilesName, TaskValue.MapOf(
                ("type", ContextFilesNode.TypeName), ("title", "Files of the step"), ("optional", true), ("maxTokens", limits.ContextTokens),
                ("paths", TaskValue.ListOf(known.Select(file => (TaskValue)$"/{file}"))), ("inputs", TaskValue.MapOf(("tree", TreeFrom(source)))))));
        }

        var path = branch.Child(step.Name);
        var context = ("context", FromAll(ContextOf(step, contexts)));
        if (step.Type == AnswerNode.TypeName)
        {
            nodes.Add((AnswerName, TaskValue.MapOf(
                ("type", AnswerNode.TypeName), ("inputs", TaskValue.MapOf(("question", From($"{path}.description")), context)), After(step))));
        }
        else if (!isLast)
        {
            var inputs = ("inputs", (TaskValue)TaskValue.MapOf(
                ("tree", TreeFrom(source)), ("description", From($"{path}.description")), ("acceptance", From($"{path}.acceptance")),
                ("notes", FromAll([$"{branch}.notes", $"{path}.notes"])), context));
            if (step.Type == PlanNode.TypeName)
            {
                nodes.Add((PlanName, TaskValue.MapOf(
                    ("type", PlanNode.TypeName), ("into", EditName), ("maxDepth", limits.Depth - 1), ("maxSteps", limits.Steps), ("maxFiles", limits.Files),
                    ("contextMaxTokens", limits.ContextTokens), ("maxLooks", Math.Max(0, limits.Looks - 1)), inputs, After(step))));
                nodes.Add((ReviewName, TaskValue.MapOf(("type", PlanReviewNode.TypeName), ("inputs", TaskValue.MapOf(("plan", From($"{path.Child(PlanName)}.plan")))))));
                nodes.Add((EditName, TaskValue.MapOf(("type", EditNode.TypeName), inputs, ("needs", TaskValue.ListOf([PlanName, ReviewName])))));
            }
            else
            {
                nodes.Add((EditName, TaskValue.MapOf(("type", EditNode.TypeName), inputs, After(step))));
            }
        }

        return TaskValue.MapOf(
            ("type", TaskNode.GraphType), ("title", step.Name), ("description", step.Description.Trim()),
            ("acceptance", TaskValue.ListOf(step.Acceptance.Select(item => (TaskValue)item.Trim()))), ("nodes", TaskValue.MapOf(nodes)));
    }

    /// <summary>Edits are chained by their trees; what else a step waits for is said here.</summary>
    (string, TaskValue) After(PlanStep step) => ("needs", TaskValue.ListOf(step.After.Distinct(StringComparer.Ordinal).Select(name => (TaskValue)branch.Child(name).ToString())));

    IEnumerable<string> ContextOf(PlanStep step, Dictionary<string, PlanContext> contexts)
    {
        var path = branch.Child(step.Name);
        foreach (var name in step.Context.Distinct(StringComparer.Ordinal))
            yield return contexts.ContainsKey(name) ? $"{path.Child(name)}.context" : $"{branch.Child(name).Child(AnswerName)}.text";
        if (Known(step).Any()) yield return $"{path}/{FilesName}.context";
    }

    /// <summary>Files of the step that are there before the plan begins.</summary>
    IEnumerable<string> Known(PlanStep step) => step.Files.Intersect(files, StringComparer.Ordinal);

    TaskValue TreeFrom(string source) => source.Length == 0 ? TaskLayers.From(tree) : From(source);

    static TaskValue From(string output) => TaskValue.MapOf(("from", output));

    static TaskValue FromAll(IEnumerable<string> outputs) => TaskValue.MapOf(("from", TaskValue.ListOf(outputs.Select(TaskValue.FromString))));
}
