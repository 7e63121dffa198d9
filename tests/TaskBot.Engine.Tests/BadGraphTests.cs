using TaskBot.Engine.Runs;
using TaskBot.Engine.Scheduling;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Engine.Tests.Runs;

namespace TaskBot.Engine.Tests;

public sealed class BadGraphTests
{
    static async Task<string[]> ProblemsOf(GraphBuilder graph)
    {
        var fixture = new RunnerFixture();
        var result = await fixture.RunAsync(graph.Leaf("/t/good"));
        result.Outcome.ShouldBe(Outcome.Failed);
        fixture.Ran.ShouldBeEmpty();
        return [.. result.Problems.Select(problem => problem.ToString())];
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once_and_nothing_runs() => (await ProblemsOf(new GraphBuilder()
        .Branch("/t")
        .Leaf("/t/a", "teleport", needs: ["/t/nobody"])
        .Leaf("/t/b", inputs: [("in", "/t/nothing.out"), ("text", "/t.description")])
        .Leaf("/t/c", attributes: [("timeoutMinutes", 0L), ("retries", -1L)])
        .Leaf("/t/c/d")
        .Leaf("/t/x", needs: ["/t/y"])
        .Leaf("/t/y", inputs: [("in", "/t/z.out")])
        .Leaf("/t/z", needs: ["/t/x"])
        .Leaf("/t/behind", needs: ["/t/x"]))).ShouldBe([
            "test.task.yml:2:1: /t/a has the type 'teleport', which nothing here can run. Known types: step.",
            "test.task.yml:2:1: /t/a needs /t/nobody, which is no node of the graph.",
            "test.task.yml:3:1: The input 'in' of /t/b is connected to /t/nothing.out, and /t/nothing is no node of the graph.",
            "test.task.yml:3:1: The input 'text' of /t/b is connected to /t.description, which has no value. Give /t a 'description'.",
            "test.task.yml:4:1: The timeoutMinutes of /t/c is 0. Write a number above 0 and at most 43200.",
            "test.task.yml:4:1: The retries of /t/c are -1. Write a whole number from 0 to 100.",
            "test.task.yml:5:1: /t/c/d stands inside /t/c, whose type 'step' holds no nodes.",
            "test.task.yml:6:1: These nodes wait for each other: /t/x -> /t/y -> /t/z -> /t/x (each needs the one after it; a branch needs what is inside it).",
        ]);

    [Fact]
    public void What_cannot_be_met_is_told_of_a_graph_that_has_other_mistakes_too()
    {
        const string Task = """
            taskbot: 1
            nodes:
              t:
                nodes:
                  a: { type: teleport }
                  b: { type: say, resources: { cpu: 4000 } }
                  c: { type: say, resources: { gpu: 1 }, timeoutMinutes: 0 }
            """;
        using var pool = new ResourcePool(new RunnerOptions { Resources = new Dictionary<string, string> { ["cpu"] = "2" } }, TimeProvider.System);
        var composition = TaskLab.ComposeAnyway(Task);
        composition.Graph.ShouldBeNull();

        SchedulingProblems.Find(composition.Unchecked!, TaskLab.Types.Find, pool).Select(problem => (problem.Location.Line, problem.Kind))
            .ShouldBe([(7, "bad-value"), (6, "impossible-demand"), (7, "unknown-resource")]);
    }

    [Fact]
    public async Task A_node_that_needs_the_branch_around_it_is_a_cycle() => (await ProblemsOf(new GraphBuilder()
        .Branch("/t").Leaf("/t/a", needs: ["/t"]))).ShouldBe([
            "test.task.yml:1:1: These nodes wait for each other: /t -> /t/a -> /t (each needs the one after it; a branch needs what is inside it).",
        ]);

    [Fact]
    public async Task Branches_that_wait_for_what_is_inside_each_other_are_a_cycle() => (await ProblemsOf(new GraphBuilder()
        .Branch("/t").Branch("/t/a", needs: ["/t/b/y"]).Leaf("/t/a/x").Branch("/t/b", needs: ["/t/a/x"]).Leaf("/t/b/y"))).ShouldBe([
            "test.task.yml:2:1: These nodes wait for each other: /t/a -> /t/b/y -> /t/b -> /t/a/x -> /t/a (each needs the one after it; a branch needs what is inside it).",
        ]);
}
