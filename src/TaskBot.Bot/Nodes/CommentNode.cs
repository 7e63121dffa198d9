using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Nodes;

/// <summary>Says a text in a comment on the run's issue; said again, the same comment is edited.</summary>
public sealed class CommentNode(RunScope scope) : IEffectNode
{
    public const string TypeName = "forge.comment";

    /// <summary>What every marker of such a comment begins with.</summary>
    public const string MarkerStart = "<!-- taskbot:comment ";

    /// <summary>What the comment of a run's node is found by again.</summary>
    public static string MarkerOf(RunId run, NodePath node) => $"{MarkerStart}{run} {node} -->";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Puts a text into a comment on the issue.")
    {
        IsEffect = true,
        Inputs = [new("text", ValueKind.Text, "Markdown.") { Required = true }],
        Outputs = [new("url", ValueKind.Text, "The comment's address."), Effect.Port],
    };

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<Effect> DescribeEffectAsync(NodeRun run, CancellationToken cancellationToken) => new(Describe(run));

    Effect Describe(NodeRun run) => Effect.Of($"comment:{scope.Repository}#{scope.Run.Issue}:{scope.Run.Id}{run.Node.Path}", [run.Inputs["text"].Content.ToString()]);

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        // One comment a run and node: the marker is what it is found by when this is tried again.
        var marker = MarkerOf(scope.Run.Id, run.Node.Path);
        var text = run.Inputs["text"].Content.ToString().Replace("<!--", "&lt;!--", StringComparison.Ordinal);
        try
        {
            return NodeResult.Success(("url", await scope.Forge.PutCommentAsync(scope.Repository, scope.Run.Issue, marker, $"{marker}\n{text}\n", cancellationToken)), (Effect.PortName, Describe(run).ToString()));
        }
        catch (ForgeException e) when (TransientFailure.Is(e))
        {
            return NodeResult.Failure(e.Message) with { IsTransient = true };
        }
    }
}
