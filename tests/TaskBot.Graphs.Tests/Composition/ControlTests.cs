using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Writing;

namespace TaskBot.Graphs.Tests.Composition;

/// <summary>Conditions, handlers, what runs last, items, loops and outputs of branches: as they are read, mapped, checked and written.</summary>
public sealed class ControlTests
{
    static readonly NodeTypeCatalog Types = new(
        new NodeTypeSchema("step", "Works.")
        {
            Inputs = [new("in", ValueKind.Any, "Anything."), new("text", ValueKind.Text, "A text."), new("must", ValueKind.Any, "It cannot do without.") { Required = true }],
            Outputs = [new("text", ValueKind.Text, "A text."), new("list", ValueKind.List, "A list."), new("ok", ValueKind.Truth, "Whether.")],
        },
        new NodeTypeSchema("free", "Works.")
        {
            Inputs = [new("in", ValueKind.Any, "Anything."), new("text", ValueKind.Text, "A text.")],
            Outputs = [new("text", ValueKind.Text, "A text."), new("list", ValueKind.List, "A list."), new("ok", ValueKind.Truth, "Whether.")],
        });

    const string All = """
        taskbot: 1
        default: t
        nodes:
          t:
            nodes:
              find: { type: free, fresh: true, timeToLive: 1h30m }
              check: { type: free, pin: true, onFailure: [mend] }
              mend: { type: free, recovers: true, when: check.outcome, whenIs: [failed, denied] }
              part:
                when: { from: check.ok }
                finally: [clean]
                nodes: { a: { type: free }, clean: { type: free, inputs: { in: { from: a.outcome } } } }
              all:
                each: find.list
                outputs: { texts: { from: one.text } }
                nodes: { one: { type: free, inputs: { in: { from: ../all.item } } } }
              loop:
                until: check.ok
                untilIs: true
                atMost: 3
                inputs: { text: { from: ../t/find.text } }
                outputs: { text: { from: edit.text } }
                nodes:
                  edit: { type: step, inputs: { must: { from: ../loop.text } } }
                  check: { type: free, inputs: { in: { from: ../loop.iteration }, text: { from: edit.text } } }
              end: { type: free, inputs: { in: { from: [all.texts, loop.outcome] }, text: { from: loop.text } } }
        """;

    static TaskBot.Graphs.Composition.Composition Compose(string text, NodePath? task = null) =>
        new TaskComposer(new MemoryLayerResolver(), Types).Compose(TaskLayer.Parse("a.task.yml", text).Layer, task);

    [Fact]
    public void Every_word_composes()
    {
        var composition = Compose(All);
        composition.Problems.ShouldBeEmpty();
        var graph = composition.Graph.ShouldNotBeNull();
        graph[NodePath.Parse("/t/mend")].Inputs["when"].ShouldBe([new OutputPath(NodePath.Parse("/t/check"), "outcome")]);
        graph[NodePath.Parse("/t/check")].OnFailure.ShouldBe([NodePath.Parse("/t/mend")]);
        graph[NodePath.Parse("/t/part")].Finally.ShouldBe([NodePath.Parse("/t/part/clean")]);
        graph[NodePath.Parse("/t/all")].IsMap.ShouldBeTrue();
        graph[NodePath.Parse("/t/loop")].IsLoop.ShouldBeTrue();
        graph[NodePath.Parse("/t/loop")].Outputs["text"].ShouldBe(new OutputPath(NodePath.Parse("/t/loop/edit"), "text"));
    }

    [Fact]
    public void A_graph_that_is_written_out_composes_to_itself()
    {
        var graph = Compose(All).Graph.ShouldNotBeNull();
        var text = GraphWriter.Write(graph, GraphFormat.Yaml, Types);
        var again = Compose(text);
        again.Problems.ShouldBeEmpty();
        TaskDiff.Between(graph, again.Graph.ShouldNotBeNull()).Changes.ShouldBeEmpty();
        GraphWriter.Write(graph, GraphFormat.Json, Types).ShouldContain("\"onFailure\": [");
    }

    [Fact]
    public void Edges_are_mapped_through_references_and_a_stronger_layer_may_take_a_condition_away()
    {
        var composition = Compose("""
            taskbot: 1
            nodes:
              mine: { uses: "#/t", over: { mend: { when: true }, check: { onFailure: { set: [] } }, all: { each: [x, y] } } }
            """ + All[All.IndexOf("\n  t:", StringComparison.Ordinal)..], NodePath.Parse("/mine"));
        composition.Problems.ShouldBeEmpty();
        var graph = composition.Graph.ShouldNotBeNull();
        graph[NodePath.Parse("/mine/part")].Inputs["when"].ShouldBe([new OutputPath(NodePath.Parse("/mine/check"), "ok")]);
        graph[NodePath.Parse("/mine/mend")].Inputs.ShouldNotContainKey("when");
        graph[NodePath.Parse("/mine/check")].OnFailure.ShouldBeEmpty();
        graph[NodePath.Parse("/mine/all")].Inputs.ShouldNotContainKey("each");
        composition.Explain(NodePath.Parse("/mine/part"), "when").Value!.ToJson().ShouldBe("""["/mine/check.ok"]""");
        composition.Explain(NodePath.Parse("/mine/loop"), "until").Value!.ToJson().ShouldBe("""["/mine/loop/check.ok"]""");
    }

    [Theory]
    [InlineData("a: { type: free, finally: [b] }\nb: { type: free }", "not-a-branch", 5)]
    [InlineData("a: { type: free, until: b.ok }\nb: { type: free }", "not-a-branch", 5)]
    [InlineData("a: { atMost: 3, nodes: { x: { type: free } } }", "missing-attribute", 5)]
    [InlineData("a: { until: x.ok, nodes: { x: { type: free } } }", "missing-attribute", 5)]
    [InlineData("a: { until: x.ok, atMost: 0, nodes: { x: { type: free } } }", "not-allowed", 5)]
    [InlineData("a: { until: x.nothing, atMost: 2, nodes: { x: { type: free } } }", "unknown-output", 5)]
    [InlineData("a: { until: y.ok, atMost: 2, nodes: { x: { type: free } } }", "missing-node", 5)]
    [InlineData("a: { until: /t/b.ok, atMost: 2, nodes: { x: { type: free } } }\nb: { type: free }", "not-inside", 5)]
    [InlineData("a: { each: b.list, until: x.ok, atMost: 2, nodes: { x: { type: free } } }\nb: { type: free }", "each-and-until", 5)]
    [InlineData("a: { each: b.text, nodes: { x: { type: free } } }\nb: { type: free }", "kind-mismatch", 5)]
    [InlineData("a: { each: b.lost, nodes: { x: { type: free } } }\nb: { type: free }", "unknown-output", 5)]
    [InlineData("a: { type: free, each: [1] }", "unknown-attribute", 5)]
    [InlineData("a: { each: [1], nodes: { x: { type: free } } }\nb: { type: free, inputs: { in: { from: a/x.text } } }", "inside-pattern", 6)]
    [InlineData("a: { each: [1], nodes: { x: { type: free } } }\nb: { type: free, needs: [a/x] }", "inside-pattern", 6)]
    [InlineData("a: { each: [1], outputs: { o: { from: x.text } }, nodes: { x: { type: free } } }\nb: { type: free, inputs: { text: { from: a.o } } }", "kind-mismatch", 6)]
    [InlineData("a: { outputs: { outcome: { from: x.text } }, nodes: { x: { type: free } } }", "reserved-name", 5)]
    [InlineData("a: { finally: [../b], nodes: { x: { type: free } } }\nb: { type: free }", "not-inside", 5)]
    [InlineData("a: { finally: [x], nodes: { x: { type: free }, y: { type: free, needs: [x] } } }", "cycle", 5)]
    [InlineData("a: { type: free, onFailure: [b], needs: [b] }\nb: { type: free }", "cycle", 5)]
    [InlineData("a: { type: free, when: b.ok }\nb: { type: free, when: a.outcome }", "cycle", 5)]
    [InlineData("a: { type: free, onFailure: [g/b] }\ng: { nodes: { b: { type: free, recovers: true } } }", "recovers-elsewhere", 5)]
    [InlineData("a: { type: free, timeToLive: soon }", "wrong-kind", 5)]
    [InlineData("a: { type: free, pin: 3 }", "wrong-kind", 5)]
    [InlineData("a: { type: free, when: b.gone }\nb: { type: free }", "unknown-output", 5)]
    [InlineData("a: { until: x.ok, atMost: 2, outputs: { text: { from: x.text } }, nodes: { x: { type: step, inputs: { must: { from: ../a.text } } } } }", "missing-value", 5)]
    public void Each_mistake_is_found_at_its_line(string nodes, string kind, int line)
    {
        var problems = Compose($"taskbot: 1\nnodes:\n  t:\n    nodes:\n      {nodes.Replace("\n", "\n      ", StringComparison.Ordinal)}\n").Problems;
        problems.Select(problem => problem.Kind).ShouldBe([kind], string.Join('\n', problems));
        problems[0].Location.Line.ShouldBe(line);
        problems[0].Fix.ShouldNotBeNull();
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var problems = Compose("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  a: { type: free, when: b.ok, needs: [lost] }
                  b: { type: free, needs: [a], timeToLive: soon }
                  c: { type: unknown }
                  d: { until: e.ok, nodes: { e: { type: free, inputs: { text: { from: ../../t/a.list } } } } }
            """).Problems;
        problems.Select(problem => problem.Kind).Order(StringComparer.Ordinal)
            .ShouldBe(["cycle", "kind-mismatch", "missing-attribute", "missing-node", "unknown-type", "wrong-kind"]);
        problems.Single(problem => problem.Kind == "cycle").Message.ShouldContain("/t/a -> /t/b -> /t/a");
    }

    [Fact]
    public void The_schema_for_editors_knows_every_word()
    {
        var schema = TaskSchema.Write(Types);
        foreach (var word in (string[])["when", "whenIs", "each", "until", "untilIs", "atMost", "outputs", "onFailure", "finally", "recovers", "fresh", "pin", "timeToLive"])
            schema.ShouldContain($"\"{word}\"");
    }
}
