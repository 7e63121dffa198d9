using System.Diagnostics;
using System.Text;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Benchmarks.Composition;

/// <summary>Composition alone, one thread, layers in memory: the best of many rounds, because the machine is shared.</summary>
static class CompositionBenchmark
{
    public static int Run(int rounds, TextWriter output)
    {
        output.WriteLine($"{"scene",-58} {"prims",8} {"TaskBot",10} {"OpenUSD",10} {"ratio",7} {"bytes/prim",10}");
        foreach (var scene in AnchorScene.All())
        {
            var prims = Populate(scene);
            var best = Best(rounds, () => Populate(scene));
            output.WriteLine($"{scene.Name,-58} {prims,8:N0} {best,7:N1} ms {scene.OpenUsdMilliseconds,7:N1} ms {best / scene.OpenUsdMilliseconds,6:N2}x {Memory(scene) / prims,10:N0}");
        }

        var text = Yaml(100, 99);
        output.WriteLine($"reading the YAML of 10,000 nodes ({text.Length / 1024:N0} kB): {Best(Math.Max(3, rounds / 5), () => TaskLayer.Parse("root", text)):N1} ms");
        Recompose(rounds, output);
        return 0;
    }

    /// <summary>Indexes every prim and composes its children's names, as OpenUSD was asked to.</summary>
    static int Populate(AnchorScene scene) => Populate(new Stage(scene.Root, scene.Resolver));

    static int Populate(Stage stage)
    {
        var count = 0;
        var open = new Stack<PrimIndex>([stage.PseudoRoot]);
        while (open.TryPop(out var prim))
        {
            count++;
            foreach (var name in prim.ChildNames) open.Push(prim.Child(name));
        }

        return count;
    }

    static double Best(int rounds, Action action)
    {
        var best = double.MaxValue;
        for (var i = 0; i < rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return best;
    }

    static double Memory(AnchorScene scene)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var stage = new Stage(scene.Root, scene.Resolver);
        Populate(stage);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(stage);
        return after - before;
    }

    static void Recompose(int rounds, TextWriter output)
    {
        var types = new NodeTypeCatalog(new NodeTypeSchema("step", "A step.") { Attributes = [new("run", ValueKind.Text, "What runs.")] });
        var root = new StringBuilder("taskbot: 1\ndefault: task\nnodes:\n  task:\n    nodes:\n");
        for (var branch = 0; branch < 100; branch++)
        {
            root.Append($"      branch{branch}:\n        nodes:\n");
            for (var node = 0; node < 99; node++) root.Append($"          node{node}: {{ type: step, run: make }}\n");
        }

        var layer = TaskLayer.Parse("root", root.ToString()).Layer;
        var composer = new TaskComposer(new MemoryLayerResolver(), types);
        var composition = composer.Compose(layer);
        var edited = SpecPath.Root.Child("task").Child("branch50").Child("node7");
        var number = 0;
        var best = double.MaxValue;
        for (var i = 0; i < rounds * 4; i++)
        {
            layer = layer.WithAttribute(edited, "run", $"make {number++}");
            var start = Stopwatch.GetTimestamp();
            composition = composition.With(layer);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (composition.Graph![edited.ToNodePath()].Attributes["run"].AsText() != $"make {number - 1}") throw new InvalidOperationException("The edit did not reach the graph.");
        }

        output.WriteLine($"composing {composition.Graph!.Nodes.Count:N0} nodes to a checked graph: {Best(Math.Max(3, rounds / 3), () => composer.Compose(layer)):N1} ms");
        output.WriteLine($"recomposition after a one-value edit in the strongest layer: {best:N3} ms");
    }

    static string Yaml(int tasks, int nodes)
    {
        var text = new StringBuilder("taskbot: 1\nnodes:\n");
        for (var task = 0; task < tasks; task++)
        {
            text.Append($"  task{task}:\n    nodes:\n");
            for (var node = 0; node < nodes; node++) text.Append($"      node{node}: {{ type: step, run: make }}\n");
        }

        return text.ToString();
    }
}
