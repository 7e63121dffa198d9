using TaskBot.Bot.Events;
using TaskBot.Bot.Sealing;

namespace TaskBot.Actions;

/// <summary>A verb in the job that thinks: what it says is sealed, for the other job to say.</summary>
sealed class SealingVerb(IVerb verb, SealedWriter seal) : IVerb
{
    public VerbHelp Help => verb.Help;

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        var answer = await verb.DoAsync(call, cancellationToken);
        seal.Add(call.Key, answer);
        return answer;
    }
}

/// <summary>
/// A verb in the job that writes. It is done here again, on what this job knows of the run, so that nothing of who asks and what for is taken from the other job; from there come
/// the answers that take the run's journal or a look at the code, and every no.
/// </summary>
sealed class SealedVerb(IVerb verb, SealedReader seal) : IVerb
{
    /// <summary>Verbs whose answers only the other job can find.</summary>
    static readonly HashSet<string> FoundThere = new(StringComparer.Ordinal) { "explain", "find", "why" };

    public VerbHelp Help => verb.Help;

    public Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        var reply = seal.ReplyTo(call.Key);
        if (reply is not null && SealedValidator.ProblemOf(reply) is { } problem) return Refuse($"What the job that looked into this had to say was refused. {problem}");
        if (reply is { IsRefused: true }) return Refuse(reply.Text);
        if (!FoundThere.Contains(Help.Name)) return verb.DoAsync(call with { Started = seal.StartedBy(call.Key), IsChecked = true }, cancellationToken);
        return reply is null ? Refuse("The job that was to look into this left no answer. Its page, under Actions, says why.") : Task.FromResult<VerbAnswer>(new VerbAnswer.Done(reply.Text));
    }

    static Task<VerbAnswer> Refuse(string reason) => Task.FromResult<VerbAnswer>(new VerbAnswer.Refused(reason));
}
