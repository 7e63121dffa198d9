using System.Security.Cryptography;
using TaskBot.Bot.Nodes;
using TaskBot.Engine;
using TaskBot.Engine.Builds;
using TaskBot.Graphs;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;

namespace TaskBot.Builds;

/// <summary>
/// The compiled graph of one task and the log of its last build, in the cache folder: <c>ID.state</c> says what they hold for, and each is
/// checked when it is read. What does not fit any more, or cannot be read, is as if it were not there.
/// </summary>
sealed class BuildFolder
{
    readonly string place;

    BuildFolder(string place, BuildState? state) => (this.place, State) = (place, state);

    /// <summary>What is there; null for nothing of use.</summary>
    public BuildState? State { get; private set; }

    /// <summary>The code whose graphs and results these are: after any change of it nothing is taken from before.</summary>
    public static string Program { get; } = string.Join(
        ' ', new[] { typeof(TaskGraph), typeof(GraphRunner), typeof(NodeTypes), typeof(BuildFolder) }.Select(type => type.Module.ModuleVersionId.ToString("n")));

    /// <param name="cache">The cache folder.</param>
    /// <param name="id">A name for the task and how it was asked for.</param>
    /// <param name="root">The folder that layers are read from now.</param>
    public static BuildFolder Open(string cache, string id, string root)
    {
        var files = Path.Combine(cache, "graphs", id);
        var state = Read($"{files}.state", BuildState.Read);
        return new(files, state?.Program == Program && state.Root == root ? state : null);
    }

    /// <summary>Digest of a file; empty where it is not there.</summary>
    public static string DigestOf(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    static string DigestOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The files that are not as they were; empty where the compiled graph is what composing would give.</summary>
    public IEnumerable<string> ChangedFiles() => State!.Files.Where(file => DigestOf(file.Path) != file.Digest).Select(file => file.Path);

    public CompiledGraph? ReadGraph() => Read($"{place}.graph", CompiledGraph.Read) is { } graph && graph.Id == State?.Graph ? graph : null;

    /// <param name="stamp">The state of the database now: a log of another one is of no use.</param>
    public BuildLog? ReadLog(CompiledGraph graph, string stamp) =>
        State is { LogLength: > 0 } state && state.Stamp == stamp && state.Graph == graph.Id
            ? Read($"{place}.log", bytes => bytes.Length < state.LogLength ? null : BuildLog.Read(bytes.Length == state.LogLength ? bytes : bytes[..state.LogLength], graph)) : null;

    /// <summary>The text of the task file that the graph was composed from; null where it is not known.</summary>
    public byte[]? ReadTaskFile() => State is { HasTaskFile: true } state && Read($"{place}.layer", bytes => bytes) is { } text && DigestOf(text) == state.Files[0].Digest ? text : null;

    /// <summary>Keeps a graph that was just compiled, and the text of its task file where edits of that can be understood.</summary>
    public void Write(CompiledGraph graph, BuildState state)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        Replace("graph", graph.ToBytes());
        var text = state.IsFlat ? Read(state.Files[0].Path, bytes => bytes) : null;
        var hasTaskFile = text is not null && DigestOf(text) == state.Files[0].Digest && LayerLines.AreSeparate(text);
        if (hasTaskFile) Replace("layer", text);
        Write(state with { Graph = graph.Id, Leaves = graph.Leaves, HasTaskFile = hasTaskFile });
    }

    /// <summary>
    /// Keeps what a build of the compiled graph found out: what changed is added to the log. A crash before the state is written leaves a tail
    /// that the state does not speak of, and that the next build writes over.
    /// </summary>
    public void Write(BuildLog log, string stamp, bool isUpToDate)
    {
        var length = State!.LogLength;
        if (length > 0 && log.ToPage() is { } page)
        {
            using var file = new FileStream($"{place}.log", FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0);
            file.SetLength(length);
            file.Position = length;
            file.Write(page);
            length += page.Length;
        }
        else
        {
            var whole = log.ToFile();
            Replace("log", whole);
            length = whole.Length;
        }

        Write(State with { LogLength = length, Stamp = stamp, IsUpToDate = isUpToDate });
    }

    /// <summary>True where the layers only lie above each other: no reference, inherit, specialize, payload or variant could carry a value elsewhere.</summary>
    public static bool IsFlat(Composition composition) => composition.Stage.RootStack.Layers.All(layer => IsFlat(layer.Root));

    static bool IsFlat(PrimSpec root)
    {
        var open = new Stack<PrimSpec>([root]);
        while (open.TryPop(out var spec))
        {
            if (!ReferenceEquals(spec.Arcs, ArcSpecs.None) && spec.Arcs != ArcSpecs.None) return false;
            foreach (var child in spec.Children) open.Push(child);
        }

        return true;
    }

    static T? Read<T>(string path, Func<byte[], T?> read)
        where T : class
    {
        try
        {
            return File.Exists(path) ? read(File.ReadAllBytes(path)) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    void Write(BuildState state)
    {
        Replace("state", state.ToBytes());
        State = state;
    }

    void Replace(string kind, ReadOnlySpan<byte> bytes)
    {
        var half = $"{place}.{kind}.{Environment.ProcessId}";
        File.WriteAllBytes(half, bytes);
        File.Move(half, $"{place}.{kind}", overwrite: true);
    }
}
