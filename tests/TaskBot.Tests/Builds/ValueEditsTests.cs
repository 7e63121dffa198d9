using System.Globalization;
using System.Text;
using TaskBot.Bot.Nodes;
using TaskBot.Builds;
using TaskBot.Engine.Builds;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;

namespace TaskBot.Tests.Builds;

/// <summary>Edits of a task file that are taken over without composing it again: never anything else than what composing gives.</summary>
public sealed class ValueEditsTests
{
    const string Name = "t.task.yml";

    static readonly string[] Words = ["one", "two words", "it's", "a # b", "a: b", "x&y", "{x}", "[", "-", "null", "true", "12", "0x1F", "1e3", "", "\\", "|", "ünïcode", "*star", "!tag", "& amp"];

    [Fact]
    public void Whatever_is_edited_the_graph_is_that_of_the_new_text_or_is_composed()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var taken = 0;
        for (var i = 0; i < 600; i++)
        {
            var before = Text(random);
            if (Compile(before) is not { } compiled) continue;
            var after = before;
            for (var edits = random.Next(1, 4); edits > 0; edits--) after = Edit(after, random);

            var edited = Take(compiled, before, after);

            if (edited is null) continue;
            taken++;
            var expected = Compile(after).ShouldNotBeNull($"seed {seed}, text {i}:\n{before}\n---\n{after}");
            Facts(edited).ShouldBe(Facts(expected), $"seed {seed}, text {i}:\n{before}\n---\n{after}");
        }

        taken.ShouldBeGreaterThan(60, $"seed {seed}");
    }

    [Theory]
    [InlineData("      a: { type: core.noop, value: 1 }", "      a: { type: core.noop, value: 5 }")]
    [InlineData("        value: plain text", "        value: other text")]
    [InlineData("        value: plain text", "        value: 'quoted # text'   # and why")]
    [InlineData("# A comment.", "# Another one, with: { an open bracket")]
    [InlineData("default: t\n", "default: t  # that one\n")]
    public void A_value_or_a_comment_in_its_line_is_taken_over(string was, string now)
    {
        var after = Example.Replace(was, now, StringComparison.Ordinal);
        after.ShouldNotBe(Example);

        var edited = Take(Compile(Example).ShouldNotBeNull(), Example, after).ShouldNotBeNull();

        Facts(edited).ShouldBe(Facts(Compile(after)!));
    }

    [Theory]
    [InlineData("        value: plain text", "        value: plain text\n        title: more")]
    [InlineData("        value: plain text", "        value:")]
    [InlineData("        value: plain text", "         value: plain text")]
    [InlineData("        value: plain text", "        value: \"open")]
    [InlineData("        value: plain text", "        value: &anchor text")]
    [InlineData("        value: plain text", "        value: !!int 5")]
    [InlineData("        value: plain text", "        value: null")]
    [InlineData("        value: plain text", "        title: plain text")]
    [InlineData("          still: its text", "          never: its text")]
    [InlineData("value: 2, inputs: { in: { from: [a.value] } }", "value: 2, inputs: { in: { from: [c.value] } }")]
    [InlineData("      a: { type: core.noop, value: 1 }", "      a: { type: command, value: 1 }")]
    [InlineData("      a: { type: core.noop, value: 1 }", "      a: { type: core.noop, value: 1, value: 2 }")]
    [InlineData("default: t\n", "default: t2\n")]
    public void Anything_else_is_composed(string was, string now)
    {
        var after = Example.Replace(was, now, StringComparison.Ordinal);
        after.ShouldNotBe(Example);

        Take(Compile(Example).ShouldNotBeNull(), Example, after).ShouldBeNull();
    }

    [Theory]
    [InlineData("value: \"two\n          lines\"")]
    [InlineData("value: two\n          lines")]
    [InlineData("value: &name one")]
    [InlineData("value: [1,\n          2]")]
    [InlineData("\"value\": 1")]
    public void A_text_where_lines_belong_together_has_no_separate_lines(string value)
    {
        var text = Example.Replace("value: plain text", value, StringComparison.Ordinal);
        Compile(text).ShouldNotBeNull();

        LayerLines.AreSeparate(Encoding.UTF8.GetBytes(text)).ShouldBeFalse();
    }

    const string Example = """
        taskbot: 1
        default: t
        # A comment.
        nodes:
          t:
            type: graph
            nodes:
              a: { type: core.noop, value: 1 }
              b: { type: core.noop, value: 2, inputs: { in: { from: [a.value] } } }
              c:
                type: core.noop
                value: plain text
              d:
                type: core.noop
                value: |
                  A text of lines:
                  still: its text
                  # and no comment
          t2: { type: graph, nodes: { a: { type: core.noop } } }

        """;

    static CompiledGraph? Take(CompiledGraph compiled, string before, string after)
    {
        var (was, now) = (Encoding.UTF8.GetBytes(before), Encoding.UTF8.GetBytes(after));
        return LayerLines.AreSeparate(was) && ValueEdits.Between(Name, was, now) is { } edits ? ValueEdits.Apply(compiled, edits) : null;
    }

    static CompiledGraph? Compile(string text)
    {
        var parse = TaskLayer.Parse(Name, text);
        if (!parse.Problems.IsEmpty || TaskComposer.DefaultTask(parse.Layer) is not { } task) return null;
        var composition = new TaskComposer(new MemoryLayerResolver(), NodeTypes.Schemas).Compose(parse.Layer, task);
        return composition.Problems.IsEmpty && composition.Graph is { } graph && BuildFolder.IsFlat(composition) ? CompiledGraph.Compile(graph, PureGraphBuild.Types) : null;
    }

    /// <summary>What every node says, but for where it is written.</summary>
    static List<string> Facts(CompiledGraph graph) =>
    [
        .. Enumerable.Range(0, graph.Count).Select(graph.Node).OrderBy(node => node.Path).Select(node =>
            $"{node.Path} {node.Type} {string.Join(';', node.Attributes.Select(pair => $"{pair.Key}={pair.Value}"))} "
            + string.Join(';', node.Inputs.Select(pair => $"{pair.Key}={string.Join(',', pair.Value)}"))),
    ];

    static string Text(Random random)
    {
        var text = new StringBuilder("taskbot: 1\ndefault: t\n");
        if (random.Next(3) == 0) text.Append("# Words: { of [ nobody\n");
        text.Append("nodes:\n  t:\n    type: graph\n    nodes:\n");
        for (var i = random.Next(1, 8); i > 0; i--)
        {
            var inputs = random.Next(3) == 0 ? "inputs: { in: { from: [n1.value] } }" : "";
            switch (random.Next(i == 1 ? 2 : 4))
            {
                case 0: text.Append(CultureInfo.InvariantCulture, $"      n{i}: {{ type: core.noop, value: {Value(random, inFlow: true)}{(inputs.Length > 0 && i > 1 ? ", " : "")}{(i > 1 ? inputs : "")} }}\n"); break;
                case 1: text.Append(CultureInfo.InvariantCulture, $"      n{i}:\n        type: core.noop\n        value: {Value(random, inFlow: false)}\n"); break;
                case 2: text.Append(CultureInfo.InvariantCulture, $"      n{i}: # why\n        type: core.noop\n\n        value: |\n          {Words[random.Next(Words.Length)]}\n          value: x\n"); break;
                default: text.Append(CultureInfo.InvariantCulture, $"      n{i}:\n        type: core.noop\n        value:\n        - {Value(random, inFlow: false)}\n        - {Value(random, inFlow: false)}\n"); break;
            }
        }

        return text.ToString();
    }

    static string Value(Random random, bool inFlow)
    {
        var word = Words[random.Next(Words.Length)];
        return random.Next(3) switch
        {
            0 => $"'{word.Replace("'", "''", StringComparison.Ordinal)}'",
            1 => System.Text.Json.JsonSerializer.Serialize(word),
            _ => inFlow && random.Next(8) > 0 ? "w" + random.Next(9).ToString(CultureInfo.InvariantCulture) : word,
        };
    }

    /// <summary>Another value mostly, else anything.</summary>
    static string Edit(string text, Random random)
    {
        var lines = text.Split('\n').ToList();
        var at = random.Next(lines.Count);
        var line = lines[at];
        switch (random.Next(10))
        {
            case < 6 when line.IndexOf("value: ", StringComparison.Ordinal) is >= 0 and var value:
                var end = line.Contains("{ type", StringComparison.Ordinal) ? line.IndexOfAny([',', '}'], value) : line.Length;
                lines[at] = string.Concat(line.AsSpan(0, value + 7), Value(random, line.Contains('{', StringComparison.Ordinal)), end < 0 ? "" : line.AsSpan(end));
                break;
            case 6: lines.RemoveAt(at); break;
            case 7: lines.Insert(at, line); break;
            case 8: lines[at] = line + " # " + Words[random.Next(Words.Length)]; break;
            case 9 when line.Length > 0: lines[at] = line.Remove(random.Next(line.Length), 1); break;
        }

        return string.Join('\n', lines);
    }
}
