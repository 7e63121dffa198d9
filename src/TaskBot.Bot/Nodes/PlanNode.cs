using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// The disaggregator: has a model cut a task into context to gather and small steps, and adds those to the running graph by writing a layer.
/// The last step becomes the input of a node that is there already, so that what follows it needs to know nothing of the plan.
/// </summary>
public sealed class PlanNode(RunScope scope) : INodeType
{
    public const string TypeName = "llm.plan";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Cuts a task into context and small steps, and adds them to the graph as a layer.")
    {
        WritesLayer = true,
        Attributes =
        [
            .. NodeModel.Attributes("reason"),
            new("into", ValueKind.Text, "Name of the llm.edit node beside this one that the last step is given to; it must need this node.") { Default = "implement" },
            new("maxSteps", ValueKind.Integer, "A plan with more steps is refused.") { Default = 6 },
            new("maxFiles", ValueKind.Integer, "A step that changes more files is refused.") { Default = 4 },
            new("contextMaxTokens", ValueKind.Integer, "How much each context of a step, and the files that it changes, may fill.") { Default = 8000, Unit = "tokens" },
            new("maxDepth", ValueKind.Integer, "How many plans may stand within each other: a step that is not simple is planned by itself.") { Default = 2 },
        ],
        Inputs =
        [
            new("tree", ValueKind.Tree, "What the task changes.") { Required = true },
            new("description", ValueKind.Text, "The task.") { Required = true },
            new("acceptance", ValueKind.List, "What must hold in the end."),
            new("notes", ValueKind.List, "What earlier attempts taught."),
            new("context", ValueKind.Any, "Texts to know; several may be connected."),
        ],
        Outputs =
        [
            new("summary", ValueKind.Text, "The plan in one sentence."),
            new("steps", ValueKind.List, "The steps' names, in the order in which they are done."),
        ],
    };

    static readonly JsonElement AnswerSchema = JsonDocument.Parse(
        """
        {
          "type": "object",
          "properties": {
            "summary": { "type": "string", "minLength": 1 },
            "context": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "name": { "type": "string" },
                  "type": { "type": "string" },
                  "paths": { "type": "array", "items": { "type": "string" } },
                  "query": { "type": "string" }
                },
                "required": ["name", "type", "paths", "query"],
                "additionalProperties": false
              }
            },
            "steps": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "name": { "type": "string" },
                  "type": { "type": "string" },
                  "description": { "type": "string" },
                  "acceptance": { "type": "array", "items": { "type": "string" } },
                  "files": { "type": "array", "items": { "type": "string" } },
                  "context": { "type": "array", "items": { "type": "string" } },
                  "after": { "type": "array", "items": { "type": "string" } }
                },
                "required": ["name", "type", "description", "acceptance", "files", "context", "after"],
                "additionalProperties": false
              }
            }
          },
          "required": ["summary", "context", "steps"],
          "additionalProperties": false
        }
        """).RootElement;

    readonly NodeModel model = new(scope);

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(model.Describe(node).Add("protected", TaskValue.ListOf(scope.Project.Protected.Select(TaskValue.FromString)).ToJson()));

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var branch = run.Node.Path.Parent;
        var into = branch.Child(run.Node.Text("into")!);
        if (!run.Graph.Nodes.TryGetValue(into, out var target) || target.Type != EditNode.TypeName || !target.Needs.Contains(run.Node.Path))
        {
            return NodeResult.Failure(
                $"{run.Node.Path} hands its last step to '{into}', which must be a node of type {EditNode.TypeName} beside it that needs it. "
                + $"Write 'into' with such a node's name, and 'needs: [{run.Node.Path.Name}]' there.");
        }

        var tree = run.Tree("tree");
        var files = await scope.Objects.Tree(tree).ListAsync(cancellationToken);
        var siblings = run.Graph.Nodes.Keys.Where(path => path.Parent == branch).Select(path => path.Name).ToHashSet(StringComparer.Ordinal);
        var limits = new PlanLimits(
            run.Node.Integer("maxSteps"), run.Node.Integer("maxFiles"), run.Node.Integer("contextMaxTokens"), run.Node.Integer("maxDepth"),
            await TokensAsync(tree, cancellationToken));
        var rules = new PlanRules(files, siblings, scope.Project, limits);
        var answer = await model.AskAsync(
            run,
            [
                ("files", DataBlock.Of("files", PathList.Render(files, maxTokens: 3000))),
                ("context", string.Join("\n\n", run.Texts("context").Select(text => DataBlock.Of("context", text)))),
                ("description", DataBlock.Of("task", run.Text("description"))),
                ("acceptance", DataBlock.List("acceptance: what must hold in the end", run.Texts("acceptance"))),
                ("notes", DataBlock.List("notes: what earlier attempts taught", run.Texts("notes"))),
                ("maxSteps", limits.Steps.ToString(CultureInfo.InvariantCulture)),
                ("maxFiles", limits.Files.ToString(CultureInfo.InvariantCulture)),
                ("further", limits.Depth > 1 ? "A part of the task that is too large for one step, but clear in itself, is a step of type \"llm.plan\": it is cut into steps of its own later." : ""),
                ("protected", string.Join(", ", scope.Project.Protected)),
            ],
            NodeJsonContext.Default.Plan, AnswerSchema, cancellationToken, rules.Check);
        if (answer.Ending is { } ending) return ending;

        var steps = PlanRules.Order(answer.Value.Steps);
        run.Report($"Planned {steps.Count} steps: {string.Join(", ", steps.Select(step => step.Name))}.");
        var layer = new PlanLayer(run.WrittenPath.Parent, into, tree, limits, files).Write(answer.Value, steps);
        return NodeResult.Success(("summary", answer.Value.Summary.Trim()), ("steps", TaskValue.ListOf(steps.Select(step => (TaskValue)step.Name)))) with { Layer = layer };
    }

    /// <summary>About how many tokens each file has, from its size alone.</summary>
    async Task<IReadOnlyDictionary<string, long>> TokensAsync(TreeId tree, CancellationToken cancellationToken)
    {
        var tokens = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var entry in await scope.Objects.Tree(tree).EntriesAsync(cancellationToken))
            if (entry.Mode is EntryMode.Regular or EntryMode.Executable) tokens[entry.Path] = await scope.Objects.SizeAsync(new BlobId(entry.ObjectId), cancellationToken) / 3;
        return tokens;
    }
}
