using TaskBot.Bot.Checks;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Makes another attempt; where only the checks stood in the way, has those run again.</summary>
public sealed class RetryVerb(RunControl control, ChecksJudge judge, TimeProvider time) : IVerb
{
    public VerbHelp Help { get; } = new("retry", "retry", "tries again: the failed jobs where the change was published, else what failed");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        if (call.Run is not { } run) return new VerbAnswer.Refused("Nothing was started here yet. `/taskbot run` starts it.");
        if (run.Commands.Contains(call.Key)) return new VerbAnswer.Working();
        if (run.Stage is RunStage.Queued or RunStage.WaitingForRunner or RunStage.WaitingForChecks) return new VerbAnswer.Refused("It is being worked on already. `/taskbot cancel` stops that.");
        if (run.Ending is not null) return new VerbAnswer.Refused($"Pull request #{run.PullRequest} has ended. `/taskbot run` starts anew.");
        if (run is { Expected: { } expected, HeadSha: not null, Attempts: [.., { Outcome: Outcome.Succeeded }] })
        {
            await judge.RerunAsync(run, cancellationToken);
            var since = time.GetUtcNow();
            await control.GoOnAsync(run, call.Key, call.Subject, now => now with { Stage = RunStage.WaitingForChecks, Expected = expected with { Since = since, Reruns = [] } }, cancellationToken);
            return new VerbAnswer.Working();
        }

        await control.GoOnAsync(run, call.Key, call.Subject, Again, cancellationToken);
        return new VerbAnswer.Working();
    }

    static RunRecord Again(RunRecord run)
    {
        // Nodes that failed run again by themselves. Where what they made was wrong, the next attempt has to know, or it would be the same.
        if (run.Attempts is not [.., { FailureSignature: not null } last]) return run;
        var (description, notes) = TaskLayers.Told(run.Layers);
        return run with
        {
            ExtraAttempts = run.ExtraAttempts + 1,
            Layers = run.Layers.Add(TaskLayers.Attempt(run.Attempts.Length + 1, description, [.. notes.TakeLast(RefineNode.MaxNotes - 1), $"Attempt {last.Number} failed: {last.Summary}"])),
        };
    }
}
