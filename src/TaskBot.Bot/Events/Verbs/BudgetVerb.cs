using System.Globalization;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Sets what the run may spend. One that ended for want of money goes on.</summary>
public sealed class BudgetVerb(RunControl control) : IVerb
{
    public VerbHelp Help { get; } = new("budget", "budget AMOUNT", "sets what this run may spend, in US dollars; one that was over budget goes on");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        if (!decimal.TryParse(call.Command.Arguments.TrimStart('$'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usd))
            return new VerbAnswer.Refused("Write an amount in US dollars: `/taskbot budget 2.50`.");
        if (call.Run is not { Layers.IsEmpty: false } run) return new VerbAnswer.Refused("Nothing was started here yet. 'budget' in the project's file holds for what will be.");
        RunRecord Set(RunRecord now) => now with { Layers = now.Layers.Add(RunParameters.Budget(usd)) };
        if (run.Outcome == Outcome.OverBudget)
        {
            await control.GoOnAsync(run, call.Key, call.Subject, Set, cancellationToken);
            return new VerbAnswer.Working();
        }

        await control.ChangeAsync(run, call.Key, Set, cancellationToken);
        return new VerbAnswer.Done(string.Create(CultureInfo.InvariantCulture, $"This run may spend ${usd:0.00##} from now on."));
    }
}
