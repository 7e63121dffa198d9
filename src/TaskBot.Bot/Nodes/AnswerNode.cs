using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Nodes;

/// <summary>Asks a model a question about the repository.</summary>
public sealed class AnswerNode(RunScope scope) : ModelNode(scope)
{
    public const string TypeName = "llm.answer";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Answers a question from the context it is given.")
    {
        Attributes = NodeModel.Attributes("reason"),
        Inputs =
        [
            new("question", ValueKind.Text, "What is asked.") { Required = true },
            new("notes", ValueKind.List, "What earlier attempts taught."),
            new("context", ValueKind.Any, "Texts to answer from; several may be connected."),
        ],
        Outputs = [new("text", ValueKind.Text, "The answer, in Markdown.")],
    };

    public override NodeTypeSchema Schema => TypeSchema;

    public override async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(run.Text("question")))
            return NodeResult.Failure($"{run.Node.Path} has no question. Say in the issue what you want to know.");
        var answer = await Model.AskAsync(
            run,
            [
                ("context", run.Context()),
                ("question", DataBlock.Of("task", run.Text("question"))),
                ("notes", DataBlock.List("notes: what earlier attempts taught", run.Texts("notes"))),
            ],
            cancellationToken);
        return answer.Ending ?? NodeResult.Success(("text", answer.Value.Trim()));
    }
}
