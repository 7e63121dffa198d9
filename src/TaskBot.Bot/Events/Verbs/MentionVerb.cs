using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>
/// What a mention with a text asks for: a question is answered, a correction corrects the run that there is, and anything else starts one with the text
/// added to what the issue says.
/// </summary>
public sealed class MentionVerb(RunControl control, RunStarter starter) : IVerb
{
    public VerbHelp Help { get; } = new(SlashCommand.Mention, "@taskbot TEXT", "does what fits the text");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        var text = call.Command.Text;
        if (text.Length == 0) return new VerbAnswer.Refused("Write what is to be done behind the mention, or `/taskbot help` for the commands.");
        if (text.EndsWith('?') || call is { IsPullRequest: true, Run: null }) return await new AskVerb(starter).DoAsync(call, cancellationToken);
        if (call.Run is { Ending: null }) return await RefineVerb.RefineAsync(control, call, cancellationToken);
        var issue = call.Issue with { Body = $"{call.Issue.Body}\n\n{text}".Trim() };
        return await starter.StartAsync(call.Repository, issue, call.Trigger, cancellationToken) is RunStart.Refused refused ? new VerbAnswer.Refused(refused.Reason) : new VerbAnswer.Working();
    }
}
