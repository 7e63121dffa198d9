using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>How answers of models that are data are read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(AnswerCheck))]
[JsonSerializable(typeof(Clarification))]
[JsonSerializable(typeof(Comparison))]
[JsonSerializable(typeof(Experiments))]
[JsonSerializable(typeof(Plan))]
[JsonSerializable(typeof(ReasoningStep))]
[JsonSerializable(typeof(Refinement))]
[JsonSerializable(typeof(Review))]
sealed partial class NodeJsonContext : JsonSerializerContext;

/// <summary>What a model answers to <c>llm.refine</c>.</summary>
/// <param name="Files">What the next attempt has to be shown; null or empty for nothing.</param>
sealed record Refinement(string Description, IReadOnlyList<string> Notes, string Summary, string? Question, IReadOnlyList<string>? Files);

/// <summary>What a model answers to <c>review.self</c>.</summary>
sealed record Review(string Summary, IReadOnlyList<ReviewFinding> Findings);

/// <summary>One defect that a review found.</summary>
/// <param name="Severity"><c>blocking</c> or <c>note</c>.</param>
/// <param name="Line">Of the new file; null where no one line is meant.</param>
sealed record ReviewFinding(string Severity, string File, int? Line, string Message);

/// <summary>What a model answers to <c>llm.plan</c>: what it has to see first, or the steps.</summary>
/// <param name="Missing">What has to be seen before the task can be cut; null or empty where nothing is missing.</param>
/// <param name="Context">What the steps have to know.</param>
sealed record Plan(string Summary, IReadOnlyList<PlanContext>? Missing, IReadOnlyList<PlanContext> Context, IReadOnlyList<PlanStep> Steps)
{
    [JsonIgnore]
    public bool IsLook => Missing is { Count: > 0 };
}

/// <summary>Something that steps have to know: files by path, or what a search finds.</summary>
sealed record PlanContext(string Name, string Type, IReadOnlyList<string> Paths, string Query)
{
    /// <summary>Whether it would show the same.</summary>
    public bool IsSameAs(PlanContext other) => Type == other.Type && Query.Trim() == other.Query.Trim() && Paths.SequenceEqual(other.Paths, StringComparer.Ordinal);

    /// <summary>As a node of a layer that reads from this tree.</summary>
    /// <param name="tree">A connection.</param>
    public TaskValue ToNode(TaskValue tree, int maxTokens)
    {
        List<(string, TaskValue)> body = [("type", Type), ("maxTokens", maxTokens), ("inputs", TaskValue.MapOf(("tree", tree)))];
        if (Type != ContextMapNode.TypeName) body.Add(("optional", true));
        body.Add(Type == ContextFilesNode.TypeName ? ("paths", TaskValue.ListOf(Paths.Select(TaskValue.FromString))) : ("query", Query.Trim()));
        return TaskValue.MapOf(body);
    }
}

/// <summary>One step of a plan.</summary>
sealed record PlanStep(
    string Name,
    string Type,
    string Description,
    IReadOnlyList<string> Acceptance,
    IReadOnlyList<string> Files,
    IReadOnlyList<string> Context,
    IReadOnlyList<string> After)
{
    /// <summary>As a value for nodes that look at the plan.</summary>
    public TaskValue ToValue() => TaskValue.MapOf(
        ("name", Name), ("description", Description.Trim()), ("acceptance", TaskValue.ListOf(Acceptance.Select(TaskValue.FromString))), ("files", TaskValue.ListOf(Files.Select(TaskValue.FromString))));
}

/// <summary>What a model answers to <c>verify.answer</c>.</summary>
/// <param name="Unknown">True where the answer says that it does not know.</param>
/// <param name="Contradictions">Where the answer contradicts itself.</param>
sealed record AnswerCheck(bool Unknown, IReadOnlyList<ClaimCheck> Claims, IReadOnlyList<string> Contradictions);

/// <summary>One claim of an answer.</summary>
/// <param name="Verdict"><c>supported</c>, <c>unsupported</c> or <c>contradicted</c>.</param>
/// <param name="Quote">What carries it, word for word from the sources.</param>
sealed record ClaimCheck(string Claim, string Verdict, string Quote)
{
    public const string Supported = "supported";
}

/// <summary>What a model answers to <c>verify.run</c>.</summary>
sealed record Experiments([property: JsonPropertyName("experiments")] IReadOnlyList<Experiment> Items);

/// <summary>One claim, and how to try it.</summary>
/// <param name="File">A file to write first; null for none.</param>
/// <param name="Output">What the command must write; empty where only the exit code counts.</param>
sealed record Experiment(string Claim, string? File, string Content, string Command, int ExitCode, string Output);

/// <summary>What a model answers to <c>vote</c>.</summary>
/// <param name="Better"><c>first</c>, <c>second</c> or <c>equal</c>.</param>
sealed record Comparison(string Better, string Reason);

/// <summary>One step of <c>llm.reason</c>.</summary>
/// <param name="Tool">What to do next; <c>none</c> for only thinking.</param>
/// <param name="Argument">What the tool is given.</param>
/// <param name="Alternatives">Other ways to go on from here, best first; each is kept in case this one leads nowhere.</param>
/// <param name="DeadEnd">True where this way leads nowhere.</param>
/// <param name="Confidence">From 0 to 1, that the answer, or this way, is right.</param>
/// <param name="Answer">The answer; null while there is none.</param>
sealed record ReasoningStep(string Thought, string Tool, string Argument, IReadOnlyList<string> Alternatives, bool DeadEnd, double Confidence, string? Answer);

/// <summary>What a model answers to <c>llm.clarify</c>.</summary>
sealed record Clarification(IReadOnlyList<ClarifyingQuestion> Questions);

/// <summary>Something that only a person can say.</summary>
/// <param name="Depends">What would be done differently.</param>
sealed record ClarifyingQuestion(string Question, string Depends);
