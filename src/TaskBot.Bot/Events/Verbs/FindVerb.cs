using System.Globalization;
using System.Text;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Workspaces.Search;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>Finds the places of the code that a text is about. No model is asked.</summary>
public sealed class FindVerb(IObjectSource objects, CodeSearch search) : IVerb
{
    const int Shown = 10;

    public VerbHelp Help { get; } = new("find", "find QUERY", "finds the code that a text is about; costs nothing");

    public async Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken)
    {
        if (call.Command.Text.Length == 0) return new VerbAnswer.Refused("Write what to look for: `/taskbot find retry after a timeout`.");
        var commit = call.Project.Commit;
        await using var git = await objects.OpenObjectsAsync(call.Repository, commit, cancellationToken);
        var tree = git.Tree(await git.TreeOfAsync(commit, cancellationToken));
        var hits = await search.FindAsync(new CodeQuestion(tree, call.Command.Text) { Limit = Shown, History = commit }, cancellationToken);
        if (hits.Count == 0) return new VerbAnswer.Done("Nothing in the code is about that.");
        var text = new StringBuilder();
        foreach (var hit in hits)
        {
            var lines = hit.Lines.Count == 0 ? "" : $":{hit.Lines[0].From}";
            text.Append(CultureInfo.InvariantCulture, $"- {ForeignText.Code($"{hit.Path}{lines}")}: {ForeignText.Cell(string.Join(", ", hit.Reasons))}\n");
        }

        return new VerbAnswer.Done(text.ToString());
    }
}
