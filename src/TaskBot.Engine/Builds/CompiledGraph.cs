using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Builds;

/// <summary>
/// A composed graph of pure nodes as arrays of numbers and bytes, to be kept in a file and read without making an object for a node. Nodes are
/// numbered by level, so that what a node takes its inputs from has a smaller number, and nodes of one level depend on nothing in it.
/// Immutable and safe for concurrent use.
/// </summary>
public sealed class CompiledGraph
{
    internal const int DigestSize = 16;

    const int FormatVersion = 1;

    readonly ImmutableArray<string> layers;
    readonly byte[] paths;
    readonly int[] pathEnds;
    readonly byte[] bodies;
    readonly int[] bodyEnds;
    readonly int[] sources;
    readonly int[] sourceEnds;

    /// <summary>Layer, line and column of each node.</summary>
    readonly int[] locations;
    readonly byte[] definitions;
    readonly bool[] branches;

    /// <summary>Nodes that say something else than what was compiled, as a layer above sets values of theirs.</summary>
    ImmutableDictionary<int, TaskNode> changed = ImmutableDictionary<int, TaskNode>.Empty;

    CompiledGraph(
        NodePath root, ImmutableArray<string> layers, byte[] paths, int[] pathEnds, byte[] bodies, int[] bodyEnds, int[] sources, int[] sourceEnds,
        int[] locations, byte[] definitions, bool[] branches) =>
        (Root, this.layers, this.paths, this.pathEnds, this.bodies, this.bodyEnds, this.sources, this.sourceEnds, this.locations, this.definitions, this.branches) =
        (root, layers, paths, pathEnds, bodies, bodyEnds, sources, sourceEnds, locations, definitions, branches);

    /// <summary>The task that was asked for.</summary>
    public NodePath Root { get; }

    /// <summary>Nodes, branches included.</summary>
    public int Count => pathEnds.Length;

    /// <summary>Leaves.</summary>
    public int Leaves => branches.AsSpan().Count(value: false);

    /// <summary>
    /// Compiles a graph. Null where some node is more than a pure function of what it is connected to, or waits for a branch as a whole: such
    /// graphs are run as they are. Also null where the graph cannot run; running it says why.
    /// </summary>
    public static CompiledGraph? Compile(TaskGraph graph, IEnumerable<INodeType> types)
    {
        var known = types.ToDictionary(type => type.Schema.Name, StringComparer.Ordinal);
        if (!graph.Nodes.Values.All(node => IsPlain(node, graph, known)) || GraphPlan.Build(graph, known).Problems.Length > 0) return null;
        var builder = new Builder(graph.Root);
        var users = graph.Nodes.Keys.ToDictionary(path => path, _ => new List<NodePath>());
        var missing = new Dictionary<NodePath, int>(graph.Nodes.Count);
        var ready = new Queue<TaskNode>();
        foreach (var node in graph.Nodes.Values)
        {
            missing[node.Path] = 0;
            foreach (var source in SourcesOf(node))
            {
                users[source].Add(node.Path);
                missing[node.Path]++;
            }

            if (missing[node.Path] == 0) ready.Enqueue(node);
        }

        while (ready.TryDequeue(out var node))
        {
            builder.Add(node);
            foreach (var user in users[node.Path])
                if (--missing[user] == 0) ready.Enqueue(graph[user]);
        }

        return builder.ToGraph();
    }

    /// <exception cref="InvalidDataException">These are no bytes of a compiled graph, or of another version of it.</exception>
    public static CompiledGraph Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        try
        {
            if (reader.ReadInt32() != FormatVersion) throw new InvalidDataException("The compiled graph is of another version.");
            var root = NodePath.Parse(reader.ReadString());
            var names = ImmutableArray.CreateBuilder<string>();
            for (var i = reader.ReadInt32(); i > 0; i--) names.Add(reader.ReadString());
            return new(
                root, names.ToImmutable(), Array<byte>(reader), Array<int>(reader), Array<byte>(reader), Array<int>(reader), Array<int>(reader), Array<int>(reader),
                Array<int>(reader), Array<byte>(reader), Array<bool>(reader));
        }
        catch (Exception exception) when (exception is EndOfStreamException or FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException("The compiled graph is damaged.", exception);
        }
    }

    /// <summary>What <see cref="Read"/> reads; without what <see cref="With"/> changed.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
        {
            writer.Write(FormatVersion);
            writer.Write(Root.ToString());
            writer.Write(layers.Length);
            foreach (var layer in layers) writer.Write(layer);
            Write(writer, paths);
            Write(writer, pathEnds);
            Write(writer, bodies);
            Write(writer, bodyEnds);
            Write(writer, sources);
            Write(writer, sourceEnds);
            Write(writer, locations);
            Write(writer, definitions);
            Write(writer, branches);
        }

        return stream.ToArray();
    }

    /// <summary>The same graph where one attribute of a node has another value; null where there is no such leaf.</summary>
    public CompiledGraph? With(NodePath path, string attribute, TaskValue value)
    {
        if (IndexOf(path) is not { } index || branches[index]) return null;
        var node = Node(index);
        return new(Root, layers, paths, pathEnds, bodies, bodyEnds, sources, sourceEnds, locations, definitions, branches)
        {
            changed = changed.SetItem(index, node with { Attributes = node.Attributes.SetItem(attribute, value) }),
        };
    }

    /// <summary>The type of a node; null where there is no such node.</summary>
    public string? TypeOf(NodePath path) => IndexOf(path) is { } index ? Node(index).Type : null;

    internal ReadOnlySpan<int> Sources(int index) => sources.AsSpan(Start(sourceEnds, index)..sourceEnds[index]);

    internal bool IsBranch(int index) => branches[index];

    /// <summary>The path of a node by its number.</summary>
    public NodePath PathOf(int index) => NodePath.Parse(Encoding.UTF8.GetString(PathBytes(index)));

    internal ReadOnlySpan<byte> PathBytes(int index) => paths.AsSpan(Start(pathEnds, index)..pathEnds[index]);

    /// <summary>A node by its number, from 0 to <see cref="Count"/>; made anew each time.</summary>
    public TaskNode Node(int index) => Nodes([index], known: [])[0];

    /// <summary>Many nodes by their numbers.</summary>
    /// <param name="known">Paths by number, which are noted as they are read; empty to note none.</param>
    internal TaskNode[] Nodes(IReadOnlyList<int> indices, NodePath[] known)
    {
        using var reader = new BinaryReader(new MemoryStream(bodies), Encoding.UTF8);
        var nodes = new TaskNode[indices.Count];
        for (var i = 0; i < nodes.Length; i++) nodes[i] = changed.TryGetValue(indices[i], out var node) ? node : Node(indices[i], reader, known);
        return nodes;
    }

    /// <summary>The nodes that say something else than what was compiled.</summary>
    internal IEnumerable<TaskNode> Changed => changed.Values;

    TaskNode Node(int index, BinaryReader reader, NodePath[] known)
    {
        reader.BaseStream.Position = Start(bodyEnds, index);
        var type = reader.ReadString();
        var attributes = NoAttributes;
        for (var i = reader.Read7BitEncodedInt(); i > 0; i--) attributes = attributes.Add(reader.ReadString(), ValueBytes.Read(reader));
        var source = 0;
        var needs = new NodePath[reader.Read7BitEncodedInt()];
        for (var i = 0; i < needs.Length; i++) needs[i] = Path(Sources(index)[source++]);
        var inputs = NoInputs;
        for (var i = reader.Read7BitEncodedInt(); i > 0; i--)
        {
            var name = reader.ReadString();
            var outputs = new OutputPath[reader.Read7BitEncodedInt()];
            for (var k = 0; k < outputs.Length; k++) outputs[k] = new(Path(Sources(index)[source++]), reader.ReadString());
            inputs = inputs.Add(name, ImmutableCollectionsMarshal.AsImmutableArray(outputs));
        }

        var at = locations.AsSpan(3 * index, 3);
        return new(
            Path(index), type, attributes, ImmutableCollectionsMarshal.AsImmutableArray(needs), inputs, ImmutableSortedSet<string>.Empty,
            new(layers[at[0]], at[1], at[2]));

        NodePath Path(int of)
        {
            if (known.Length == 0) return PathOf(of);
            if (known[of].IsRoot) known[of] = PathOf(of);
            return known[of];
        }
    }

    /// <summary>Digest of all that a node says and of whom it takes its inputs from.</summary>
    internal void CopyDefinition(int index, Span<byte> digest)
    {
        if (changed.TryGetValue(index, out var node)) Digest(Body(node), node, digest);
        else Definition(index).CopyTo(digest);
    }

    internal bool HasDefinition(int index, ReadOnlySpan<byte> digest)
    {
        if (changed.IsEmpty || !changed.ContainsKey(index)) return Definition(index).SequenceEqual(digest);
        Span<byte> own = stackalloc byte[DigestSize];
        CopyDefinition(index, own);
        return own.SequenceEqual(digest);
    }

    int? IndexOf(NodePath path)
    {
        var bytes = Encoding.UTF8.GetBytes(path.ToString());
        for (var i = 0; i < Count; i++)
            if (PathBytes(i).SequenceEqual(bytes)) return i;
        return null;
    }

    ReadOnlySpan<byte> Definition(int index) => definitions.AsSpan(index * DigestSize, DigestSize);

    static ImmutableSortedDictionary<string, TaskValue> NoAttributes { get; } = ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal);

    static ImmutableSortedDictionary<string, ImmutableArray<OutputPath>> NoInputs { get; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);

    static int Start(int[] ends, int index) => index == 0 ? 0 : ends[index - 1];

    /// <summary>In the order of the body: needs, then the inputs' connections.</summary>
    static IEnumerable<NodePath> SourcesOf(TaskNode node) => node.Needs.Concat(node.Inputs.Values.SelectMany(outputs => outputs.Select(output => output.Node)));

    /// <summary>True where the node is nothing but a function of its attributes and inputs, so that only a change of these matters.</summary>
    static bool IsPlain(TaskNode node, TaskGraph graph, Dictionary<string, INodeType> types)
    {
        if (!node.UntrustedAttributes.IsEmpty || node.IsControlled) return false;
        foreach (var attribute in NodeTypeSchema.Common)
            if (attribute.Name is not ("title" or "timeoutMinutes" or "retries") && node.Attributes.ContainsKey(attribute.Name)) return false;
        if (node.IsBranch) return node.Needs.IsEmpty;
        return types.TryGetValue(node.Type, out var type) && type is { IsPure: true, Schema.IsEffect: false }
            && node.Needs.All(need => graph.Nodes.TryGetValue(need, out var needed) && !needed.IsBranch);
    }

    static byte[] Body(TaskNode node)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
        {
            writer.Write(node.Type);
            writer.Write7BitEncodedInt(node.Attributes.Count);
            foreach (var (name, value) in node.Attributes)
            {
                writer.Write(name);
                ValueBytes.Write(writer, value);
            }

            writer.Write7BitEncodedInt(node.Needs.Length);
            writer.Write7BitEncodedInt(node.Inputs.Count);
            foreach (var (name, outputs) in node.Inputs)
            {
                writer.Write(name);
                writer.Write7BitEncodedInt(outputs.Length);
                foreach (var output in outputs) writer.Write(output.Name);
            }
        }

        return stream.ToArray();
    }

    static void Digest(byte[] body, TaskNode node, Span<byte> digest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(body);
        foreach (var source in SourcesOf(node)) hash.AppendData(Encoding.UTF8.GetBytes($"{source}\n"));
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(whole);
        whole[..DigestSize].CopyTo(digest);
    }

    static void Write<T>(BinaryWriter writer, T[] array)
        where T : struct
    {
        writer.Write(array.Length);
        writer.Write(MemoryMarshal.AsBytes(array.AsSpan()));
    }

    static T[] Array<T>(BinaryReader reader)
        where T : struct
    {
        var array = new T[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(array.AsSpan()));
        return array;
    }

    /// <summary>Compiles node after node; what a node takes its inputs from is added before it. Not safe for concurrent use.</summary>
    public sealed class Builder(NodePath root)
    {
        readonly Dictionary<NodePath, int> indices = [];
        readonly Dictionary<string, int> layers = new(StringComparer.Ordinal);
        readonly ArrayBufferWriter<byte> paths = new(), bodies = new(), definitions = new();
        readonly List<int> pathEnds = [], bodyEnds = [], sources = [], sourceEnds = [], locations = [], levels = [];
        readonly List<bool> branches = [];

        /// <param name="node">A branch, or a leaf of a pure type without untrusted attributes.</param>
        /// <exception cref="KeyNotFoundException">It takes an input from a node that was not added.</exception>
        public void Add(TaskNode node)
        {
            var level = 0;
            foreach (var source in SourcesOf(node))
            {
                var index = indices[source];
                sources.Add(index);
                level = Math.Max(level, levels[index] + 1);
            }

            sourceEnds.Add(sources.Count);
            levels.Add(level);
            paths.Write(Encoding.UTF8.GetBytes(node.Path.ToString()));
            pathEnds.Add(paths.WrittenCount);
            var body = Body(node);
            bodies.Write(body);
            bodyEnds.Add(bodies.WrittenCount);
            Span<byte> digest = stackalloc byte[DigestSize];
            Digest(body, node, digest);
            definitions.Write(digest);
            branches.Add(node.IsBranch);
            if (!layers.TryGetValue(node.Location.Layer, out var layer)) layers.Add(node.Location.Layer, layer = layers.Count);
            locations.AddRange([layer, node.Location.Line, node.Location.Column]);
            indices.Add(node.Path, indices.Count);
        }

        public CompiledGraph ToGraph()
        {
            // A stable sort, so that the same nodes in the same order give the same bytes.
            var order = Enumerable.Range(0, levels.Count).OrderBy(index => levels[index]).ToArray();
            var places = new int[order.Length];
            for (var i = 0; i < order.Length; i++) places[order[i]] = i;
            var (newPathEnds, newBodyEnds, newSourceEnds) = (new int[order.Length], new int[order.Length], new int[order.Length]);
            return new(
                root, [.. layers.OrderBy(layer => layer.Value).Select(layer => layer.Key)],
                Sort(paths.WrittenSpan, pathEnds, newPathEnds), newPathEnds, Sort(bodies.WrittenSpan, bodyEnds, newBodyEnds), newBodyEnds,
                Sort<int>(sources.Select(source => places[source]).ToArray(), sourceEnds, newSourceEnds), newSourceEnds,
                Pick<int>(CollectionsMarshal.AsSpan(locations), 3), Pick(definitions.WrittenSpan, DigestSize), Pick<bool>(CollectionsMarshal.AsSpan(branches), 1));

            T[] Sort<T>(ReadOnlySpan<T> items, List<int> ends, int[] newEnds)
            {
                var sorted = new T[ends.Count == 0 ? 0 : ends[^1]];
                var at = 0;
                for (var i = 0; i < order.Length; i++)
                {
                    var start = order[i] == 0 ? 0 : ends[order[i] - 1];
                    var slice = items.Slice(start, ends[order[i]] - start);
                    slice.CopyTo(sorted.AsSpan(at));
                    newEnds[i] = at += slice.Length;
                }

                return sorted;
            }

            T[] Pick<T>(ReadOnlySpan<T> items, int size)
            {
                var picked = new T[order.Length * size];
                for (var i = 0; i < order.Length; i++) items.Slice(order[i] * size, size).CopyTo(picked.AsSpan(i * size));
                return picked;
            }
        }
    }
}
