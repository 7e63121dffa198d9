using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskBot.Graphs.Layers;

namespace TaskBot.Graphs.Tests.Layers;

public class ReadingInPartsTests
{
    [Fact]
    public void A_layer_reads_the_same_in_parts_and_as_a_whole() =>
        Prop.ForAll(RandomLayers.Texts(), text =>
        {
            // What has an anchor may be repeated elsewhere, and is therefore read when all of it is there.
            Seen(TaskLayer.Parse("layer", $"#\n{text}")).ShouldBe(Seen(TaskLayer.Parse("layer", $"&all\n{text}")), text);
        }).Check(RandomLayers.Many);

    [Fact]
    public void What_an_alias_repeats_is_read_for_each_place_where_it_stands()
    {
        var layer = TaskLayer.Parse("layer", """
            taskbot: 1
            nodes:
              a: &a { type: graph, nodes: { x: &x { type: shell, needs: [y] }, y: *x } }
              b: *a
            """).Layer;

        foreach (var place in new[] { "/a/x", "/a/y", "/b/x", "/b/y" })
        {
            SpecPath.TryParse(place, out var path).ShouldBeTrue();
            var spec = layer.Find(path).ShouldNotBeNull();
            spec.Path.ShouldBe(path);
            spec.FindProperty("needs").ShouldNotBeNull().Targets.ShouldNotBeNull().Append.ShouldHaveSingleItem().Path.ToString().ShouldBe($"{path.Parent}/y");
        }
    }

    [Fact]
    public void A_body_under_a_key_that_stands_twice_is_left_out_with_its_mistakes()
    {
        var parse = TaskLayer.Parse("layer", "taskbot: 1\nnodes:\n  a: { type: shell }\n  a: { bad name: 1 }\n");

        parse.Problems.ShouldHaveSingleItem().Kind.ShouldBe("duplicate-key");
        parse.Layer.Root.Children.ShouldHaveSingleItem().TypeName.ShouldBe("shell");
    }

    static string Seen(LayerParse parse)
    {
        var text = new StringBuilder();
        // A document that is no mapping stands where its anchor does.
        foreach (var problem in parse.Problems.Where(problem => problem.Kind != "empty-layer")) text.Append(problem.Kind).Append(' ').Append(problem).Append('\n');
        Append(text, parse.Layer.Root);
        return text.ToString();
    }

    static void Append(StringBuilder text, PrimSpec spec)
    {
        text.Append($"{spec.Path} {spec.Specifier} {spec.TypeName} {spec.Active} {spec.At} {spec.TypeAt} {spec.ActiveAt} {spec.Arcs}\n");
        foreach (var property in spec.Properties) text.Append($"  {property.Name} {property.Kind} {property.At} {property.ValueAt} {property.Value?.ToJson()} {string.Join(", ", property.Targets?.Items ?? [])}\n");
        foreach (var set in spec.Arcs.VariantSets)
            foreach (var variant in set.Variants) Append(text, variant);
        foreach (var child in spec.Children) Append(text, child);
    }
}
