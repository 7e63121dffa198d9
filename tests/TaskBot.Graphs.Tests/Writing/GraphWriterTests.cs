using System.Text.Json;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Writing;

namespace TaskBot.Graphs.Tests.Writing;

public class GraphWriterTests
{
    static readonly TaskGraph Graph = Example.Compose(Example.FixOurBug, (Example.Acme, Example.FixBug)).Graph!;

    [Fact]
    public void Composed_yaml_composes_to_the_same_graph()
    {
        var yaml = GraphWriter.Write(Graph, GraphFormat.Yaml, Example.Types);

        var again = Example.Compose(yaml).Graph.ShouldNotBeNull();

        TaskDiff.Between(Graph, again).ToString().ShouldBe("");
        GraphWriter.Write(again, GraphFormat.Yaml, Example.Types).ShouldBe(yaml);
    }

    [Fact]
    public void Mermaid_shows_steps_and_what_waits_for_what()
    {
        GraphWriter.Write(Graph, GraphFormat.Mermaid).ShouldBe("""
            flowchart TD
              n1["changelog<br/><small>agent</small>"]
              n2["implement<br/><small>agent</small>"]
              n3["lint<br/><small>shell</small>"]
              n4["locate<br/><small>agent</small>"]
              n5["open-pr<br/><small>pull-request</small>"]
              n6["reproduce<br/><small>agent</small>"]
              n7["review<br/><small>agent</small>"]
              n8["test<br/><small>shell</small>"]
              n1 --> n5
              n2 --> n1
              n2 --> n3
              n2 --> n8
              n4 --> n2
              n6 --> n4
              n7 --> n5
              n8 --> n5
              n8 --> n7

            """);
    }

    [Fact]
    public void A_large_graph_collapses_its_sub_tasks()
    {
        var text = "taskbot: 1\nnodes:\n  t:\n    nodes:\n" + string.Concat(Enumerable.Range(0, 8).Select(branch =>
            $"      b{branch}:\n        title: 'Part \"{branch}\" <x>'\n        nodes: {{ {string.Join(", ", Enumerable.Range(0, 8).Select(leaf => $"s{leaf}: {{ type: shell{(leaf > 0 ? $", needs: [s{leaf - 1}]" : "")} }}"))} }}\n"));

        var drawn = GraphWriter.Write(Example.Compose(text).Graph!, GraphFormat.Mermaid);

        drawn.Split('\n').Count(line => line.Contains("<small>shell")).ShouldBeLessThanOrEqualTo(GraphWriter.MaxDrawnNodes);
        drawn.ShouldContain("[[\"Part #quot;0#quot; #lt;x#gt;<br/>8 steps\"]]");
    }

    [Fact]
    public void Json_and_dot_are_well_formed()
    {
        using var json = JsonDocument.Parse(GraphWriter.Write(Graph, GraphFormat.Json));
        json.RootElement.GetProperty("nodes").GetArrayLength().ShouldBe(Graph.Nodes.Count);
        GraphWriter.Write(Graph, GraphFormat.Dot).ShouldContain("\"/fix-our-bug/test\" -> \"/fix-our-bug/open-pr\"");
    }

    [Fact]
    public void A_diff_compares_what_is_composed()
    {
        var root = TaskLayer.Parse("a", Example.FixBug).Layer;
        var fast = Example.Composer().Compose(root).Graph!;
        var thorough = Example.Composer().Compose(root, selections: new Dictionary<string, string> { ["strictness"] = "thorough" }).Graph!;

        TaskDiff.Between(fast, thorough).ToString().ShouldBe("""
            ~ implement.timeoutMinutes: 20 -> 60
            ~ open-pr.needs: ["test","lint"] -> ["review","test","lint"]
            + review: "agent"

            """);
    }

    [Fact]
    public void The_schema_for_editors_names_every_attribute_of_every_type()
    {
        using var schema = JsonDocument.Parse(TaskSchema.Write(Example.Types));
        var body = schema.RootElement.GetProperty("definitions").GetProperty("body");
        body.GetProperty("properties").TryGetProperty("prompt", out _).ShouldBeTrue();
        body.GetProperty("allOf").GetArrayLength().ShouldBe(Example.Types.All.Count());
        body.GetProperty("allOf")[0].GetProperty("then").GetProperty("properties").GetProperty("model").GetProperty("enum").GetArrayLength().ShouldBe(3);
    }
}
