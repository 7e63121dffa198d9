using System.Globalization;
using System.Text.Json;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Models.Ledger;

namespace TaskBot.Bot.Nodes;

/// <summary>Reads a change against its task before people see it. What must not be merged as it is fails the node.</summary>
public sealed class ReviewNode(RunScope scope) : ModelNode(scope)
{
    public const string TypeName = "review.self";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Reviews a change against its task; blocking findings are a failure.")
    {
        Attributes =
        [
            .. NodeModel.Attributes("reason"),
            new("maxTokens", ValueKind.Integer, "The largest change that is reviewed at once; a larger one fails, for half a review is none.")
            {
                Default = 40_000,
                Unit = "tokens",
            },
        ],
        Inputs =
        [
            new("base", ValueKind.Tree, "The tree before the change.") { Required = true },
            new("tree", ValueKind.Tree, "The tree after it.") { Required = true },
            new("description", ValueKind.Text, "What the change is for.") { Required = true },
            new("acceptance", ValueKind.List, "What must hold."),
            new("context", ValueKind.Any, "Texts to know; several may be connected."),
        ],
        Outputs =
        [
            new("findings", ValueKind.List, "Notes, each with severity, file, line and message; blocking ones are a failure instead."),
            new("summary", ValueKind.Text, "What the change does, and whether it does what was asked."),
        ],
    };

    static readonly JsonElement AnswerSchema = JsonDocument.Parse(
        """
        {
          "type": "object",
          "properties": {
            "summary": { "type": "string", "minLength": 1 },
            "findings": {
              "type": "array",
              "maxItems": 50,
              "items": {
                "type": "object",
                "properties": {
                  "severity": { "type": "string", "enum": ["blocking", "note"] },
                  "file": { "type": "string" },
                  "line": { "type": ["integer", "null"], "minimum": 1, "maximum": 10000000 },
                  "message": { "type": "string", "minLength": 1 }
                },
                "required": ["severity", "file", "line", "message"],
                "additionalProperties": false
              }
            }
          },
          "required": ["summary", "findings"],
          "additionalProperties": false
        }
        """).RootElement;

    public override NodeTypeSchema Schema => TypeSchema;

    public override async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var before = run.Tree("base");
        var after = run.Tree("tree");
        var changes = await Scope.Objects.ChangesAsync(before, after, cancellationToken);
        if (changes.Count == 0) return new NodeResult.Skipped("There is no change to review.");
        var patch = await Scope.Objects.DiffAsync(before, after, contextLines: 8, cancellationToken);
        if (TokenEstimate.Likely(patch) > run.Node.Integer("maxTokens"))
        {
            return NodeResult.Failure(
                $"The change of {changes.Count} files is too large to be reviewed at once (about {TokenEstimate.Likely(patch)} tokens). "
                + $"Cut the task into smaller ones, or raise 'maxTokens' of {run.Node.Path}.",
                ("files", TaskValue.ListOf(changes.Select(change => (TaskValue)change.Path))));
        }

        var answer = await Model.AskAsync(
            run,
            [
                ("context", run.Context()),
                ("description", DataBlock.Of("task", run.Text("description"))),
                ("acceptance", DataBlock.List("acceptance: what must hold in the end", run.Texts("acceptance"))),
                ("patch", DataBlock.Of("change to review", patch)),
            ],
            NodeJsonContext.Default.Review, AnswerSchema, cancellationToken);
        if (answer.Ending is { } ending) return ending;

        var review = answer.Value;
        // A finding about a file that the change does not touch cannot be a reason to stop the change.
        var changed = changes.Select(change => change.Path).ToHashSet(StringComparer.Ordinal);
        var blocking = review.Findings.Where(finding => finding.Severity == "blocking" && changed.Contains(finding.File)).ToList();
        var findings = TaskValue.ListOf(review.Findings.Select(finding => Value(finding, blocking.Contains(finding))));
        return blocking.Count == 0
            ? NodeResult.Success(("findings", findings), ("summary", review.Summary.Trim()))
            : NodeResult.Failure(
                $"The review found what must not be merged: {string.Join("; ", blocking.Select(Sentence))}",
                ("findings", findings), ("summary", review.Summary.Trim()), ("patch", patch));
    }

    static TaskValue Value(ReviewFinding finding, bool blocks) => TaskValue.MapOf(
        ("severity", blocks ? "blocking" : "note"), ("file", finding.File), ("line", finding.Line is { } line ? line : TaskValue.Null.Value), ("message", finding.Message));

    static string Sentence(ReviewFinding finding) =>
        string.Create(CultureInfo.InvariantCulture, $"{finding.File}{(finding.Line is { } line ? $":{line}" : "")}: {finding.Message.ReplaceLineEndings(" ").Trim()}");
}
