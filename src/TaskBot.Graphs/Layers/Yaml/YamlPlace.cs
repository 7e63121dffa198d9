namespace TaskBot.Graphs.Layers.Yaml;

/// <summary>
/// What a mapping of a document stands for to whoever reads the document part by part. A part is handed over as soon as it is complete, and what it
/// was read to takes its place, so that a long document is never held as nodes. Parts that an alias could repeat elsewhere are not handed over.
/// </summary>
abstract class YamlPlace
{
    /// <summary>What a mapping under this key stands for; null where it is only part of this one.</summary>
    public abstract YamlPlace? Below(YamlScalar key);

    /// <summary>Takes over the mapping, now that it is complete.</summary>
    public virtual YamlNode Complete(YamlMapping mapping) => mapping;
}
