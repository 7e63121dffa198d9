using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Sets the model of a role for the rest of the run.</summary>
public sealed class ModelVerb(RunControl control) : IVerb
{
    public VerbHelp Help { get; } = new("model", "model ROLE=NAME", "has another model do what a role does, such as `code=gpt-5.1`; what it made before is made anew");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        if (call.Command.Arguments.Split('=', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } role, { Length: > 0 } model] || model.Contains(' '))
            return new VerbAnswer.Refused("Write the role and the model: `/taskbot model code=gpt-5.1`. Roles are what nodes name under 'model', such as fast, code and reason.");
        if (call.Run is not { Layers.IsEmpty: false } run) return new VerbAnswer.Refused("Nothing was started here yet. 'models' in the project's file holds for what will be.");
        await control.ChangeAsync(run, call.Key, now => now with { Layers = now.Layers.Add(RunParameters.Model(role, model)) }, cancellationToken);
        return new VerbAnswer.Done($"{ForeignText.Code(model)} does what {ForeignText.Code(role)} does in this run from now on. `/taskbot retry` makes another attempt with it.");
    }
}
