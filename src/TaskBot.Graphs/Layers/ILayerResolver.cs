namespace TaskBot.Graphs.Layers;

/// <summary>Finds the layer that an asset path means. Synchronous and offline: what is remote was locked and fetched before.</summary>
public interface ILayerResolver
{
    /// <param name="assetPath">As a layer wrote it: <c>./x.task.yml</c>, <c>taskbot:core/fix-bug</c>, <c>owner/repo/path@ref</c>.</param>
    /// <param name="anchor">The identifier of the layer that wrote it; null for the first layer.</param>
    LayerResolution Resolve(string assetPath, string? anchor);
}

/// <summary>Why an asset path leads to no layer.</summary>
/// <param name="Kind">A stable word for programs, such as <c>missing-layer</c>.</param>
public sealed record ResolutionError(string Kind, string Message, string? Fix = null);

/// <summary>What an asset path leads to.</summary>
/// <param name="Identifier">The layer's identity: two paths that resolve to one identifier mean one layer (rule R4).</param>
/// <param name="Text">The layer's text; null where there is an error, or where <see cref="Layer"/> is given.</param>
/// <param name="Error">Why there is no text.</param>
/// <param name="IsTrusted">False where people without write access had a hand in the text.</param>
public sealed record LayerResolution(string Identifier, string? Text, ResolutionError? Error = null, bool IsTrusted = true)
{
    /// <summary>The layer itself, where it is already read.</summary>
    public TaskLayer? Layer { get; init; }

    public static LayerResolution Failed(string identifier, string kind, string message, string? fix = null) => new(identifier, Text: null, new(kind, message, fix));
}
