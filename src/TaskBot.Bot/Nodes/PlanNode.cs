using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Models.Errors;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// The disaggregator: first asks a model what has to be seen before the task can be cut, has that gathered, and then has the task cut into small
/// steps with a context and an acceptance each. Both go into the running graph as layers (<see cref="PlanLook"/>, <see cref="PlanLayer"/>), so that a
/// plan made again pays only for what changed. The last step becomes the input of a node that is there already: what follows it knows nothing of the plan.
/// </summary>
public sealed class PlanNode(RunScope scope) : ModelNode(scope)
{
    public const string TypeName = "llm.plan";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Cuts a task into context and small steps, and adds them to the graph as a layer.")
    {
        Attributes =
        [
            .. NodeModel.Attributes("fast", stronger: "reason"),
            new("into", ValueKind.Text, "Name of the llm.edit node beside this one that the last step is given to; it must need this node.") { Default = "implement" },
            new("maxSteps", ValueKind.Integer, "A plan with more steps is refused.") { Default = 6 },
            new("maxFiles", ValueKind.Integer, "A step that changes more files is refused.") { Default = 4 },
            new("contextMaxTokens", ValueKind.Integer, "How much each context of a step, and the files that it changes, may fill.") { Default = 8000, Unit = "tokens" },
            new("maxDepth", ValueKind.Integer, "How many plans may stand within each other: a step that is not simple is planned by itself.") { Default = 2 },
            new("maxLooks", ValueKind.Integer, "How often it may ask to see more before it has to cut the task; 0 for never.") { Default = 2 },
            new("looks", ValueKind.Integer, "How often it did; the layer that gathers what was asked for sets it.") { Default = 0 },
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
            new("steps", ValueKind.List, "The steps' names, in the order in which they are done; none where it asked to see more first."),
            new("plan", ValueKind.List, "The steps themselves: name, description, acceptance, files."),
        ],
    };

    const string ContextSchema = """
        {
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
        }
        """;

    static readonly JsonElement AnswerSchema = JsonDocument.Parse(
        $$"""
        {
          "type": "object",
          "properties": {
            "summary": { "type": "string", "minLength": 1 },
            "missing": {{ContextSchema}},
            "context": {{ContextSchema}},
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

    public override NodeTypeSchema Schema => TypeSchema;

    public override ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Model.Describe(node).Add("protected", TaskValue.ListOf(Scope.Project.Protected.Select(TaskValue.FromString)).ToJson()));

    public override async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
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
        var files = await Scope.Objects.Tree(tree).ListAsync(cancellationToken);
        var siblings = run.Graph.Nodes.Keys.Where(path => path.Parent == branch).Select(path => path.Name).ToHashSet(StringComparer.Ordinal);
        var limits = new PlanLimits(run.Node, await TokensAsync(tree, cancellationToken));
        var look = new PlanLook(run, limits);
        var answer = await AskAsync(run, files, look, limits, new PlanRules(files, siblings, look.Gathered, Scope.Project, limits), cancellationToken);
        if (answer.Ending is { } ending) return AskPerson(ending);
        var plan = answer.Value;
        if (plan.IsLook)
        {
            run.Report($"Asks to see {string.Join(", ", plan.Missing!.Select(context => context.Name))} before it cuts the task.");
            return NodeResult.Success(("summary", plan.Summary.Trim()), ("steps", TaskValue.ListOf([])), ("plan", TaskValue.ListOf([]))) with { Layer = look.Write(plan.Missing!) };
        }

        var steps = PlanRules.Order(plan.Steps);
        run.Report($"Planned {steps.Count} steps: {string.Join(", ", steps.Select(step => step.Name))}.");
        return NodeResult.Success(
            ("summary", plan.Summary.Trim()), ("steps", TaskValue.ListOf(steps.Select(step => (TaskValue)step.Name))), ("plan", TaskValue.ListOf(steps.Select(step => step.ToValue())))) with
        {
            Layer = new PlanLayer(branch, into, run.Node.Inputs.GetValueOrDefault("tree", []), limits, files).Write(plan, look.Gathered, steps),
        };
    }

    Task<ModelAnswer<Plan>> AskAsync(NodeRun run, IReadOnlyList<string> files, PlanLook look, PlanLimits limits, PlanRules rules, CancellationToken cancellationToken) => Model.AskAsync(
        run,
        [
            ("files", DataBlock.Of("files", PathList.Render(files, maxTokens: 3000))),
            ("context", run.Context()),
            ("gathered", DataBlock.List("context that was gathered for this plan, by name", look.Gathered.Select(context => $"{context.Name}: {string.Join(", ", context.Paths.Append(context.Query).Where(text => text.Length > 0))}"))),
            ("description", DataBlock.Of("task", run.Text("description"))),
            ("acceptance", DataBlock.List("acceptance: what must hold in the end", run.Texts("acceptance"))),
            ("notes", DataBlock.List("notes: what earlier attempts taught", run.Texts("notes"))),
            ("maxSteps", limits.Steps.ToString(CultureInfo.InvariantCulture)),
            ("maxFiles", limits.Files.ToString(CultureInfo.InvariantCulture)),
            ("looks", limits.Looks > 0 ? "Name it under \"missing\" and leave \"context\" and \"steps\" empty: you are shown it, and asked again." : "You were shown what there was time for: leave \"missing\" empty, and let the steps find out the rest."),
            ("further", limits.Depth > 1 ? "A part of the task that is too large for one step, but clear in itself, is a step of type \"llm.plan\": it is cut into steps of its own later." : ""),
            ("protected", string.Join(", ", Scope.Project.Protected)),
        ],
        NodeJsonContext.Default.Plan, AnswerSchema, cancellationToken, rules.Check);

    /// <summary>What no model could put right when it was told everything that was wrong is for a person to decide, before anything is spent on it.</summary>
    static NodeResult AskPerson(NodeResult ending) => ending is NodeResult.Failed failed
        && (failed.Evidence.ContainsKey("problems") || failed.Evidence.GetValueOrDefault("error")?.AsText() == nameof(ModelErrorKind.Malformed))
        ? new NodeResult.WaitingForHuman($"No plan that can be accepted was made, also after a second try. {failed.Message} What should be left out, or done in another way?")
        : ending;

    /// <summary>About how many tokens each file has, from its size alone.</summary>
    async Task<IReadOnlyDictionary<string, long>> TokensAsync(TreeId tree, CancellationToken cancellationToken)
    {
        var tokens = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var entry in await Scope.Objects.Tree(tree).EntriesAsync(cancellationToken))
            if (entry.Mode is EntryMode.Regular or EntryMode.Executable) tokens[entry.Path] = await Scope.Objects.SizeAsync(new BlobId(entry.ObjectId), cancellationToken) / 3;
        return tokens;
    }
}
