namespace TaskBot.Graphs.Composition;

/// <summary>How one site leads to another, strongest first (rule R5). Specializes are weakest of all, wherever they stand (rule R13).</summary>
public enum ArcType
{
    /// <summary>The prim itself: local opinions.</summary>
    Root,
    Inherit,
    Variant,
    Reference,
    Payload,
    Specialize,
}

static class ArcTypeExtensions
{
    /// <summary>Inherits and specializes are looked up in every layer stack that led to them (rule R11).</summary>
    public static bool IsClassBased(this ArcType arc) => arc is ArcType.Inherit or ArcType.Specialize;
}
