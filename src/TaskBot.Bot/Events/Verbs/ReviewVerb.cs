using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>
/// Reviews what a pull request changes, whoever made it, or what an issue speaks of. A fork's change is read as text, and never checked out, built or run.
/// </summary>
public sealed class ReviewVerb(IForge forge, RunStarter starter) : IVerb
{
    /// <summary>Characters of a diff that are shown to the model.</summary>
    const int MaximumDiff = 60_000;

    public VerbHelp Help { get; } = new("review", "review", "reviews what the pull request changes, or the code that the issue names, and lists defects");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        var about = call.Issue.Body;
        if (call.IsPullRequest)
        {
            var diff = await forge.GetDiffAsync(call.Repository, call.Issue.Number, cancellationToken);
            var shown = diff.Length <= MaximumDiff ? diff : $"{diff[..MaximumDiff]}\n(The diff is longer; review what is shown and say so.)";
            about = $"{about}\n\nThe change to review, as a unified diff:\n\n{shown}";
        }

        return await AskVerb.AnswerAsync(starter, call, "taskbot:core/review", $"Review #{call.Issue.Number}: {call.Issue.Title}", about, cancellationToken);
    }
}
