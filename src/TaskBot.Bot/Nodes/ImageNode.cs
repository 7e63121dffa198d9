using System.Collections.Immutable;
using Microsoft.Extensions.AI;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Nodes;

/// <summary>Has a model draw what a text describes, and puts the picture into a tree.</summary>
public sealed class ImageNode(RunScope scope) : INodeType
{
    public const string TypeName = "llm.image";

    public static NodeTypeSchema TypeSchema { get; } =
        MediaFile.Schema(TypeName, "Draws what a text describes, as a file of a tree.", "image", "What is to be seen.", "What the file is, such as image/png.");

    readonly NodeModel model = new(scope);

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(model.DescribeModel(node));

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        if (run.Text("text") is not { Length: > 0 } text) return NodeResult.Failure($"{run.Node.Path} has no text that says what to draw.");
        var answer = await model.AskAsync(run, $"{text.Length} characters", async client => MediaFile.Of(await client.GetResponseAsync(text, options: null, cancellationToken)));
        return answer.Ending ?? await MediaFile.WriteAsync(scope, run, answer.Value, cancellationToken);
    }
}
