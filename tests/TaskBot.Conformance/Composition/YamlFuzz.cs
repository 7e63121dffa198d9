using System.Diagnostics;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Conformance.Composition;

/// <summary>Reads and composes broken layers for a time: whatever the text says, the reader answers with problems, soon, and never throws.</summary>
static class YamlFuzz
{
    /// <summary>Longer than this for one small text is a finding.</summary>
    const double SlowSeconds = 2;

    static readonly string[] Fragments =
    [
        "taskbot: 1\n", "default: t\n", "nodes:\n", "  t:\n", "    uses: \"#/t\"\n", "    over: { a: { x: 1 } }\n", "    variants: { v: { a: {}, b: { nodes: { n: { type: graph } } } } }\n",
        "    select: { v: a }\n", "    extends: /c\n", "classes: { c: { inherits: /d }, d: { extends: [/c] } }\n", "    needs: { set: [a], append: [../b] }\n",
        "    inputs: { x: { from: [a.b, ../c.d] } }\n", "&a ", "*a", "{", "}", "[", "]", ": ", "- ", "|\n", ">-\n", "'", "\"", "#", "\t", "\r\n", "? ", "!!str ", "%YAML 1.2\n---\n", "...\n", "~", "0x", "\u0000", "\ud800", "\ufeff", "🙂",
    ];

    public static int Run(int seconds, int seed, TextWriter output)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var composer = new TaskComposer(new MemoryLayerResolver(), new NodeTypeCatalog());
        var clock = Stopwatch.StartNew();
        var texts = 0;
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            var text = Text(random);
            var start = Stopwatch.GetTimestamp();
            try
            {
                composer.Compose(TaskLayer.Parse("fuzz", text).Layer);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                output.WriteLine($"FOUND {exception}\n{Convert.ToBase64String(System.Text.Encoding.Unicode.GetBytes(text))}");
                return 1;
            }

            // A busy machine is slow once, a bad text every time.
            if (Stopwatch.GetElapsedTime(start).TotalSeconds > SlowSeconds && IsSlow(composer, text))
            {
                output.WriteLine($"SLOW {Stopwatch.GetElapsedTime(start)}\n{Convert.ToBase64String(System.Text.Encoding.Unicode.GetBytes(text))}");
                return 1;
            }

            texts++;
        }

        output.WriteLine($"{texts} texts, nothing found");
        return 0;
    }

    static bool IsSlow(TaskComposer composer, string text)
    {
        for (var again = 0; again < 3; again++)
        {
            var start = Stopwatch.GetTimestamp();
            composer.Compose(TaskLayer.Parse("fuzz", text).Layer);
            if (Stopwatch.GetElapsedTime(start).TotalSeconds <= SlowSeconds) return false;
        }

        return true;
    }

    static string Text(Random random)
    {
        var text = new System.Text.StringBuilder("taskbot: 1\nnodes:\n  t:\n");
        for (var count = random.Next(1, 40); count > 0; count--) text.Append(Fragments[random.Next(Fragments.Length)]);
        for (var count = random.Next(0, 8); count > 0; count--)
        {
            var at = random.Next(text.Length);
            switch (random.Next(4))
            {
                case 0: text.Remove(at, Math.Min(random.Next(1, 10), text.Length - at)); break;
                case 1: text.Insert(at, (char)random.Next(1, 256)); break;
                case 2: text.Insert(at, text.ToString(at, Math.Min(random.Next(1, 60), text.Length - at))); break;
                default: text.Insert(at, Fragments[random.Next(Fragments.Length)]); break;
            }

            if (text.Length == 0) text.Append(' ');
        }

        return text.ToString();
    }
}
