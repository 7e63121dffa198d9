using System.Collections.Immutable;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Values;

namespace TaskBot.Benchmarks.Composition;

/// <summary>One of the scenes that OpenUSD was measured with: layers in memory, and its own time on a machine of this kind.</summary>
sealed record AnchorScene(string Name, double OpenUsdMilliseconds, TaskLayer Root, MemoryLayerResolver Resolver)
{
    public static IEnumerable<AnchorScene> All()
    {
        yield return OneLayer(100, 21.5);
        yield return OneLayer(1000, 296);
        yield return References(100, 26);
        yield return Chain(6, 5, 1000, 16);
    }

    /// <summary>One layer with a number of tasks of 99 nodes each.</summary>
    public static AnchorScene OneLayer(int tasks, double openUsd)
    {
        var root = Layer("root", [.. Enumerable.Range(0, tasks).Select(index => Task(SpecPath.Root.Child($"task{index}"), 99))]);
        return new($"one layer, {tasks * 100:N0} prims", openUsd, root, new());
    }

    static AnchorScene References(int count, double openUsd)
    {
        var path = SpecPath.Root.Child("asset");
        var body = Task(path, 99);
        PrimSpec Variant(string name) => new(path.Variant("size", name), Specifier.Over)
        {
            Properties = [Attribute("size", name)],
            Children = [new(path.Variant("size", name).Child("node0"), Specifier.Over) { Properties = [Attribute("title", name)] }],
        };
        var asset = new PrimSpec(path, Specifier.Def)
        {
            TypeName = "graph",
            Children = body.Children,
            Arcs = new() { VariantSetNames = new() { Prepend = ["size"] }, VariantSets = [new("size", [Variant("small"), Variant("large")])] },
        };
        var tasks = Enumerable.Range(0, count).Select(index => new PrimSpec(SpecPath.Root.Child($"task{index}"), Specifier.Def)
        {
            Arcs = new()
            {
                References = new() { Prepend = [new("asset", path)] },
                Selections = [new("size", index % 2 == 0 ? "small" : "large")],
            },
        });
        return new($"{count} references to a 100-prim asset", openUsd, Layer("root", [.. tasks]), new MemoryLayerResolver().Add(Layer("asset", [asset])));
    }

    static AnchorScene Chain(int depth, int subLayers, int nodes, double openUsd)
    {
        var resolver = new MemoryLayerResolver();
        var path = SpecPath.Root.Child("task");
        TaskLayer? root = null;
        for (var level = depth - 1; level >= 0; level--)
        {
            var names = Enumerable.Range(0, subLayers).Select(index => $"level{level}-{index}").ToList();
            for (var index = 0; index < subLayers; index++)
            {
                var part = index;
                var children = Enumerable.Range(0, nodes).Where(node => node % subLayers == part).Select(node => new PrimSpec(path.Child($"node{node}"), Specifier.Over)
                {
                    Properties = [Attribute("title", $"level {level}")],
                });
                resolver.Add(Layer(names[index], [new(path, Specifier.Over) { Children = [.. children] }]));
            }

            var spec = level == depth - 1 ? Task(path, nodes)
                : new PrimSpec(path, Specifier.Def) { Arcs = new() { References = new() { Prepend = [new($"level{level + 1}", path)] } } };
            root = new($"level{level}", new PrimSpec(SpecPath.Root, Specifier.Over) { Children = [spec] })
            {
                SubLayers = [.. names.Select(name => new SubLayer(name))],
            };
            resolver.Add(root);
        }

        return new($"{depth}-deep reference chain, {subLayers} sublayers each, {nodes:N0} nodes", openUsd, root!, resolver);
    }

    static PrimSpec Task(SpecPath path, int nodes) => new(path, Specifier.Def)
    {
        TypeName = "graph",
        Children = [.. Enumerable.Range(0, nodes).Select(index => new PrimSpec(path.Child($"node{index}"), Specifier.Def)
        {
            TypeName = "step",
            Properties = [Attribute("title", "A step"), Attribute("run", "make")],
        })],
    };

    static PropertySpec Attribute(string name, TaskValue value) => new(name, PropertyKind.Attribute) { Value = value };

    static TaskLayer Layer(string name, ImmutableArray<PrimSpec> children) => new(name, new PrimSpec(SpecPath.Root, Specifier.Over) { Children = children });
}
