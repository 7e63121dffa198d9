using FsCheck;
using FsCheck.Fluent;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Graphs.Writing;

namespace TaskBot.Graphs.Tests.Composition;

public class RecompositionTests
{
    static readonly string[] Paths =
        ["/fix-our-bug", "/fix-our-bug/implement", "/fix-our-bug/test", "/fix-our-bug/changelog", "/fix-our-bug/new", "/agent-step", "/fix-bug/implement", "/fix-bug/review", "/fix-bug{strictness=thorough}implement"];

    static readonly string[] Names = ["prompt", "model", "timeoutMinutes", "retries", "bogus"];

    static readonly TaskValue?[] Values = ["large", "text", 7, TaskValue.Null.Value, null];

    /// <summary>An edit of the root layer, of the session's, or of the referenced one.</summary>
    sealed record Edit(int Layer, int Path, int Name, int Value);

    static string Seen(TaskBot.Graphs.Composition.Composition composition) =>
        string.Join('\n', composition.Problems) + (composition.Graph is { } graph ? GraphWriter.Write(graph, GraphFormat.Json) : "");

    [Fact]
    public void A_recomposed_graph_equals_a_freshly_composed_one()
    {
        var edits = Gen.Choose(0, 2).Zip(Gen.Choose(0, Paths.Length - 1)).Zip(Gen.Choose(0, Names.Length - 1).Zip(Gen.Choose(0, Values.Length - 1)))
            .Select(pair => new Edit(pair.Item1.Item1, pair.Item1.Item2, pair.Item2.Item1, pair.Item2.Item2));
        Prop.ForAll(edits.NonEmptyListOf().ToArbitrary(), list =>
        {
            TaskLayer[] layers =
            [
                TaskLayer.Parse("root.task.yml", Example.FixOurBug).Layer,
                TaskLayer.Parse("session", "taskbot: 1\nover: { fix-our-bug: { over: { test: { run: make } } } }").Layer,
                TaskLayer.Parse(Example.Acme, Example.FixBug).Layer,
            ];
            var composition = Compose(layers);
            foreach (var edit in list)
            {
                SpecPath.TryParse(Paths[edit.Path], out var path).ShouldBeTrue();
                if (path.HasVariants && edit.Layer != 2) continue;
                layers[edit.Layer] = layers[edit.Layer].WithAttribute(path, Names[edit.Name], Values[edit.Value]);
                composition = composition.With(layers[edit.Layer]);
                Seen(composition).ShouldBe(Seen(Compose(layers)));
            }
        }).QuickCheckThrowOnFailure();

        static TaskBot.Graphs.Composition.Composition Compose(TaskLayer[] layers) =>
            new TaskBot.Graphs.Composition.TaskComposer(new MemoryLayerResolver().Add(layers[2]), Example.Types).Compose(layers[0], session: [layers[1]]);
    }

    [Fact]
    public void An_edit_of_edges_variants_or_children_recomposes_what_it_reaches()
    {
        var before = TaskLayer.Parse("root.task.yml", Example.FixOurBug).Layer;
        var composition = Example.Composer((Example.Acme, Example.FixBug)).Compose(before);
        composition.Graph.ShouldNotBeNull();
        var kept = composition.Graph;

        foreach (var text in new[]
        {
            Example.FixOurBug.Replace("python, strictness: thorough", "csharp, strictness: fast"),
            Example.FixOurBug.Replace("needs: [implement] }", "needs: [test] }"),
            Example.FixOurBug.Replace("    nodes:\n      changelog", "    nodes:\n      extra: { type: shell }\n      changelog"),
            Example.FixOurBug.Replace("model: large", "model: standard, retries: 1"),
            Example.FixOurBug.Replace("default: fix-our-bug\n", "default: fix-our-bug\nlayers: []\n"),
        })
        {
            var edited = TaskLayer.Parse("root.task.yml", text).Layer;
            composition = composition.With(edited);
            Seen(composition).ShouldBe(Seen(Example.Compose(text, (Example.Acme, Example.FixBug))), text);
        }

        kept[NodePath.Parse("/fix-our-bug/test")].Attributes["run"].AsText().ShouldBe("pytest -q");
    }

    [Fact]
    public void The_order_of_keys_does_not_matter()
    {
        var original = Example.FixBug.Split('\n');
        var nodes = original.Where(line => line.StartsWith("      ", StringComparison.Ordinal) && line[6] != ' ' && line.Contains('{')).Take(6).ToList();
        var at = Array.IndexOf(original, nodes[0]);
        Prop.ForAll(Gen.ArrayOf(Gen.Choose(0, 1000), nodes.Count).ToArbitrary(), keys =>
        {
            var shuffled = original.Take(at).Concat(nodes.OrderBy(line => keys.ElementAtOrDefault(nodes.IndexOf(line)))).Concat(original.Skip(at + nodes.Count));

            GraphOf(string.Join('\n', shuffled)).ShouldBe(GraphOf(Example.FixBug));
        }).QuickCheckThrowOnFailure();

        static string GraphOf(string text) => GraphWriter.Write(Example.Compose(text).Graph.ShouldNotBeNull(), GraphFormat.Yaml);
    }
}
