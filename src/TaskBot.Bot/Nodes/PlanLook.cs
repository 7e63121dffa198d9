using System.Globalization;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// What a plan asked to see before it cuts the task: read back from the graph, and written as a layer. The layer has a branch with the context, and
/// the same plan once more, which is given it; whoever waits for the plan waits for that one too.
/// </summary>
/// <param name="run">The node that plans.</param>
sealed class PlanLook(NodeRun run, PlanLimits limits)
{
    readonly NodePath branch = run.Node.Path.Parent;
    readonly int looks = run.Node.Integer("looks");

    /// <summary>What the first plan is called: <c>plan</c>, where this one is <c>plan-2</c>.</summary>
    string Stem => looks == 0 ? run.Node.Path.Name : run.Node.Path.Name[..run.Node.Path.Name.LastIndexOf('-')];

    /// <summary>What the looks so far gathered, the oldest first.</summary>
    public IReadOnlyList<PlanContext> Gathered => field ??= [.. Enumerable.Range(1, looks).SelectMany(ContextsOf)];

    public string Write(IReadOnlyList<PlanContext> missing)
    {
        var written = run.WrittenPath.Parent;
        var (place, next) = (written.Child(PlaceOf(looks + 1)), written.Child(Text($"{Stem}-{looks + 2}")));
        var tree = TaskLayers.From(run.WrittenSources("tree"));
        var gather = TaskValue.MapOf(
            ("type", TaskNode.GraphType), ("title", "What the plan asked to see"),
            ("nodes", TaskValue.MapOf(missing.Select(context => (context.Name, context.ToNode(tree, limits.ContextTokens))))));
        var again = TaskValue.MapOf(
            ("extends", run.WrittenPath.ToString()), ("looks", looks + 1),
            ("inputs", TaskValue.MapOf(("context", TaskLayers.From(missing.Select(context => new OutputPath(place.Child(context.Name), "context")))))));
        return TaskLayers.Over(
        [
            (written, TaskValue.MapOf(("nodes", TaskValue.MapOf((place.Name, gather), (next.Name, again))))),
            .. run.Graph.Nodes.Values.Select(node => (run.Written(node.Path), Body: Follow(node, next))).Where(opinion => !opinion.Body.Entries.IsEmpty),
        ]);
    }

    /// <summary>What waits for this plan, or is given something of it, as it is for the next one.</summary>
    TaskValue.Map Follow(TaskNode node, NodePath next)
    {
        List<(string, TaskValue)> body = [];
        if (node.Needs.Contains(run.Node.Path)) body.Add(("needs", TaskValue.ListOf([next.ToString()])));
        var inputs = node.Inputs.Select(input => (input.Key, Sources: input.Value.Where(source => source.Node == run.Node.Path).ToList())).Where(input => input.Sources.Count > 0)
            .Select(input => (input.Key, TaskLayers.From(input.Sources.Select(source => source with { Node = next })))).ToList();
        if (inputs.Count > 0) body.Add(("inputs", TaskValue.MapOf(inputs)));
        return TaskValue.MapOf(body);
    }

    IEnumerable<PlanContext> ContextsOf(int look) => run.Graph.Nodes.Values.Where(node => node.Path.Parent == branch.Child(PlaceOf(look)))
        .Select(node => new PlanContext(node.Path.Name, node.Type, node.Texts("paths"), node.Text("query") ?? ""));

    string PlaceOf(int look) => Text($"{Stem}-context-{look}");

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
