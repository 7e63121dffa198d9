using System.Collections.Immutable;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Answers a question about the code in a comment.</summary>
public sealed class AskVerb(RunStarter starter) : IVerb
{
    public VerbHelp Help { get; } = new("ask", "ask TEXT", "answers a question about the code");

    public Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken) => call.Command.Text.Length == 0
        ? Task.FromResult<VerbAnswer>(new VerbAnswer.Refused("Write the question: `/taskbot ask Where are users loaded?`"))
        : AnswerAsync(starter, call, "taskbot:core/explain-code", call.Command.Text, $"It is asked on #{call.Issue.Number}: {call.Issue.Title}\n\n{call.Issue.Body}", cancellationToken);

    /// <summary>Starts a run that answers in a comment, and publishes nothing.</summary>
    internal static async Task<VerbAnswer> AnswerAsync(RunStarter starter, VerbCall call, string task, string question, string about, CancellationToken cancellationToken)
    {
        var trigger = call.Trigger with { Purpose = RunPurpose.Answer, Wish = new(task, ImmutableSortedDictionary<string, string>.Empty) };
        var asked = call.Issue with { Title = question, Body = about.Trim(), Labels = [] };
        return await starter.StartAsync(call.Repository, asked, trigger, cancellationToken) is RunStart.Refused refused ? new VerbAnswer.Refused(refused.Reason) : new VerbAnswer.Working();
    }
}
