namespace TaskBot.Engine.Keys;

/// <summary>
/// SHA-256, lower-case hex, over exactly what a node's result is a function of: type and version, relevant attributes, input digests,
/// declared environment.
/// </summary>
public readonly record struct NodeKey(string Value)
{
    public override string ToString() => Value;
}
