namespace TaskBot.Models.Providers;

/// <summary>
/// A provider of models. An OpenAI-compatible one needs three lines of configuration: its name, <see cref="BaseUrl"/> and <see cref="KeyVariable"/>.
/// </summary>
public sealed class ProviderOptions
{
    public ProviderKind Kind { get; set; }

    /// <summary>Up to and including the version: <c>https://api.openai.com/v1</c>.</summary>
    public Uri? BaseUrl { get; set; }

    /// <summary>An environment variable that replaces <see cref="BaseUrl"/>; where it does, no key is required.</summary>
    public string? BaseUrlVariable { get; set; }

    /// <summary>The environment variable that holds the key; null for servers that want none. Keys are not written into configuration.</summary>
    public string? KeyVariable { get; set; }

    /// <summary>More places or keys that the same models are asked at; requests go where the fewest are under way.</summary>
    public IList<EndpointOptions> Endpoints { get; } = [];

    /// <summary>
    /// True: nothing that this provider does costs money. False: its models need a price. Not given: on a loopback address a model whose price
    /// is not known is free, elsewhere it needs a price.
    /// </summary>
    public bool? Free { get; set; }

    /// <summary>For servers that want <c>max_tokens</c>.</summary>
    public OutputLimitField OutputLimitField { get; set; }

    /// <summary>False for servers that reject <c>response_format</c>.</summary>
    public bool SupportsJsonSchema { get; set; } = true;

    /// <summary>False for servers that cannot stream; only the total timeout then counts.</summary>
    public bool SupportsStreaming { get; set; } = true;

    /// <summary>The file of replies, for <see cref="ProviderKind.Scripted"/>.</summary>
    public string? File { get; set; }
}
