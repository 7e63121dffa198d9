using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Models.Structured;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Has a model reason in steps: a thought, one look into the tree, what it saw. A step may name other ways to go on; where a way leads nowhere,
/// or to an answer that the model itself does not trust, the next one is tried from where it branched off, and only a sentence of the dead
/// end goes along. Ends with an answer and its confidence, or says that it does not know.
/// </summary>
public sealed class ReasonNode(RunScope scope) : ModelNode(scope)
{
    public const string TypeName = "llm.reason";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Answers a hard question in steps of thought and observation, going back where a way leads nowhere.")
    {
        Attributes =
        [
            .. NodeModel.Attributes("reason"),
            new("maxSteps", ValueKind.Integer, "Steps in all, on every way.") { Default = 16 },
            new("maxDepth", ValueKind.Integer, "Steps on one way.") { Default = 8 },
            new("maxTokens", ValueKind.Integer, "What all looks into the tree together may show.") { Default = 30_000, Unit = "tokens" },
            McpTools.Attribute,
            new("minConfidence", ValueKind.Number, "An answer that the model trusts less is no answer; from 0 to 1.") { Default = new TaskValue.Real(0.7) },
        ],
        Inputs =
        [
            new("tree", ValueKind.Tree, "What can be looked into.") { Required = true },
            new("question", ValueKind.Text, "What is to be found out.") { Required = true },
            new("notes", ValueKind.List, "What earlier attempts taught."),
            new("context", ValueKind.Any, "Texts to know; several may be connected."),
        ],
        Outputs =
        [
            new("text", ValueKind.Text, "The answer, in Markdown."),
            new("confidence", ValueKind.Number, "How far the model trusts it, from 0 to 1."),
            new("steps", ValueKind.List, "Every step: depth, thought, action, and whether its way was given up."),
            new("files", ValueKind.List, "Paths that were looked at."),
        ],
    };

    static readonly JsonElement AnswerSchema = JsonDocument.Parse(
        """
        {
          "type": "object",
          "properties": {
            "thought": { "type": "string", "minLength": 1 },
            "tool": { "type": "string", "enum": ["none", "list_files", "read_file", "find_text", "search_code"] },
            "argument": { "type": "string" },
            "alternatives": { "type": "array", "maxItems": 3, "items": { "type": "string", "minLength": 1 } },
            "deadEnd": { "type": "boolean" },
            "confidence": { "type": "number", "minimum": 0, "maximum": 1 },
            "answer": { "type": ["string", "null"] }
          },
          "required": ["thought", "tool", "argument", "alternatives", "deadEnd", "confidence", "answer"],
          "additionalProperties": false
        }
        """).RootElement;

    public override NodeTypeSchema Schema => TypeSchema;

    public override ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(McpTools.Describe(Scope, node, Model.Describe(node)));

    /// <summary>A place that other ways go on from: how much of the conversation led there, and the ways that were not tried yet.</summary>
    sealed record Fork(int Messages, int Depth, Queue<string> Ways);

    /// <summary>One step as it is told.</summary>
    sealed record Told(int Depth, string Thought, string Action)
    {
        public bool GivenUp { get; set; }
    }

    /// <summary>What came of reasoning: an answer that the model trusts, or the best that it had.</summary>
    sealed record Reasoned(string? Answer, double Confidence, IReadOnlyList<Told> Steps);

    public override async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(run.Text("question"))) return NodeResult.Failure($"{run.Node.Path} has no question to reason about.");
        var tools = new TreeTools(Scope, run, Scope.Objects.Tree(run.Tree("tree")), run.Node.Integer("maxTokens"));
        await using var servers = new McpTools(Scope, Model.AccountOf(run), tools);
        var answer = await Model.AskAsync(
            run,
            [
                ("context", run.Context()),
                ("question", DataBlock.Of("task", run.Text("question"))),
                ("notes", DataBlock.List("notes: what earlier attempts taught", run.Texts("notes"))),
                ("maxDepth", run.Node.Integer("maxDepth").ToString(CultureInfo.InvariantCulture)),
            ],
            async (client, messages, options) =>
            {
                var others = await servers.OpenAsync(run.Node, cancellationToken);
                return ModelAnswer<Reasoned>.Of(await ReasonAsync(run, [.. tools.All, .. others], client, Introduce(others, messages), options, cancellationToken));
            });
        if (answer.Ending is { } ending) return ending;

        var (text, confidence, told) = answer.Value;
        var steps = TaskValue.ListOf(told.Select(step => TaskValue.MapOf(("depth", step.Depth), ("thought", step.Thought), ("action", step.Action), ("givenUp", step.GivenUp))));
        if (text is not null && confidence >= MinConfidence(run.Node))
            return NodeResult.Success(("text", text), ("confidence", new TaskValue.Real(confidence)), ("steps", steps), ("files", TaskValue.ListOf(tools.Seen.Select(TaskValue.FromString)))) with
            {
                FromOutside = servers.WereUsed,
            };
        return NodeResult.Failure(
            text is null
                ? $"No answer was found in {told.Count} steps."
                : string.Create(CultureInfo.InvariantCulture, $"The best answer in {told.Count} steps is trusted to {confidence:0.##} only; {MinConfidence(run.Node):0.##} is asked for."),
            ("steps", steps), ("answer", text is null ? TaskValue.Null.Value : text));
    }

    async Task<Reasoned> ReasonAsync(NodeRun run, IReadOnlyList<AIFunction> tools, IChatClient client, List<ChatMessage> conversation, ChatOptions options, CancellationToken cancellationToken)
    {
        var schema = SchemaWith(tools);
        var forks = new Stack<Fork>();
        var told = new List<Told>();
        var way = new List<Told>();
        (string? Answer, double Confidence) best = (null, 0);
        while (told.Count < run.Node.Integer("maxSteps"))
        {
            var step = (await StructuredOutput.GetAsync(client, conversation, NodeJsonContext.Default.ReasoningStep, schema, options, cancellationToken)).Value;
            run.Report(step.Thought.ReplaceLineEndings(" "));
            var now = new Told(way.Count, step.Thought.Trim(), step.Tool == "none" ? "" : $"{step.Tool} {step.Argument}".Trim());
            told.Add(now);
            way.Add(now);
            if (step.Answer is { } answer && !string.IsNullOrWhiteSpace(answer))
            {
                if (best.Answer is null || step.Confidence > best.Confidence) best = (answer.Trim(), step.Confidence);
                if (step.Confidence >= MinConfidence(run.Node)) break;
            }

            if (step.Alternatives.Count > 0) forks.Push(new(conversation.Count, way.Count - 1, new(step.Alternatives)));
            if (step.DeadEnd || step.Answer is not null || way.Count >= run.Node.Integer("maxDepth"))
            {
                if (!TryGoBack(forks, way, conversation, step.Thought)) break;
                continue;
            }

            conversation.Add(new ChatMessage(ChatRole.Assistant, JsonSerializer.Serialize(step, NodeJsonContext.Default.ReasoningStep)));
            conversation.Add(new ChatMessage(ChatRole.User, await LookAsync(tools, step, cancellationToken)));
        }

        return new(best.Answer, best.Confidence, told);
    }

    /// <summary>Cuts the conversation back to the last place with a way that was not tried, and says what the given up one taught.</summary>
    static bool TryGoBack(Stack<Fork> forks, List<Told> way, List<ChatMessage> conversation, string lesson)
    {
        while (forks.TryPeek(out var fork) && fork.Ways.Count == 0) forks.Pop();
        if (!forks.TryPeek(out var last)) return false;
        foreach (var step in way.Skip(last.Depth)) step.GivenUp = true;
        way.RemoveRange(last.Depth, way.Count - last.Depth);
        conversation.RemoveRange(last.Messages, conversation.Count - last.Messages);
        conversation.Add(new ChatMessage(ChatRole.User, $"A way was tried from here and led nowhere: {lesson.ReplaceLineEndings(" ").Trim()}\nTry this one now: {last.Ways.Dequeue()}"));
        return true;
    }

    static async Task<string> LookAsync(IReadOnlyList<AIFunction> tools, ReasoningStep step, CancellationToken cancellationToken)
    {
        if (tools.FirstOrDefault(tool => tool.Name == step.Tool) is not { } tool) return "Go on.";
        var name = step.Tool switch { "list_files" => "glob", "read_file" => "path", "find_text" => "text", "search_code" => "words", _ => null };
        if (name is not null) return (await tool.InvokeAsync(new AIFunctionArguments { [name] = step.Argument }, cancellationToken))?.ToString() ?? "";
        try
        {
            var arguments = JsonSerializer.Deserialize(step.Argument, NodeJsonContext.Default.DictionaryStringJsonElement) ?? [];
            return (await tool.InvokeAsync(new(arguments.ToDictionary(argument => argument.Key, argument => (object?)argument.Value)), cancellationToken))?.ToString() ?? "";
        }
        catch (JsonException)
        {
            return $"The argument of {tool.Name} must be a JSON object, as text, that fits {tool.JsonSchema.GetRawText()}.";
        }
    }

    /// <summary>Tells of tools that the prompt does not know.</summary>
    static List<ChatMessage> Introduce(IReadOnlyList<AIFunction> others, List<ChatMessage> messages)
    {
        if (others.Count > 0)
        {
            var said = others.Select(tool => $"- \"{tool.Name}\": {tool.Description.ReplaceLineEndings(" ")} Its argument is a JSON object, as text, that fits {tool.JsonSchema.GetRawText()}");
            messages.Insert(1, new ChatMessage(ChatRole.System, $"Besides, \"tool\" may be one of these:\n{string.Join('\n', said)}"));
        }

        return messages;
    }

    static JsonElement SchemaWith(IEnumerable<AIFunction> tools)
    {
        var schema = JsonNode.Parse(AnswerSchema.GetRawText())!;
        schema["properties"]!["tool"]!["enum"] = new JsonArray([.. tools.Select(tool => (JsonNode)tool.Name).Prepend("none")]);
        return JsonSerializer.SerializeToElement(schema, NodeJsonContext.Default.JsonNode);
    }

    static double MinConfidence(TaskNode node) => node.Attributes["minConfidence"] switch
    {
        TaskValue.Real real => real.Value,
        TaskValue.Integer integer => integer.Value,
        _ => 1,
    };
}
