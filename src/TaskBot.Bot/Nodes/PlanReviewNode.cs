using System.Collections.Immutable;
using System.Text.RegularExpressions;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Reviews a plan before it is carried out: are there more prompts that apply? A prompt, or a set of rules, whose tags a step speaks of is given to
/// the node that does the step, as an opinion in a layer, so that <c>explain</c> shows where it came from. No model is asked.
/// </summary>
public sealed partial class PlanReviewNode(RunScope scope) : INodeType
{
    public const string TypeName = "review.plan";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Looks for more prompts that apply to the steps of a plan, and gives them to those steps.")
    {
        Inputs = [new("plan", ValueKind.Any, "The steps, as 'llm.plan' gives them.") { Required = true }],
        Outputs =
        [
            new("tags", ValueKind.Map, "By step: what it speaks of that prompts are tagged with."),
            new("summary", ValueKind.Text, "One sentence for people."),
        ],
    };

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal)
            .Add("prompts", string.Join(' ', scope.Prompts.Prompts.Select(prompt => $"{prompt.Name}[{string.Join(',', prompt.Tags)}]").Order(StringComparer.Ordinal))));

    public ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var branch = run.Node.Path.Parent;
        var found = new List<(string Step, NodePath Node, ImmutableArray<string> Tags)>();
        foreach (var step in Steps(run.Inputs["plan"].Content))
        {
            var words = Word().Matches(step.ToString().ToLowerInvariant()).Select(word => word.Value).ToHashSet(StringComparer.Ordinal);
            var name = step.Entries["name"].ToString();
            var given = new OutputPath(branch.Child(name), "description");
            foreach (var node in run.Graph.Nodes.Values.Where(node => node.Inputs.Values.Any(sources => sources.Contains(given))))
                if (TagsFor(node.Type, words) is { IsEmpty: false } tags) found.Add((name, node.Path, tags));
        }

        var summary = found.Count == 0 ? "No further prompt applies." : $"{string.Join(", ", found.Select(item => $"{item.Step}: {string.Join(", ", item.Tags)}"))}.";
        run.Report(summary);
        return ValueTask.FromResult<NodeResult>(
            NodeResult.Success(
                ("tags", TaskValue.MapOf(found.GroupBy(item => item.Step, StringComparer.Ordinal).Select(item => (item.Key, (TaskValue)TaskValue.ListOf(item.SelectMany(one => one.Tags).Distinct().Select(TaskValue.FromString)))))),
                ("summary", summary)) with
            {
                Layer = found.Count == 0 ? null : TaskLayers.Over(found.Select(item => (item.Node, TaskValue.MapOf(("promptTags", TaskValue.ListOf(item.Tags.Select(TaskValue.FromString))))))),
            });
    }

    /// <summary>The tags of prompts for nodes of a type that the words of a step name, besides those that hold for the whole project.</summary>
    ImmutableArray<string> TagsFor(string type, HashSet<string> words) =>
    [
        .. scope.Prompts.Prompts.Where(prompt => prompt.Tags.Contains(type) || prompt.Tags.Contains(NodeModel.RulesOf(type))).SelectMany(prompt => prompt.Tags)
            .Where(tag => tag != type && tag != NodeModel.RulesOf(type) && words.Contains(tag.ToLowerInvariant())).Except(scope.Project.Languages).Distinct().Order(StringComparer.Ordinal),
    ];

    static IEnumerable<TaskValue.Map> Steps(TaskValue plan) => plan switch
    {
        TaskValue.List list => list.Items.SelectMany(Steps),
        TaskValue.Map step => [step],
        _ => [],
    };

    [GeneratedRegex(@"[\p{L}\p{N}#+_-]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
