using System.Collections.Immutable;
using System.Text.Json;
using TaskBot.Bot.Sealing;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Dispatches;

/// <summary>
/// What a job made, as data: how each node ended, the trees as changes of the base's files, and the results to be found again by the next job. It says
/// nothing of what is to be done with that: whoever opens it decides.
/// </summary>
/// <param name="Dispatch">The dispatch that it is for.</param>
/// <param name="Nodes">The leaves that ended.</param>
public sealed record SealedWork(string Dispatch, ImmutableArray<SealedNode> Nodes)
{
    public ImmutableArray<SealedTree> Trees { get; init; } = [];

    public ImmutableArray<SealedOutputs> Results { get; init; } = [];

    /// <summary>Why there is nothing else in it: what kept the job from working at all; null where it worked.</summary>
    public string? Failure { get; init; }

    /// <summary>What is wrong with it as it stands, all at once; empty where nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (Nodes.IsDefault || Trees.IsDefault || Results.IsDefault || Trees.Any(tree => tree.Files.IsDefault))
        {
            yield return "A list is missing.";
            yield break;
        }

        foreach (var path in Nodes.GroupBy(node => node.Path).Where(group => group.Count() > 1).Select(group => group.Key)) yield return $"The node {path} stands in it twice.";
        foreach (var node in Nodes.Where(node => !NodePath.TryParse(node.Path, out _))) yield return $"'{node.Path}' is no path of a node.";
        foreach (var node in Nodes.Where(node => node.State is NodeState.Waiting or NodeState.Ready or NodeState.Running or NodeState.Cancelled)) yield return $"The node {node.Path} has not ended.";
    }
}

/// <summary>How a leaf ended.</summary>
/// <param name="Path">Such as <c>/task/implement</c>.</param>
/// <param name="Why">In one sentence.</param>
public sealed record SealedNode(string Path, NodeState State, string Why)
{
    /// <summary>What it gave by name; of a node that failed, what it left for whoever tries again.</summary>
    public ImmutableSortedDictionary<string, JsonElement> Values { get; init; } = ImmutableSortedDictionary<string, JsonElement>.Empty;

    /// <summary>The layer that it wrote.</summary>
    public string? Layer { get; init; }

    /// <summary>True where something that it gave comes from outside.</summary>
    public bool IsFromOutside { get; init; }

    public bool IsTimeout { get; init; }
}

/// <summary>A tree, as what differs from the run's base.</summary>
/// <param name="Id">Its id: what is made of the changes has to have the same.</param>
public sealed record SealedTree(string Id, ImmutableArray<SealedFile> Files);

/// <summary>A result as caches keep it.</summary>
/// <param name="Payload">As <see cref="ResultPayload"/> writes it.</param>
public sealed record SealedOutputs(string Key, DateTimeOffset StoredAt, JsonElement Payload)
{
    public static SealedOutputs Of(NodeOutputs result)
    {
        using var document = JsonDocument.Parse(ResultPayload.Write(result));
        return new(result.Key.Value, result.StoredAt, document.RootElement.Clone());
    }

    /// <exception cref="JsonException">It is none.</exception>
    public NodeOutputs Open() => ResultPayload.Read(new NodeKey(Key), JsonSerializer.SerializeToUtf8Bytes(Payload, DispatchJsonContext.Default.JsonElement), StoredAt);
}
