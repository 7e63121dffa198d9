using TaskBot.Engine.Builds;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Tests.Builds;

public class CompiledGraphTests
{
    const string Layer = """
        taskbot: 1
        default: build
        nodes:
          build:
            type: graph
            with: { flags: [a, 1, 2.5, true], deep: { x: ~ } }
            nodes:
              last: { type: core.noop, value: "z", inputs: { in: { from: [mid.value, first.value, ../build.with] } } }
              first: { type: core.noop, value: "ä", title: One }
              mid: { type: core.noop, value: { k: [1, x] }, needs: [first], inputs: { in: { from: first.value } }, retries: 5 }
              group:
                type: graph
                nodes:
                  inner: { type: core.noop, needs: [/build/first], inputs: { in: { from: [../mid.value, ../last.value] } } }
        """;

    /// <summary>What is kept of earlier builds is found by it, so that another way to compile must give the same bytes.</summary>
    [Fact]
    public void The_id_of_a_compiled_graph_stays_what_it_is()
    {
        var compiled = Compile(Layer).ShouldNotBeNull();

        compiled.Count.ShouldBe(6);
        compiled.Id.ShouldBe("64879bed5de6e8a76270d7a1fe1bb76a196caee2f5b17e860b38eed23799c70a");
    }

    [Fact]
    public void A_graph_in_which_a_leaf_waits_for_a_whole_branch_is_run_as_it_is() => Compile(Layer.Replace("needs: [first]", "needs: [group]").Replace(", ../last.value", "").Replace("../mid.value", "../first.value")).ShouldBeNull();

    static CompiledGraph? Compile(string text)
    {
        var noop = new NoopNode();
        var composition = new TaskComposer(new MemoryLayerResolver(), new NodeTypeCatalog(noop.Schema)).Compose(TaskLayer.Parse("x.task.yml", text).Layer);
        composition.Problems.ShouldBeEmpty();
        return CompiledGraph.Compile(composition.Graph.ShouldNotBeNull(), [noop]);
    }
}
