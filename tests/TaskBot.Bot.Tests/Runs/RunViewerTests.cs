using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Tests.Runs;

public sealed class RunViewerTests
{
    [Fact]
    public void A_node_stands_in_the_first_column_after_all_that_it_waits_for() =>
        Columns(Node("/task/d", "/task/b", "/task/c"), Node("/task/c", "/task/a"), Node("/task/b"), Node("/task/a"))
            .ShouldBe(["/task/b /task/a", "/task/c", "/task/d"]);

    [Fact]
    public void To_wait_for_a_branch_is_to_wait_for_its_leaves() =>
        Columns(Node("/task/after", "/task/steps"), Node("/task/steps/one"), Node("/task/steps/two", "/task/steps/one"))
            .ShouldBe(["/task/steps/one", "/task/steps/two", "/task/after"]);

    [Fact]
    public void What_a_branch_hands_down_is_there_from_the_start() =>
        Columns(Node("/task/steps/one", "/task", "/task/steps"), Node("/task/two", "/task")).ShouldBe(["/task/steps/one /task/two"]);

    [Fact]
    public void Every_node_is_shown_once_even_where_they_wait_for_each_other() =>
        Columns(Node("/task/a", "/task/b"), Node("/task/b", "/task/a"), Node("/task/c")).ShouldBe(["/task/c", "/task/a /task/b"]);

    [Fact]
    public void Nothing_has_no_columns() => Columns().ShouldBeEmpty();

    static IEnumerable<string> Columns(params NodeView[] nodes) =>
        RunViewer.Columns([.. nodes]).Select(column => string.Join(' ', column.Select(node => node.Path)));

    static NodeView Node(string path, params string[] after) =>
        new(NodePath.Parse(path), "llm.edit", NodeState.Waiting, Cached: false, "", [.. after.Select(NodePath.Parse)]);
}
