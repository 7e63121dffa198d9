using TaskBot.Bot.Tasks;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Nodes;

/// <summary>Lets a value pass when a person has looked at it. What passes is trusted from here on, whatever it was made from.</summary>
public sealed class HumanApproveNode : INodeType
{
    /// <summary>How much of the subject the question shows, in characters.</summary>
    const int Shown = 1500;

    public const string TypeName = "human.approve";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Waits until a person has approved its input, and hands it on as trusted.")
    {
        AcceptsUntrusted = true,
        Attributes =
        [
            new("question", ValueKind.Text, "What the person is asked; the subject is shown below it.") { InKey = false },
            new(TaskLayers.ApprovedBy, ValueKind.Text, "Login of the person who approved; a slash command's layer sets it."),
            new("approvedDigest", ValueKind.Text, "Digest of what was approved, as the question names it: another subject has to be approved anew."),
        ],
        Inputs = [new("subject", ValueKind.Any, "What has to be approved.") { Required = true }],
        Outputs = [new("subject", ValueKind.Any, "The same, approved.")],
    };

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var subject = run.Inputs["subject"];
        var digest = subject.Digest[..16];
        var approvedDigest = run.Node.Text("approvedDigest");
        var isThisOne = approvedDigest is null
            || (approvedDigest.Length >= digest.Length && subject.Digest.StartsWith(approvedDigest, StringComparison.Ordinal));
        if (run.Node.Text(TaskLayers.ApprovedBy) is { } person && isThisOne)
        {
            run.Report($"Approved by {person}.");
            return ValueTask.FromResult<NodeResult>(NodeResult.Success(("subject", subject.Content)) with { Approved = true });
        }

        var text = subject.Content.ToString();
        var preview = text.Length <= Shown ? text : text[..Shown] + "…";
        var changed = approvedDigest is null ? "" : $" What {run.Node.Text(TaskLayers.ApprovedBy) ?? "someone"} approved before was something else ({approvedDigest}).";
        var question = run.Node.Text("question") ?? $"May this go on as it is ({run.Node.Title()})?";
        var asked = new NodeResult.WaitingForHuman($"{question}{changed}\n\n{preview}\n\nAnswer with: /taskbot approve") { SubjectDigest = digest };
        return ValueTask.FromResult<NodeResult>(asked);
    }
}
