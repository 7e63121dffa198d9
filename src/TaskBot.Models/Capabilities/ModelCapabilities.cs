namespace TaskBot.Models.Capabilities;

/// <summary>What a model can take. Null means not known: it is then asked, and may say no.</summary>
public sealed record ModelCapabilities
{
    /// <summary>Input and output together, in tokens.</summary>
    public long? ContextTokens { get; init; }

    public bool? Tools { get; init; }

    public bool? Images { get; init; }

    /// <summary>What it answers with; null is text.</summary>
    public OutputKind? Output { get; init; }

    /// <summary>The same, with what the other knows first.</summary>
    public ModelCapabilities Under(ModelCapabilities stronger) => new()
    {
        ContextTokens = stronger.ContextTokens ?? ContextTokens,
        Tools = stronger.Tools ?? Tools,
        Images = stronger.Images ?? Images,
        Output = stronger.Output ?? Output,
    };
}

/// <summary>What is configured about a model; see <see cref="ModelCapabilities"/>.</summary>
public sealed class CapabilityOptions
{
    public long? ContextTokens { get; set; }

    public bool? Tools { get; set; }

    public bool? Images { get; set; }

    /// <summary>What it answers with: Text, Image, Speech or Embedding.</summary>
    public OutputKind? Output { get; set; }

    internal ModelCapabilities ToCapabilities() => new() { ContextTokens = ContextTokens, Tools = Tools, Images = Images, Output = Output };
}
