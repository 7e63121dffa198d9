using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Tests.Layers;

public class LayerEditorTests
{
    const string Text = """
        # our tasks
        taskbot: 1   # version
        nodes:
          t:
            # how it is done
            nodes:
              edit: { type: agent, prompt: 'Do it.' }   # in one line
              test:
                type: shell
                run: |
                  make
                  make test
                # afterwards
              empty:
        """;

    static string Set(string path, string attribute, TaskValue value, string text = Text)
    {
        var result = LayerEditor.Set("a.yml", text, NodePath.Parse(path), attribute, value);
        result.Problems.ShouldBeEmpty();
        return result.Text.ShouldNotBeNull();
    }

    [Fact]
    public void A_value_is_exchanged_in_its_place() =>
        Set("/t/edit", "prompt", "Do it \"well\".").ShouldBe(Text.Replace("'Do it.'", "\"Do it \\\"well\\\".\""));

    [Fact]
    public void A_block_text_is_exchanged_whole() =>
        Set("/t/test", "run", "make all").ShouldBe(Text.Replace("|\n          make\n          make test\n", "\"make all\"\n"));

    [Fact]
    public void A_new_key_joins_a_flow_mapping() =>
        Set("/t/edit", "timeoutMinutes", 5).ShouldBe(Text.Replace("'Do it.' }", "'Do it.', timeoutMinutes: 5 }"));

    [Fact]
    public void A_new_key_joins_a_block_after_its_last_value() =>
        Set("/t/test", "timeoutMinutes", 5).ShouldBe(Text.Replace("          make test\n", "          make test\n        timeoutMinutes: 5\n"));

    [Fact]
    public void A_key_of_a_mapping_is_reached_by_dots() =>
        Set("/t/edit", "with.language", "csharp").ShouldBe(Text.Replace("'Do it.' }", "'Do it.', with: { language: \"csharp\" } }"));

    [Fact]
    public void An_empty_body_is_filled() => Set("/t/empty", "type", "shell").ShouldBe(Text.Replace("empty:", "empty: { type: \"shell\" }"));

    [Fact]
    public void A_node_that_the_layer_does_not_mention_is_overridden() =>
        Set("/t/other/inner", "run", "x").ShouldBe(Text.Replace("      empty:", "      empty:\n    over:\n      other:\n        over:\n          inner:\n            run: \"x\"\n"));

    [Fact]
    public void Json_stays_json()
    {
        var json = """{"taskbot": 1, "nodes": {"t": {"type": "shell", "run": "make"}}}""";
        Set("/t", "run", "make all", json).ShouldBe(json.Replace("\"make\"", "\"make all\""));
    }

    [Fact]
    public void A_broken_layer_is_not_edited() =>
        LayerEditor.Set("a.yml", "taskbot: [", NodePath.Parse("/t"), "x", 1).Problems.ShouldNotBeEmpty();
}
