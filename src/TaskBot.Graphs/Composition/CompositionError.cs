using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Problems;

namespace TaskBot.Graphs.Composition;

/// <summary>What can go wrong while layers compose. Names are those of OpenUSD, so that its expectations can be compared.</summary>
public enum CompositionErrorKind
{
    /// <summary>A sublayer that is already on the way from the root of the stack (rule R2).</summary>
    SublayerCycle,

    /// <summary>A sublayer that cannot be had (rule R2).</summary>
    InvalidSublayerPath,

    /// <summary>A sublayer's time scale without an inverse; none is used instead.</summary>
    InvalidSublayerOffset,

    /// <summary>A reference or payload to a layer that cannot be had (rule R17).</summary>
    InvalidAssetPath,

    /// <summary>A reference or payload to a prim that is not there, or to a default that is not named (rules R9, R17).</summary>
    UnresolvedPrimPath,

    /// <summary>An arc to something that is no absolute prim path (rule R9).</summary>
    InvalidPrimPath,

    /// <summary>A time scale without an inverse; none is used instead (rule R17).</summary>
    InvalidReferenceOffset,

    /// <summary>An arc to an ancestor or descendant of a site on its way (rule R15).</summary>
    ArcCycle,

    /// <summary>A target outside the reach of the arc that brought it (rule R23).</summary>
    InvalidExternalTargetPath,

    /// <summary>A target authored in a class that points at an instance of that class (rule R23).</summary>
    InvalidInstanceTargetPath,

    /// <summary>More arcs than <see cref="PrimIndexer.MaxNodes"/> or deeper than <see cref="PrimIndexer.MaxArcDepth"/>.</summary>
    CapacityExceeded,
}

/// <summary>One composition error; it never stops the rest (rule R17).</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Prim">The prim of the composed namespace that was being composed.</param>
/// <param name="Location">Where the cause is written.</param>
/// <param name="Message">A full sentence.</param>
/// <param name="Fix">What to write instead, where known.</param>
public sealed record CompositionError(CompositionErrorKind Kind, SpecPath Prim, SourceLocation Location, string Message, string? Fix = null);
