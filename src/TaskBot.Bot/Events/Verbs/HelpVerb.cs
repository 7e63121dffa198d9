namespace TaskBot.Bot.Events.Verbs;

/// <summary>Lists every verb.</summary>
public sealed class HelpVerb(VerbTable verbs) : IVerb
{
    public VerbHelp Help { get; } = new("help", "help", "lists the commands");

    public Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken) => Task.FromResult<VerbAnswer>(new VerbAnswer.Done(verbs.Render()));
}
