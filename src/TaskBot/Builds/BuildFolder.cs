using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.Bot.Nodes;
using TaskBot.Engine;
using TaskBot.Engine.Builds;
using TaskBot.Graphs;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;

namespace TaskBot.Builds;

/// <summary>A file that a graph was composed from, by its path, and the SHA-256 of what it held; empty where it was not there.</summary>
sealed record ComposedFile(string Path, string Digest);

/// <summary>What is known of a task that was compiled.</summary>
/// <param name="Program">The versions of the code that composed it and runs it.</param>
/// <param name="Root">The folder that its layers were read from.</param>
/// <param name="Files">Every file that went in, the task file first.</param>
/// <param name="IsFlat">True where its layers are nothing but layers above each other, so that a value in the strongest one reaches one node alone.</param>
/// <param name="TaskFile">The text of the task file, where it is small and lies over others.</param>
/// <param name="Graph">Digest of the compiled graph's file.</param>
/// <param name="Leaves">How many leaves it has.</param>
/// <param name="Log">Digest of the log's file; null where there is none.</param>
/// <param name="Stamp">The state of the database that the log holds for.</param>
/// <param name="IsUpToDate">True where every leaf had its result then.</param>
sealed record BuildState(
    string Program, string Root, ImmutableArray<ComposedFile> Files, bool IsFlat, string? TaskFile, string Graph, int Leaves, string? Log = null, string? Stamp = null, bool IsUpToDate = false);

[JsonSerializable(typeof(BuildState))]
sealed partial class BuildStateJsonContext : JsonSerializerContext;

/// <summary>
/// The compiled graph of one task and the log of its last build, in the cache folder: <c>ID.json</c> says what they hold for, and each is
/// checked by its digest when it is read. What does not fit any more, or cannot be read, is as if it were not there.
/// </summary>
sealed class BuildFolder
{
    /// <summary>Task files above this are composed again after an edit.</summary>
    const int LargestTaskFile = 256 * 1024;

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
        try
        {
            using var file = File.OpenRead($"{files}.json");
            var state = JsonSerializer.Deserialize(file, BuildStateJsonContext.Default.BuildState);
            return new(files, state is not null && state.Program == Program && state.Root == root ? state : null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return new(files, state: null);
        }
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

    /// <summary>The files that are not as they were; empty where the compiled graph is what composing would give.</summary>
    public IEnumerable<string> ChangedFiles() => State!.Files.Where(file => DigestOf(file.Path) != file.Digest).Select(file => file.Path);

    public CompiledGraph? ReadGraph() => Read(State?.Graph, "graph", CompiledGraph.Read);

    /// <param name="stamp">The state of the database now: a log of another one is of no use.</param>
    public BuildLog? ReadLog(CompiledGraph graph, string stamp) => State?.Stamp == stamp ? Read(State.Log, "log", bytes => BuildLog.Read(bytes, graph)) : null;

    /// <summary>Keeps a graph that was just compiled.</summary>
    public void Write(CompiledGraph graph, BuildState state)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        var bytes = graph.ToBytes();
        Replace("graph", bytes);
        Write(state with { Graph = Convert.ToHexStringLower(SHA256.HashData(bytes)), Leaves = graph.Leaves });
    }

    /// <summary>Keeps what a build of the compiled graph found out.</summary>
    public void Write(BuildLog log, string stamp, bool isUpToDate)
    {
        var bytes = log.ToBytes();
        Replace("log", bytes);
        Write(State! with { Log = Convert.ToHexStringLower(SHA256.HashData(bytes)), Stamp = stamp, IsUpToDate = isUpToDate });
    }

    /// <summary>True where the layers only lie above each other: no reference, inherit, specialize, payload or variant could carry a value elsewhere.</summary>
    public static bool IsFlat(Composition composition) => composition.Stage.RootStack.Layers.All(layer => IsFlat(layer.Root));

    public static string? SmallText(string path) => new FileInfo(path).Length <= LargestTaskFile ? File.ReadAllText(path) : null;

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

    T? Read<T>(string? digest, string kind, Func<byte[], T> read)
        where T : class
    {
        if (digest is null) return null;
        try
        {
            var bytes = File.ReadAllBytes($"{place}.{kind}");
            return Convert.ToHexStringLower(SHA256.HashData(bytes)) == digest ? read(bytes) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    void Write(BuildState state)
    {
        Replace("json", JsonSerializer.SerializeToUtf8Bytes(state, BuildStateJsonContext.Default.BuildState));
        State = state;
    }

    void Replace(string kind, byte[] bytes)
    {
        var half = $"{place}.{kind}.{Environment.ProcessId}";
        File.WriteAllBytes(half, bytes);
        File.Move(half, $"{place}.{kind}", overwrite: true);
    }
}
