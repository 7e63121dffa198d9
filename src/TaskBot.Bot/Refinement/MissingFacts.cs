using TaskBot.Bot.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Refinement;

/// <summary>What an attempt could have known and was not shown: files that the failure speaks of, and that whoever is blamed for it did not see.</summary>
static class MissingFacts
{
    const int Most = 10;

    public static async Task<FailureRecord> AddAsync(FailureRecord failure, RunResult result, GitTree tree, CancellationToken cancellationToken)
    {
        var edits = EditsOf(result.Graph.Nodes.Values, failure.Corrects).ToList();
        if (edits.Count == 0) return failure;
        var paths = await tree.ListAsync(cancellationToken);
        // A file that the description or a note names is shown without being connected.
        var named = MentionedFiles.In($"{Given("description")}\n{Given("notes")}", paths).ToHashSet(StringComparer.Ordinal);
        var context = Given("context");
        return failure with { Missing = [.. failure.Missing, .. MentionedFiles.In(failure.Evidence, paths).Where(path => !named.Contains(path) && !FileContext.Shows(context, path)).Take(Most)] };

        string Given(string input) => string.Join('\n', edits.SelectMany(edit => edit.Inputs.GetValueOrDefault(input, [])).Select(source => ValueOf(result, source)));
    }

    /// <summary>The nodes that do what a branch describes.</summary>
    public static IEnumerable<TaskNode> EditsOf(IEnumerable<TaskNode> nodes, NodePath branch) =>
        nodes.Where(node => node.Type == EditNode.TypeName && node.Inputs.GetValueOrDefault("description", []).Contains(new OutputPath(branch, "description")));

    static string ValueOf(RunResult result, OutputPath source) =>
        (result.Nodes.GetValueOrDefault(source.Node) is { Node.IsBranch: false } leaf ? leaf.Outputs.GetValueOrDefault(source.Name)?.Content
            : result.Graph.Nodes.GetValueOrDefault(source.Node)?.Attributes.GetValueOrDefault(source.Name))?.ToString() ?? "";
}
