using FsCheck;
using FsCheck.Fluent;
using TaskBot.Graphs.Layers;

namespace TaskBot.Graphs.Tests.Layers;

public class YamlFuzzTests
{
    static readonly string[] Noise = ["{", "}", "[", "]", ": ", "- ", "|\n", "'", "\"", "#", "\t", "\n", "&a ", "*a", "!!str ", "? ", "~", "\0", "\ud800", "---\n", "=\uD83D\uDE42%YAML 1.2\n---\n"];

    [Fact]
    public void Broken_text_gives_problems_and_errors_never_stop_the_rest()
    {
        var edits = Gen.Choose(0, Example.FixBug.Length - 1).Zip(Gen.Choose(0, Noise.Length - 1)).Zip(Gen.Choose(0, 12)).ArrayOf();
        Prop.ForAll(edits.ToArbitrary(), list =>
        {
            var text = Example.FixBug;
            foreach (var ((at, noise), length) in list)
            {
                var start = Math.Min(at, text.Length);
                text = text[..start] + Noise[noise] + text[Math.Min(text.Length, start + length)..];
            }

            var parse = TaskLayer.Parse("fuzz", text);
            foreach (var problem in parse.Problems) problem.Location.Layer.ShouldBe("fuzz");
            var composition = Example.Composer().Compose(parse.Layer);
            (composition.Graph is not null || composition.Problems.Length > 0).ShouldBeTrue();
        }).QuickCheckThrowOnFailure();
    }
}
