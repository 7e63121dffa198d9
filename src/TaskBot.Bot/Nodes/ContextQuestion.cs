using System.Collections.Immutable;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>What a node looks for in the code: its <c>query</c>, in the files that its globs leave, with the past of the run's base.</summary>
static class ContextQuestion
{
    /// <summary>What an answer depends on besides the node's attributes and inputs.</summary>
    public static ImmutableSortedDictionary<string, string> Environment(RunScope scope) =>
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("history", scope.Run.BaseCommit);

    /// <summary>Null where the node says nothing to look for.</summary>
    public static CodeQuestion? Of(RunScope scope, NodeRun run)
    {
        var text = Text(run);
        if (string.IsNullOrWhiteSpace(text)) return null;
        var globs = run.Node.Texts("paths");
        var where = new PathPatterns(globs);
        return new CodeQuestion(scope.Objects.Tree(run.Tree("tree")), text)
        {
            History = new CommitId(scope.Run.BaseCommit),
            Where = globs.IsEmpty ? null : where.IsMatch,
        };
    }

    /// <summary>Of an issue its title and body count; its author and address are no words of the code.</summary>
    public static string Text(NodeRun run) => run.Inputs.GetValueOrDefault("query")?.Content switch
    {
        TaskValue.Map issue => string.Join('\n', new[] { "title", "body" }.Select(name => issue.Entries.GetValueOrDefault(name)?.AsText()).OfType<string>()),
        null => run.Node.Text("query") ?? "",
        _ => run.Text("query"),
    };
}
