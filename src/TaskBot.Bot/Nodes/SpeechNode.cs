using System.Collections.Immutable;
using Microsoft.Extensions.AI;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Models.Providers;

namespace TaskBot.Bot.Nodes;

/// <summary>Has a model speak a text, and puts the sound into a tree.</summary>
public sealed class SpeechNode(RunScope scope) : INodeType
{
    /// <summary>Slow speech takes about two tokens a character, and a pause a few.</summary>
    const int TokensPerCharacter = 4;

    const int TokensBeside = 256;

    public const string TypeName = "llm.speech";

    public static NodeTypeSchema TypeSchema { get; } = MediaFile.Schema(
        TypeName, "Speaks a text, as an MP3 file of a tree.", "speech", "What is to be heard.", "What the file is: audio/mpeg.",
        new AttributeSchema("voice", ValueKind.Text, "The voice, as the model's vendor calls it.") { Default = SpeechVoice.Default });

    readonly NodeModel model = new(scope);

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(model.DescribeModel(node));

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        if (run.Text("text") is not { Length: > 0 } text) return NodeResult.Failure($"{run.Node.Path} has no text to speak.");
        // The protocol says nothing of tokens afterwards, so that what is reserved is what it costs: it should be near the truth.
        var options = new ChatOptions { MaxOutputTokens = (text.Length * TokensPerCharacter) + TokensBeside }.WithVoice(run.Node.Text("voice")!);
        var answer = await model.AskAsync(run, $"{text.Length} characters", async client => MediaFile.Of(await client.GetResponseAsync(text, options, cancellationToken)));
        return answer.Ending ?? await MediaFile.WriteAsync(scope, run, answer.Value, cancellationToken);
    }
}
