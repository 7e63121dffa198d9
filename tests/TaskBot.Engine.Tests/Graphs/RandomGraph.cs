using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Tests.Graphs;

/// <summary>
/// A random acyclic graph of nested branches, and a model of how it ends that is as plain as can be. Nodes depend only on what stands
/// before them. A leaf's attribute <c>does</c> says what it does: give, fail, skip, or write a layer named after its <c>say</c>.
/// </summary>
sealed class RandomGraph
{
    sealed record Item(string Path, bool IsBranch, ImmutableArray<string> Needs, ImmutableArray<(string Name, string From)> Inputs, string Say, string Does)
    {
        public string Around => Path[..Path.LastIndexOf('/')];
    }

    /// <summary>In the model; good means that what needs it may start.</summary>
    sealed record End(NodeState State, bool IsGood, string? Out);

    readonly ImmutableList<Item> items;

    RandomGraph(ImmutableList<Item> items) => this.items = items;

    public static RandomGraph Create(Random random)
    {
        var made = ImmutableList.CreateBuilder<Item>();
        var open = new HashSet<string>();
        for (var b = random.Next(1, 5); b > 0; b--) AddBranch($"/b{made.Count}", depth: 0);
        return new(made.ToImmutable());

        void AddBranch(string path, int depth)
        {
            made.Add(new(path, IsBranch: true, Needs(), [], Word(), ""));
            open.Add(path);
            for (var n = random.Next(0, 6); n > 0; n--)
            {
                var inside = $"{path}/n{made.Count}";
                if (depth < 2 && random.Next(4) == 0) AddBranch(inside, depth + 1);
                else made.Add(new(inside, IsBranch: false, Needs(), Inputs(path), Word(), Does()));
            }

            open.Remove(path);
        }

        ImmutableArray<string> Needs() => [.. Pick(random.Next(3), made.Where(item => !open.Contains(item.Path)))];

        ImmutableArray<(string, string)> Inputs(string around) =>
        [
            .. Pick(random.Next(4), made.Where(item => !item.IsBranch)).Select((from, i) => ($"in{i / 2}", $"{from}.out")),
            .. random.Next(2) == 0 ? [("interface", $"{around}.say")] : Array.Empty<(string, string)>(),
        ];

        IEnumerable<string> Pick(int count, IEnumerable<Item> from)
        {
            var all = from.ToList();
            return all.Count == 0 ? [] : Enumerable.Range(0, count).Select(_ => all[random.Next(all.Count)].Path).Distinct();
        }

        string Word() => $"w{random.Next(8)}";

        string Does() => random.Next(12) switch { 0 => "fail", 1 => "skip", 2 => "layer", _ => "give" };
    }

    /// <summary>The same graph with one node that says something else.</summary>
    public RandomGraph Change(Random random)
    {
        var item = items[random.Next(items.Count)];
        return new(items.Replace(item, item with { Say = "changed" }));
    }

    public TaskGraph Build() => Write(items).Build();

    /// <summary>What a step of such a graph gives.</summary>
    public static NodeResult Result(NodeRun run, bool writesLayers)
    {
        var say = run.Node.Attributes["say"].AsText()!;
        return run.Node.Attributes["does"].AsText() switch
        {
            "fail" => NodeResult.Failure("It fails."),
            "skip" => new NodeResult.Skipped("It has nothing to do."),
            "layer" when writesLayers => Give() with { Layer = say },
            _ => Give(),
        };

        NodeResult.Succeeded Give() =>
            NodeResult.Success(("out", Out(say, run.Inputs.Select(input => $"{input.Key}={input.Value.Content}"))));
    }

    /// <summary>
    /// Applies each layer: it lets one of the leaves say the layer's name, unless that one writes a layer itself, lets a branch say it,
    /// and adds a leaf to the first branch; which ones follows from the name.
    /// </summary>
    public (TaskGraph?, ImmutableArray<Problem>) Compose(ImmutableArray<string> layers)
    {
        var composed = items;
        foreach (var layer in layers)
        {
            var random = new Random(layer[1]);
            var leaves = composed.Where(item => item is { IsBranch: false } and not { Does: "layer" }).ToList();
            if (leaves.Count > 0) Say(leaves[random.Next(items.Count) % leaves.Count]);
            var branches = composed.Where(item => item.IsBranch).ToList();
            Say(branches[random.Next(items.Count) % branches.Count]);
            var added = new Item($"{items[0].Path}/{layer}", IsBranch: false, [], [], layer, "give");
            if (composed.All(item => item.Path != added.Path)) composed = composed.Insert(1, added);

            void Say(Item item) => composed = composed.Replace(item, item with { Say = item.Say + layer });
        }

        return (Write(composed).Build(), []);
    }

    /// <summary>How every node ends and what it gives, by path, computed in the order of the items.</summary>
    public string[] Expected()
    {
        var ends = new Dictionary<string, End>();
        var around = items.Where(item => item.IsBranch).ToDictionary(item => item.Path);
        foreach (var item in items.Where(item => !item.IsBranch)) ends.Add(item.Path, EndOfLeaf(item));
        return [.. Build().Nodes.Keys.Select(path => $"{path} {EndOf(path.ToString()).State} {EndOf(path.ToString()).Out}")];

        End EndOf(string path) => around.TryGetValue(path, out var branch) ? EndOfBranch(branch) : ends[path];

        bool IsBlocked(Item item) => item.Needs.Any(need => !EndOf(need).IsGood) || (around.TryGetValue(item.Around, out var branch) && IsBlocked(branch));

        End EndOfBranch(Item branch)
        {
            if (IsBlocked(branch)) return new(NodeState.Skipped, IsGood: false, Out: null);
            var inside = items.Where(item => item.Around == branch.Path).Select(item => EndOf(item.Path)).ToList();
            if (inside.Any(end => end.State == NodeState.Failed)) return new(NodeState.Failed, IsGood: false, Out: null);
            var isGood = inside.All(end => end.IsGood);
            return new(isGood && inside.Any(end => end.State == NodeState.Succeeded) ? NodeState.Succeeded : NodeState.Skipped, isGood, Out: null);
        }

        End EndOfLeaf(Item leaf)
        {
            var values = leaf.Inputs.Select(input => (input.Name, Value: ValueOf(input.From))).ToList();
            if (IsBlocked(leaf) || values.Any(input => input.Value is null)) return new(NodeState.Skipped, IsGood: false, Out: null);
            var inputs = values.GroupBy(input => input.Name, input => input.Value!).OrderBy(input => input.Key, StringComparer.Ordinal)
                .Select(input => $"{input.Key}={(input.Count() == 1 ? input.First() : TaskValue.ListOf(input.Select(TaskValue.FromString)).ToString())}");
            return leaf.Does switch
            {
                "fail" => new(NodeState.Failed, IsGood: false, Out: null),
                "skip" => new(NodeState.Skipped, IsGood: true, Out: null),
                _ => new(NodeState.Succeeded, IsGood: true, Out(leaf.Say, inputs)),
            };
        }

        string? ValueOf(string from)
        {
            var node = from[..from.IndexOf('.')];
            return around.TryGetValue(node, out var branch) ? branch.Say : ends[node].Out;
        }
    }

    /// <summary>Digests, so that values stay small however deep the graph is.</summary>
    static string Out(string say, IEnumerable<string> inputs) => $"{say}:{new NodeValue(string.Join(',', inputs), Trust.Trusted).Digest[..12]}";

    static GraphBuilder Write(ImmutableList<Item> items)
    {
        var graph = new GraphBuilder();
        foreach (var item in items)
        {
            if (item.IsBranch) graph.Branch(item.Path, [("say", item.Say)], [.. item.Needs]);
            else graph.Leaf(item.Path, "step", [("say", item.Say), ("does", item.Does)], [.. item.Needs], [.. item.Inputs]);
        }

        return graph;
    }
}
