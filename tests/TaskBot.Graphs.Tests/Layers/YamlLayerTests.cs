using System.Text;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Tests.Layers;

public class YamlLayerTests
{
    static string[] Problems(string text) => [.. TaskLayer.Parse("a.yml", text).Problems.Select(problem => problem.ToString())];

    static TaskValue Value(string yaml) =>
        TaskLayer.Parse("a.yml", $"taskbot: 1\nnodes: {{ t: {{ x: {yaml} }} }}").Layer.Root.Children[0].FindProperty("x")!.Value!;

    [Fact]
    public void Every_mistake_is_told_at_once_with_its_place()
    {
        Problems("""
            taskbot: 2
            dfault: t
            nodes:
              t:
                nodes:
                  1st: {}
                  a: { active: perhaps, uses: "x#node", extends: base, needs: [b, b], needs: [c] }
                  b: [not, a, body]
                over: { a: {} }
                inputs: { x: y }
                select: [a]
            """).ShouldBe(
        [
            "a.yml:7:75: 'needs' is written twice in one mapping. Keep one of the two; the first is on line 7.",
            "a.yml:1:10: This layer is written for another version of TaskBot. Write 'taskbot: 1'.",
            "a.yml:2:1: A layer has no key 'dfault'. Did you mean 'default'?",
            "a.yml:10:18: The input 'x' says where it comes from and nothing else. Write '{from: node.output}'.",
            "a.yml:11:13: 'select' is a mapping of sets to variants. Write 'select: {set: variant}'.",
            "a.yml:6:7: '1st' is no name of a node. Write letters, digits, '_' and '-', starting with a letter or '_'.",
            "a.yml:7:20: 'active' is true or false. Write 'active: false' to take the node out.",
            "a.yml:7:35: 'node' is no path of a node. Write an absolute path after '#', such as '#/node'.",
            "a.yml:7:54: 'base' is no absolute path. Write '/base' for a class at the top of the layer.",
            "a.yml:8:10: The body of 'b' is a mapping of keys. Write '{key: value}'.",
            "a.yml:9:13: 'a' stands twice in one body; the first is on line 7. Keep it under one of 'nodes', 'over' and 'classes'.",
        ], ignoreOrder: true);
    }

    [Theory]
    [InlineData("yes", "\"yes\"")]
    [InlineData("no", "\"no\"")]
    [InlineData("on", "\"on\"")]
    [InlineData("~", "null")]
    [InlineData("true", "true")]
    [InlineData("0o17", "15")]
    [InlineData("0x1F", "31")]
    [InlineData("017", "17")]
    [InlineData("-12", "-12")]
    [InlineData("1e3", "1000")]
    [InlineData("1.5", "1.5")]
    [InlineData("1_000", "\"1_000\"")]
    [InlineData("12:30", "\"12:30\"")]
    [InlineData("'12'", "\"12\"")]
    [InlineData("99999999999999999999", "1E+20")]
    [InlineData("[a, {b: 1}]", "[\"a\",{\"b\":1}]")]
    public void Scalars_resolve_by_the_core_schema(string yaml, string json) => Value(yaml).ToJson().ShouldBe(json);

    [Fact]
    public void Json_reads_like_yaml()
    {
        var yaml = TaskLayer.Parse("a", "taskbot: 1\nnodes: {t: {type: shell, run: make, needs: [a]}}").Layer;
        var json = TaskLayer.Parse("a", """{"taskbot": 1, "nodes": {"t": {"type": "shell", "run": "make", "needs": ["a"]}}}""");

        json.Problems.ShouldBeEmpty();
        json.Layer.Root.Children[0].FindProperty("run")!.Value.ShouldBe(yaml.Root.Children[0].FindProperty("run")!.Value);
        json.Layer.Root.Children[0].FindProperty("needs")!.Targets!.Append.ShouldBe(yaml.Root.Children[0].FindProperty("needs")!.Targets!.Append);
    }

    [Fact]
    public void A_tab_is_named_as_such()
    {
        var problems = Problems("taskbot: 1\nnodes:\n\tt: {}\n");
        problems.ShouldBe(["a.yml:3:1: YAML allows no tab in the indentation. Indent with spaces."]);
    }

    [Fact]
    public void An_alias_bomb_is_refused_without_being_written_out()
    {
        var text = new StringBuilder("taskbot: 1\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var i = 1; i < 40; i++) text.Append($"a{i}: &a{i} [{string.Join(",", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        Problems(text.ToString()).ShouldContain(problem => problem.Contains("With its aliases written out"));
    }

    [Fact]
    public void An_alias_stands_for_what_its_anchor_names_and_never_for_itself()
    {
        var parse = TaskLayer.Parse("a", "taskbot: 1\nnodes: { a: &base { type: shell, run: make }, b: *base }");
        parse.Problems.ShouldBeEmpty();
        parse.Layer.Root.Children[1].FindProperty("run")!.Value.ShouldBe("make");
        Problems("taskbot: 1\nnodes: &n { a: *n }").ShouldContain(problem => problem.Contains("no anchor &n above"));
    }

    [Fact]
    public void Deep_and_large_input_is_refused()
    {
        Problems("taskbot: 1\nnodes: " + new string('[', 100_000)).ShouldContain(problem => problem.Contains("deeper than"));
        Problems(new string('#', 17 * 1024 * 1024)).ShouldHaveSingleItem().ShouldContain("characters; at most");
    }

    [Fact]
    public void What_stands_before_broken_text_is_still_read()
    {
        var parse = TaskLayer.Parse("a", "taskbot: 1\nnodes:\n  t: { type: shell }\n  u: { type: \"sh");
        parse.Problems.ShouldNotBeEmpty();
        parse.Layer.Root.Children.Select(child => child.Path.Name).ShouldContain("t");
    }

    [Theory]
    [InlineData("")]
    [InlineData("just text")]
    [InlineData("- a\n- b\n")]
    public void What_is_no_layer_says_so(string text) => Problems(text).ShouldHaveSingleItem().ShouldContain("A layer is a mapping of keys");
}
