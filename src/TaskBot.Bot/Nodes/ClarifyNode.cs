using System.Text.Json;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Asks whether a task says enough to be done. Where it does not, a person is asked, at most three questions at once, each with what
/// depends on the answer, and the run waits: a guess would cost more.
/// </summary>
public sealed class ClarifyNode(RunScope scope) : ModelNode(scope)
{
    public const string TypeName = "llm.clarify";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Asks a person at most three questions where a task does not say enough to be done.")
    {
        Attributes = NodeModel.Attributes("fast", stronger: "reason"),
        Inputs =
        [
            new("description", ValueKind.Text, "The task.") { Required = true },
            new("acceptance", ValueKind.List, "What must hold in the end."),
            new("context", ValueKind.Any, "Texts to know, such as what a premise check found; several may be connected."),
        ],
        Outputs = [new("description", ValueKind.Text, "The task, unchanged: it says enough.")],
    };

    static readonly JsonElement AnswerSchema = JsonDocument.Parse(
        """
        {
          "type": "object",
          "properties": {
            "questions": {
              "type": "array",
              "maxItems": 3,
              "items": {
                "type": "object",
                "properties": { "question": { "type": "string", "minLength": 1, "maxLength": 400 }, "depends": { "type": "string", "minLength": 1, "maxLength": 400 } },
                "required": ["question", "depends"],
                "additionalProperties": false
              }
            }
          },
          "required": ["questions"],
          "additionalProperties": false
        }
        """).RootElement;

    public override NodeTypeSchema Schema => TypeSchema;

    public override async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var answer = await Model.AskAsync(
            run,
            [
                ("context", run.Context()),
                ("description", DataBlock.Of("task", run.Text("description"))),
                ("acceptance", DataBlock.List("acceptance: what must hold in the end", run.Texts("acceptance"))),
            ],
            NodeJsonContext.Default.Clarification, AnswerSchema, cancellationToken, Check);
        if (answer.Ending is { } ending) return ending;
        return answer.Value.Questions is { Count: > 0 } questions
            ? new NodeResult.WaitingForHuman(string.Join('\n', questions.Select((asked, index) =>
                $"{index + 1}. {asked.Question.ReplaceLineEndings(" ").Trim()} ({asked.Depends.ReplaceLineEndings(" ").Trim()})")))
            : NodeResult.Success(("description", run.Text("description")));
    }

    /// <summary>What a person can answer in a sentence is one question.</summary>
    static IReadOnlyList<string> Check(Clarification answer) =>
    [
        .. answer.Questions.Select(asked => asked.Question.Trim()).Where(question => !question.EndsWith('?') || question.Count(character => character == '?') > 1)
            .Select(question => $"'{question}' is not one question: write one sentence that ends with '?'."),
    ];
}
