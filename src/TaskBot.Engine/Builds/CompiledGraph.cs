using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using TaskBot.Engine.Keys;
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

    const int FormatVersion = 2;

    /// <summary>Version, checksum of all after it, id, and the length of each section.</summary>
    const int HeadSize = (2 * sizeof(int)) + SHA256.HashSizeInBytes + ((int)Section.Count * sizeof(int));

    readonly byte[] bytes;
    readonly int[] starts = new int[(int)Section.Count + 1];
    readonly string[] layers;

    /// <summary>What nodes say that say something else than what was compiled, as a layer above sets values of theirs.</summary>
    readonly Dictionary<int, byte[]> changed = [];

    CompiledGraph(byte[] bytes)
    {
        this.bytes = bytes;
        starts[0] = HeadSize;
        for (var section = 0; section < (int)Section.Count; section++)
            starts[section + 1] = checked(starts[section] + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(HeadSize - (((int)Section.Count - section) * sizeof(int)))));
        if (starts[^1] != bytes.Length) throw new InvalidDataException("The compiled graph is damaged.");
        using var reader = new BinaryReader(new MemoryStream(bytes, HeadSize, starts[1] - HeadSize), Encoding.UTF8);
        Root = NodePath.Parse(reader.ReadString());
        layers = new string[reader.ReadInt32()];
        for (var i = 0; i < layers.Length; i++) layers[i] = reader.ReadString();
    }

    CompiledGraph(CompiledGraph other, int index, byte[] body)
    {
        (bytes, starts, layers, Root) = (other.bytes, other.starts, other.layers, other.Root);
        changed = new(other.changed) { [index] = body };
    }

    /// <summary>What a compiled graph consists of, in the order of the file. Ends are where the entry of a node ends in another section.</summary>
    enum Section
    {
        Names,
        Paths,
        PathEnds,
        Sources,
        SourceEnds,
        Definitions,
        Branches,

        /// <summary>Layer, line and column of each node.</summary>
        Locations,
        Bodies,
        BodyEnds,
        Count,
    }

    /// <summary>The task that was asked for.</summary>
    public NodePath Root { get; }

    /// <summary>SHA-256 of all that was compiled, lower-case hex.</summary>
    public string Id => Convert.ToHexStringLower(bytes.AsSpan(2 * sizeof(int), SHA256.HashSizeInBytes));

    /// <summary>Nodes, branches included.</summary>
    public int Count => Bytes(Section.Branches).Length;

    /// <summary>Leaves.</summary>
    public int Leaves => Bytes(Section.Branches).Count((byte)0);

    /// <summary>
    /// Compiles a graph. Null where some node is more than a pure function of what it is connected to, or waits for a branch as a whole: such
    /// graphs are run as they are. Also null where the graph cannot run; running it says why.
    /// </summary>
    public static CompiledGraph? Compile(TaskGraph graph, IEnumerable<INodeType> types)
    {
        var known = types.ToDictionary(type => type.Schema.Name, StringComparer.Ordinal);
        foreach (var node in graph.Nodes.Values)
            if (!IsPlain(node, known)) return null;
        var plan = GraphPlan.Build(graph, known);
        if (plan.Problems.Length > 0) return null;

        // Sources of node after node, and how many have used each; then who uses each, in the order of the sources.
        var sources = new List<int>(plan.Count);
        var sourceEnds = new int[plan.Count];
        var userEnds = new int[plan.Count];
        for (var i = 0; i < plan.Count; i++)
        {
            var node = plan.Node(i);
            foreach (var need in node.Needs)
            {
                sources.Add(plan.IndexOf(need));
                if (plan.Node(sources[^1]).IsBranch) return null;
            }

            foreach (var (_, outputs) in node.Inputs)
                foreach (var output in outputs) sources.Add(plan.IndexOf(output.Node));
            sourceEnds[i] = sources.Count;
        }

        var all = CollectionsMarshal.AsSpan(sources);
        foreach (var source in all) userEnds[source]++;
        for (var (i, start) = (0, 0); i < userEnds.Length; i++) (userEnds[i], start) = (start, start + userEnds[i]);
        var users = new int[sources.Count];
        for (var (i, at) = (0, 0); i < plan.Count; i++)
            for (; at < sourceEnds[i]; at++) users[userEnds[sources[at]]++] = i;

        var builder = new Builder(graph.Root, plan.Count);
        var missing = new int[plan.Count];
        var ready = new Queue<int>();
        for (var i = 0; i < plan.Count; i++)
        {
            missing[i] = sourceEnds[i] - StartOf(sourceEnds, i);
            if (missing[i] == 0) ready.Enqueue(i);
        }

        var numbers = new int[plan.Count];
        using var said = new MemoryStream();
        using var writer = new BinaryWriter(said, Encoding.UTF8);
        while (ready.TryDequeue(out var i))
        {
            numbers[i] = builder.Count;
            var own = all[StartOf(sourceEnds, i)..sourceEnds[i]];
            foreach (ref var source in own) source = numbers[source];
            builder.Add(plan.Node(i), own, said, writer);
            foreach (var user in users.AsSpan(StartOf(userEnds, i)..userEnds[i]))
                if (--missing[user] == 0) ready.Enqueue(user);
        }

        return builder.ToGraph();

        static int StartOf(int[] ends, int index) => index == 0 ? 0 : ends[index - 1];
    }

    /// <param name="bytes">The file, which the graph takes over.</param>
    /// <exception cref="InvalidDataException">These are no bytes of a compiled graph, or of another version of it.</exception>
    public static CompiledGraph Read(byte[] bytes)
    {
        if (bytes.Length < HeadSize || BinaryPrimitives.ReadInt32LittleEndian(bytes) != FormatVersion) throw new InvalidDataException("The compiled graph is of another version.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(sizeof(int))) != Checksum.Of(bytes.AsSpan(2 * sizeof(int)))) throw new InvalidDataException("The compiled graph is damaged.");
        return new(bytes);
    }

    /// <summary>What <see cref="Read(byte[])"/> reads; without what <see cref="With"/> changed.</summary>
    public ReadOnlySpan<byte> ToBytes() => bytes;

    /// <summary>The same graph where a node says another value.</summary>
    /// <param name="attribute">One of those that its type declares.</param>
    /// <exception cref="ArgumentException">The attribute says how nodes of any type are run: what such may say is found out by composing.</exception>
    public CompiledGraph With(int index, string attribute, TaskValue value)
    {
        foreach (var common in NodeTypeSchema.Common)
            if (common.Name == attribute) throw new ArgumentException($"'{attribute}' says how a node is run.", nameof(attribute));
        return new(this, index, BodyWith(BodyBytes(index), attribute, value));
    }

    /// <summary>The name of a node's type.</summary>
    public string TypeOf(int index) => new GraphBytes(BodyBytes(index), names: null).ReadName();

    /// <summary>The number of a node; null where there is no such node.</summary>
    public int? IndexOf(NodePath path)
    {
        ReadOnlySpan<byte> sought = Encoding.UTF8.GetBytes(path.ToString());
        var paths = Bytes(Section.Paths);
        var ends = Ints(Section.PathEnds);
        for (var (i, start) = (0, 0); i < ends.Length; start = ends[i++])
            if (ends[i] - start == sought.Length && paths.Slice(start, sought.Length).SequenceEqual(sought)) return i;
        return null;
    }

    /// <summary>Numbers of sources of all nodes, one node after the other.</summary>
    internal ReadOnlySpan<int> AllSources => Ints(Section.Sources);

    /// <summary>Where the sources of each node end in <see cref="AllSources"/>.</summary>
    internal ReadOnlySpan<int> SourceEnds => Ints(Section.SourceEnds);

    /// <summary>The digest of what each node said when it was compiled.</summary>
    internal ReadOnlySpan<byte> CompiledDefinitions => Bytes(Section.Definitions);

    internal ReadOnlySpan<int> Sources(int index) => Ints(Section.Sources)[RangeOf(Section.SourceEnds, index)];

    internal bool IsBranch(int index) => Bytes(Section.Branches)[index] != 0;

    /// <summary>The first branch from a number on; -1 for none.</summary>
    internal int NextBranch(int from) => Bytes(Section.Branches)[from..].IndexOfAnyExcept((byte)0) is >= 0 and var more ? from + more : -1;

    /// <summary>The path of a node by its number.</summary>
    public NodePath PathOf(int index) => NodePath.Parse(Encoding.UTF8.GetString(PathBytes(index)));

    /// <summary>The number of each node by its path.</summary>
    internal Dictionary<string, int> Places()
    {
        var places = new Dictionary<string, int>(Count, StringComparer.Ordinal);
        for (var i = 0; i < Count; i++) places.Add(Encoding.UTF8.GetString(PathBytes(i)), i);
        return places;
    }

    /// <summary>The path of a node in UTF-8.</summary>
    internal ReadOnlySpan<byte> PathBytes(int index) => Bytes(Section.Paths)[RangeOf(Section.PathEnds, index)];

    /// <summary>The numbers of nodes that say something else than what was compiled.</summary>
    internal IReadOnlyCollection<int> Changed => changed.Keys;

    /// <summary>A node by its number, from 0 to <see cref="Count"/>; made anew each time.</summary>
    public TaskNode Node(int index)
    {
        var body = new GraphBytes(BodyBytes(index), names: null);
        var sources = Sources(index);
        var type = body.ReadName();
        var attributes = NoAttributes;
        for (var i = body.ReadCount(); i > 0; i--) attributes = attributes.Add(body.ReadName(), ValueBytes.Read(ref body));
        var source = 0;
        var needs = new NodePath[body.ReadCount()];
        for (var i = 0; i < needs.Length; i++) needs[i] = PathOf(sources[source++]);
        var inputs = NoInputs;
        for (var i = body.ReadCount(); i > 0; i--)
        {
            var name = body.ReadName();
            var outputs = new OutputPath[body.ReadCount()];
            for (var k = 0; k < outputs.Length; k++) outputs[k] = new(PathOf(sources[source++]), body.ReadName());
            inputs = inputs.Add(name, ImmutableCollectionsMarshal.AsImmutableArray(outputs));
        }

        var at = Ints(Section.Locations).Slice(3 * index, 3);
        return new(
            PathOf(index), type, attributes, ImmutableCollectionsMarshal.AsImmutableArray(needs), inputs, ImmutableSortedSet<string>.Empty,
            new(layers[at[0]], at[1], at[2]));
    }

    /// <summary>What a node says, as <see cref="BuildNode"/> reads it.</summary>
    internal ReadOnlySpan<byte> BodyBytes(int index) =>
        changed.Count > 0 && changed.TryGetValue(index, out var other) ? other : Bytes(Section.Bodies)[RangeOf(Section.BodyEnds, index)];

    /// <summary>Digest of all that a node says and of whom it takes its inputs from.</summary>
    internal void CopyDefinition(int index, Span<byte> digest)
    {
        if (!changed.TryGetValue(index, out var body))
        {
            Definition(index).CopyTo(digest);
            return;
        }

        var said = new ArrayBufferWriter<byte>();
        said.Write(body);
        foreach (var source in Sources(index))
        {
            said.Write(PathBytes(source));
            said.Write("\n"u8);
        }

        Digest(said.WrittenSpan, digest);
    }

    internal bool HasDefinition(int index, ReadOnlySpan<byte> digest)
    {
        if (changed.Count == 0 || !changed.ContainsKey(index)) return Definition(index).SequenceEqual(digest);
        Span<byte> own = stackalloc byte[DigestSize];
        CopyDefinition(index, own);
        return own.SequenceEqual(digest);
    }

    ReadOnlySpan<byte> Definition(int index) => Bytes(Section.Definitions).Slice(index * DigestSize, DigestSize);

    static ImmutableSortedDictionary<string, TaskValue> NoAttributes { get; } = ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal);

    static ImmutableSortedDictionary<string, ImmutableArray<OutputPath>> NoInputs { get; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);

    ReadOnlySpan<byte> Bytes(Section section) => bytes.AsSpan(starts[(int)section]..starts[(int)section + 1]);

    ReadOnlySpan<int> Ints(Section section) => MemoryMarshal.Cast<byte, int>(Bytes(section));

    /// <summary>Where the entry of a node stands.</summary>
    Range RangeOf(Section ends, int index)
    {
        var all = Ints(ends);
        return (index == 0 ? 0 : all[index - 1])..all[index];
    }

    /// <summary>In the order of the body: needs, then the inputs' connections.</summary>
    static List<NodePath> SourcesOf(TaskNode node)
    {
        var sources = new List<NodePath>();
        foreach (var need in node.Needs) sources.Add(need);
        foreach (var (_, outputs) in node.Inputs)
            foreach (var output in outputs) sources.Add(output.Node);
        return sources;
    }

    /// <summary>Attributes that say how a node is run, and that whoever runs nodes as functions does not look at.</summary>
    static readonly FrozenSet<string> RunnersWords =
        NodeTypeSchema.Common.Select(attribute => attribute.Name).Except(["title", "timeoutMinutes", "retries"], StringComparer.Ordinal).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True where the node is nothing but a function of its attributes and inputs, so that only a change of these matters.</summary>
    static bool IsPlain(TaskNode node, Dictionary<string, INodeType> types)
    {
        if (!node.UntrustedAttributes.IsEmpty || node.IsControlled) return false;
        foreach (var (name, _) in node.Attributes)
            if (RunnersWords.Contains(name)) return false;
        return node.IsBranch ? node.Needs.IsEmpty : types.TryGetValue(node.Type, out var type) && type is IPureNodeType { Schema.IsEffect: false };
    }

    static byte[] BodyWith(ReadOnlySpan<byte> body, string attribute, TaskValue value)
    {
        var read = new GraphBytes(body, names: null);
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(read.ReadName());
        var attributes = new SortedList<string, TaskValue>(StringComparer.Ordinal);
        for (var i = read.ReadCount(); i > 0; i--) attributes.Add(read.ReadName(), ValueBytes.Read(ref read));
        attributes[attribute] = value;
        WriteAttributes(writer, attributes);
        writer.Write(read.Rest);
        return stream.ToArray();
    }

    static void WriteBody(BinaryWriter writer, TaskNode node)
    {
        writer.Write(node.Type);
        WriteAttributes(writer, node.Attributes);
        writer.Write7BitEncodedInt(node.Needs.Length);
        writer.Write7BitEncodedInt(node.Inputs.Count);
        foreach (var (name, outputs) in node.Inputs)
        {
            writer.Write(name);
            writer.Write7BitEncodedInt(outputs.Length);
            foreach (var output in outputs) writer.Write(output.Name);
        }
    }

    /// <param name="attributes">In the order of names.</param>
    static void WriteAttributes(BinaryWriter writer, IReadOnlyCollection<KeyValuePair<string, TaskValue>> attributes)
    {
        writer.Write7BitEncodedInt(attributes.Count);
        foreach (var (name, value) in attributes)
        {
            writer.Write(name);
            ValueBytes.Write(writer, value);
        }
    }

    /// <param name="said">What a node says, then the path of each of its sources, a line for each.</param>
    static void Digest(ReadOnlySpan<byte> said, Span<byte> digest)
    {
        Span<byte> whole = stackalloc byte[Sha256Digest.Size];
        Sha256Digest.Of(said).CopyTo(whole);
        whole[..DigestSize].CopyTo(digest);
    }

    /// <summary>Compiles node after node; what a node takes its inputs from is added before it. Not safe for concurrent use.</summary>
    /// <param name="root">The task that was asked for.</param>
    /// <param name="capacity">About how many nodes there will be.</param>
    public sealed class Builder(NodePath root, int capacity = 0)
    {
        /// <summary>What most nodes need for their path and for what they say.</summary>
        const int BytesOfPath = 16, BytesOfBody = 64;

        readonly Dictionary<NodePath, int> indices = [];
        readonly Dictionary<string, int> layers = new(StringComparer.Ordinal);
        readonly ArrayBufferWriter<byte> paths = new((capacity * BytesOfPath) + 1), bodies = new((capacity * BytesOfBody) + 1), definitions = new((capacity * DigestSize) + 1);
        readonly List<int> pathEnds = new(capacity), bodyEnds = new(capacity), sources = new(capacity), sourceEnds = new(capacity), locations = new(3 * capacity), levels = new(capacity);
        readonly List<bool> branches = new(capacity);

        internal int Count => levels.Count;

        /// <param name="node">A branch, or a leaf of a pure type without untrusted attributes.</param>
        /// <exception cref="KeyNotFoundException">It takes an input from a node that was not added.</exception>
        public void Add(TaskNode node)
        {
            int[] own = [.. SourcesOf(node).Select(source => indices[source])];
            indices.Add(node.Path, Count);
            using var said = new MemoryStream();
            using var writer = new BinaryWriter(said, Encoding.UTF8);
            Add(node, own, said, writer);
        }

        /// <param name="own">The nodes that it takes its inputs from, by how many were added before each.</param>
        /// <param name="said">Takes what the node says and then the paths of its sources, which its digest is taken of.</param>
        /// <param name="writer">Writes there.</param>
        internal void Add(TaskNode node, ReadOnlySpan<int> own, MemoryStream said, BinaryWriter writer)
        {
            var level = 0;
            foreach (var source in own) level = Math.Max(level, levels[source] + 1);
            levels.Add(level);
            sources.AddRange(own);
            sourceEnds.Add(sources.Count);
            Encoding.UTF8.GetBytes(node.Path.ToString(), paths);
            pathEnds.Add(paths.WrittenCount);

            said.SetLength(0);
            WriteBody(writer, node);
            bodies.Write(said.GetBuffer().AsSpan(0, (int)said.Length));
            bodyEnds.Add(bodies.WrittenCount);
            foreach (var source in own)
            {
                said.Write(paths.WrittenSpan[(source == 0 ? 0 : pathEnds[source - 1])..pathEnds[source]]);
                said.WriteByte((byte)'\n');
            }

            Digest(said.GetBuffer().AsSpan(0, (int)said.Length), definitions.GetSpan(DigestSize));
            definitions.Advance(DigestSize);
            branches.Add(node.IsBranch);
            if (!layers.TryGetValue(node.Location.Layer, out var layer)) layers.Add(node.Location.Layer, layer = layers.Count);
            locations.AddRange([layer, node.Location.Line, node.Location.Column]);
        }

        public CompiledGraph ToGraph()
        {
            // A stable sort, so that the same nodes in the same order give the same bytes.
            var order = Enumerable.Range(0, levels.Count).OrderBy(index => levels[index]).ToArray();
            var places = new int[order.Length];
            for (var i = 0; i < order.Length; i++) places[order[i]] = i;
            var names = Names();
            var bytes = new byte[HeadSize + names.Length + paths.WrittenCount + bodies.WrittenCount + definitions.WrittenCount + (sizeof(int) * (sources.Count + locations.Count + (3 * Count))) + Count];
            using var content = new MemoryStream(bytes) { Position = HeadSize };
            Span<int> lengths = stackalloc int[(int)Section.Count];
            for (var section = 0; section < (int)Section.Count; section++)
            {
                var start = (int)content.Position;
                Write(content, (Section)section, names, order, places);
                lengths[section] = (int)content.Position - start;
            }

            BinaryPrimitives.WriteInt32LittleEndian(bytes, FormatVersion);
            MemoryMarshal.AsBytes(lengths).CopyTo(bytes.AsSpan(HeadSize - (lengths.Length * sizeof(int))));
            SHA256.HashData(bytes.AsSpan(HeadSize), bytes.AsSpan(2 * sizeof(int), SHA256.HashSizeInBytes));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(sizeof(int)), Checksum.Of(bytes.AsSpan(2 * sizeof(int))));
            return new(bytes);
        }

        byte[] Names()
        {
            using var stream = new MemoryStream();
            using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
            {
                writer.Write(root.ToString());
                writer.Write(layers.Count);
                foreach (var (layer, _) in layers.OrderBy(layer => layer.Value)) writer.Write(layer);
            }

            return stream.ToArray();
        }

        void Write(MemoryStream stream, Section section, byte[] names, int[] order, int[] places)
        {
            switch (section)
            {
                case Section.Names: stream.Write(names); break;
                case Section.Paths: Pick(stream, paths.WrittenSpan, pathEnds, order); break;
                case Section.PathEnds: PickEnds(stream, pathEnds, order); break;
                case Section.Sources: Pick(stream, MemoryMarshal.AsBytes(sources.Select(source => places[source]).ToArray().AsSpan()), sourceEnds, order, sizeof(int)); break;
                case Section.SourceEnds: PickEnds(stream, sourceEnds, order); break;
                case Section.Definitions: Pick(stream, definitions.WrittenSpan, DigestSize, order); break;
                case Section.Branches: Pick(stream, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(branches)), sizeof(bool), order); break;
                case Section.Locations: Pick(stream, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(locations)), 3 * sizeof(int), order); break;
                case Section.Bodies: Pick(stream, bodies.WrittenSpan, bodyEnds, order); break;
                case Section.BodyEnds: PickEnds(stream, bodyEnds, order); break;
            }
        }

        static void Pick(MemoryStream stream, ReadOnlySpan<byte> items, int size, int[] order)
        {
            foreach (var index in order) stream.Write(items.Slice(index * size, size));
        }

        static void Pick(MemoryStream stream, ReadOnlySpan<byte> items, List<int> ends, int[] order, int size = 1)
        {
            foreach (var index in order) stream.Write(items[(size * (index == 0 ? 0 : ends[index - 1]))..(size * ends[index])]);
        }

        static void PickEnds(MemoryStream stream, List<int> ends, int[] order)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            var end = 0;
            foreach (var index in order)
            {
                end += ends[index] - (index == 0 ? 0 : ends[index - 1]);
                BinaryPrimitives.WriteInt32LittleEndian(bytes, end);
                stream.Write(bytes);
            }
        }
    }
}
