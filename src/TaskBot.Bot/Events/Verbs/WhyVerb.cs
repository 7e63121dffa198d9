using System.Globalization;
using System.Text;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Graphs.Problems;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Says of each step of the newest attempt why it ran, or why it did not have to.</summary>
public sealed class WhyVerb(RunViewer viewer) : IVerb
{
    public VerbHelp Help { get; } = new("why", "why [STEP]", "says why each step ran: which input made it necessary");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        if (call.Run is not { } run) return new VerbAnswer.Refused("Nothing was started here yet.");
        var wanted = call.Command.Arguments.Trim();
        if ((await viewer.ViewAsync(run, cancellationToken)).Attempts is not [.., var attempt]) return new VerbAnswer.Done("No attempt was made yet.");
        var nodes = attempt.Nodes.Where(node => wanted.Length == 0 || node.Path.Name == wanted || node.Path.ToString() == wanted).ToList();
        if (nodes.Count == 0)
        {
            var names = attempt.Nodes.Select(node => node.Path.Name).Distinct().ToList();
            return new VerbAnswer.Refused($"Attempt {attempt.Number} has no step {ForeignText.Code(wanted)}. {Suggestion.Sentence(wanted, names)}");
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Attempt {attempt.Number}:\n\n| step | state | why |\n|---|---|---|\n");
        foreach (var node in nodes)
            text.Append(CultureInfo.InvariantCulture, $"| {ForeignText.Code(node.Path.Name)} | {Outcomes.Word(node.State)}{(node.Cached ? ", from the cache" : "")} | {ForeignText.Cell(node.Why)} |\n");
        return new VerbAnswer.Done(text.ToString());
    }
}
