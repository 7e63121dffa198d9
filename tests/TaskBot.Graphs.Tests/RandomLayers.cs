using FsCheck;
using FsCheck.Fluent;

namespace TaskBot.Graphs.Tests;

/// <summary>Texts of layers, most of them with mistakes: examples into which lines and words are written, and out of which others are taken.</summary>
static class RandomLayers
{
    const int MostEdits = 8;

    /// <summary>For properties that hold for all of them.</summary>
    public static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(1000);

    static readonly string[] Examples = [Example.FixBug, Example.FixOurBug];

    static readonly string[] Lines =
    [
        "type: shell", "type: graph", "active: false", "needs: [test, lint]", "needs: { set: [test] }", "needs: { delete: [lint], append: [test] }", "extends: /agent-step", "inherits: /agent-step",
        "uses: '#/agent-step'", "extra: { type: shell, needs: [extra] }", "nodes: { a: { type: shell }, b: { type: shell, needs: [a, a, ../x] } }", "over: { test: { run: x } }", "classes: { c: {} }",
        "variants: { v: { one: { run: a }, two: {} } }", "select: { v: one }", "inputs: { patch: { from: implement.patch } }", "outputs: { tree: { from: implement.tree } }", "until: test.outcome",
        "atMost: 3", "each: [1, 2]", "when: test.outcome", "onFailure: [lint]", "finally: [test]", "run: &r one", "run: *r", "again: &b { type: shell, needs: [test] }", "more: *b", "run: ~", "model: 7",
        "bad name: {}", "test: [1]", "test: ~", "test: {}", "with: { a: 1, b: { c: 2 } }", "taskbot: 1",
    ];

    static readonly string[] Noise = ["{", "}", "[", "]", ": ", "- ", "'", "\"", "#", "\t", "\n", "&a ", "*a", "!!str ", "? ", "~", ",", "  "];

    public static Arbitrary<string> Texts()
    {
        var edit = Gen.Choose(0, 9).Zip(Gen.Choose(0, 10_000)).Zip(Gen.Choose(0, 10_000));
        return Gen.Choose(0, Examples.Length - 1).Zip(Gen.Choose(0, MostEdits).SelectMany(count => Gen.ArrayOf(edit, count))).Select(pair => pair.Item2.Aggregate(Examples[pair.Item1], (text, edit) => Edit(text, edit.Item1.Item1, edit.Item1.Item2, edit.Item2))).ToArbitrary();
    }

    static string Edit(string text, int kind, int place, int what)
    {
        // The first line stays: what stands before it can change what kind of document it is.
        var lines = text.Split('\n').ToList();
        var at = 1 + (place % (lines.Count - 1));
        switch (kind)
        {
            case 0: return text.Insert(lines[0].Length + (place % (text.Length - lines[0].Length)), Noise[what % Noise.Length]);
            case 1:
                if (lines.Count > 2) lines.RemoveAt(at);
                break;
            case 2:
                lines.Insert(at, lines[1 + (what % (lines.Count - 1))]);
                break;
            default:
                var indent = lines[at].Length - lines[at].TrimStart().Length;
                lines.Insert(at, new string(' ', indent) + Lines[what % Lines.Length]);
                break;
        }

        return string.Join('\n', lines);
    }
}
