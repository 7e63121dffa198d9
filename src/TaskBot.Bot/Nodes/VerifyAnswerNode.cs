using System.Text.Json;
using System.Text.RegularExpressions;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Checks an answer against the sources that it was made from: a model cuts it into claims and quotes what carries each, and a quote counts
/// only where it really stands in the sources. "I do not know" is a legal answer; a claim that nothing carries is not.
/// </summary>
public sealed partial class VerifyAnswerNode(RunScope scope) : ModelNode(scope)
{
    public const string TypeName = "verify.answer";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Checks an answer against its sources; a claim that they do not carry is a failure.")
    {
        Attributes = NodeModel.Attributes("fast", stronger: "reason"),
        Inputs =
        [
            new("question", ValueKind.Text, "What was asked.") { Required = true },
            new("answer", ValueKind.Text, "What is checked.") { Required = true },
            new("context", ValueKind.Any, "The sources; several may be connected.") { Required = true },
        ],
        Outputs =
        [
            new("text", ValueKind.Text, "The answer, unchanged."),
            new("claims", ValueKind.List, "What it claims, each with the quote that carries it."),
        ],
    };

    static readonly JsonElement AnswerSchema = JsonDocument.Parse(
        """
        {
          "type": "object",
          "properties": {
            "unknown": { "type": "boolean" },
            "claims": {
              "type": "array",
              "maxItems": 40,
              "items": {
                "type": "object",
                "properties": {
                  "claim": { "type": "string", "minLength": 1 },
                  "verdict": { "type": "string", "enum": ["supported", "unsupported", "contradicted"] },
                  "quote": { "type": "string" }
                },
                "required": ["claim", "verdict", "quote"],
                "additionalProperties": false
              }
            },
            "contradictions": { "type": "array", "maxItems": 20, "items": { "type": "string", "minLength": 1 } }
          },
          "required": ["unknown", "claims", "contradictions"],
          "additionalProperties": false
        }
        """).RootElement;

    public override NodeTypeSchema Schema => TypeSchema;

    public override async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var text = run.Text("answer");
        if (string.IsNullOrWhiteSpace(text)) return NodeResult.Failure("There is no answer to check.");
        var sources = run.Texts("context");
        var plain = sources.Select(Plain).ToList();
        var checkedAnswer = await Model.AskAsync(
            run,
            [
                ("context", string.Join("\n\n", sources.Select(source => DataBlock.Of("source", source)))),
                ("question", DataBlock.Of("question", run.Text("question"))),
                ("answer", DataBlock.Of("answer to check", text)),
            ],
            NodeJsonContext.Default.AnswerCheck, AnswerSchema, cancellationToken, Misquotes);
        if (checkedAnswer.Ending is { } ending) return ending;

        var check = checkedAnswer.Value;
        if (!check.Unknown && check.Claims.Count == 0) return NodeResult.Failure("The answer claims nothing, and does not say that it does not know.");
        var bad = check.Claims.Where(claim => claim.Verdict != ClaimCheck.Supported)
            .Select(claim => $"{(claim.Verdict == "contradicted" ? "The sources contradict" : "Nothing in the sources carries")}: {claim.Claim.Trim()}")
            .Concat(check.Contradictions.Select(contradiction => $"It contradicts itself: {contradiction.Trim()}")).ToList();
        var claims = TaskValue.ListOf(check.Claims.Select(claim => TaskValue.MapOf(("claim", claim.Claim), ("verdict", claim.Verdict), ("quote", claim.Quote))));
        return bad.Count == 0
            ? NodeResult.Success(("text", text), ("claims", claims))
            : NodeResult.Failure($"The answer does not hold. {string.Join(' ', bad)}", ("claims", claims), ("answer", text));

        // A quote that was made up carries nothing, whatever the model says of it.
        IReadOnlyList<string> Misquotes(AnswerCheck answer) =>
        [
            .. answer.Claims.Where(claim => claim.Verdict == ClaimCheck.Supported && (Plain(claim.Quote) is not { Length: > 0 } quote || !plain.Any(source => source.Contains(quote, StringComparison.Ordinal))))
                .Select(claim => $"The quote for '{claim.Claim.Trim()}' does not stand in the sources word for word. Quote what is there, or call the claim unsupported."),
        ];
    }

    /// <summary>Quotes may differ from their source in white space only.</summary>
    static string Plain(string text) => Space().Replace(text, " ").Trim();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Space();
}
