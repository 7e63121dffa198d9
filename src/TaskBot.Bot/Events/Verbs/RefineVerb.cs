using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Corrects the task's description by what a person writes, and has another attempt made.</summary>
public sealed class RefineVerb(RunControl control) : IVerb
{
    public VerbHelp Help { get; } = new("refine", "refine TEXT", "adds the text to the task's description and tries again");

    public Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken) => RefineAsync(control, call, cancellationToken);

    internal static async Task<VerbAnswer> RefineAsync(RunControl control, VerbCall call, CancellationToken cancellationToken)
    {
        if (call.Command.Text.Length == 0) return new VerbAnswer.Refused("Write what the description should say besides: `/taskbot refine Keep the old name working.`");
        if (call.Run is not { } run) return new VerbAnswer.Refused("Nothing was started here yet. `/taskbot run` starts it; until then the issue itself can be edited.");
        if (run.Ending is not null) return new VerbAnswer.Refused($"Pull request #{run.PullRequest} has ended. `/taskbot run` starts anew.");
        await control.GoOnAsync(run, call.Key, call.Subject, now => Correct(now, call.Sender.Login, call.Command.Text), cancellationToken);
        return new VerbAnswer.Working();
    }

    static RunRecord Correct(RunRecord run, string login, string text)
    {
        // Before it was prepared there is no layer to correct: the words join those of the issue.
        if (run.Layers.IsEmpty) return run with { Request = run.Request with { Body = $"{run.Request.Body}\n\n{text}".Trim() } };
        var (description, notes) = TaskLayers.Told(run.Layers);
        return run with
        {
            ExtraAttempts = run.ExtraAttempts + 1,
            Layers = run.Layers.Add(TaskLayers.Attempt(run.Attempts.Length + 1, $"{description.TrimEnd()}\n\nCorrection by {login}:\n{text}", notes)),
        };
    }
}
