using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Plans the work on an issue and shows the plan; an approval starts it.</summary>
public sealed class PlanVerb(IForge forge, RunStarter starter, TimeProvider time) : IVerb
{
    public VerbHelp Help { get; } = new("plan", "plan [task] [set=variant] [in=2h]", "plans only, shows the plan, and waits for `/taskbot approve`");

    public Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken) => RunVerb.StartAsync(forge, starter, time, call, isPlanOnly: true, cancellationToken);
}
