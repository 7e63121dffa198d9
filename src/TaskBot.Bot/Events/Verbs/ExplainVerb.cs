using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Says where a value of the task came from: which layer won, and over which others; and why a step gets the prompt that it gets.</summary>
public sealed class ExplainVerb(RunViewer viewer) : IVerb
{
    public VerbHelp Help { get; } = new("explain", "explain PATH", "says which layer a step, or an attribute as `/task/implement.model`, got its value from");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        if (call.Run is not { Layers.IsEmpty: false } run) return new VerbAnswer.Refused("Nothing was started here yet, so that there is no task to explain.");
        var written = call.Command.Arguments.Trim();
        var dot = written.IndexOf('.', StringComparison.Ordinal);
        var path = written.Length == 0 ? TaskLayers.Root.ToString() : dot < 0 ? written : written[..dot];
        if (!path.StartsWith('/')) path = $"{TaskLayers.Root}/{path}";
        if (!NodePath.TryParse(path, out var node)) return new VerbAnswer.Refused($"{ForeignText.Code(written)} is no path. Write, for example, `/taskbot explain {TaskLayers.Root}/implement.model`.");
        var explained = await viewer.ExplainAsync(run, node, dot < 0 ? null : written[(dot + 1)..], cancellationToken);
        return new VerbAnswer.Done(ForeignText.Fence(explained));
    }
}
