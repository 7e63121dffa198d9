namespace TaskBot.Models.Providers;

/// <summary>A server that speaks Anthropic's Messages protocol.</summary>
/// <param name="BaseUrl">Without the version, such as <c>https://api.anthropic.com</c>.</param>
/// <param name="ApiKey">Sent as <c>x-api-key</c>; null for servers that want none.</param>
public sealed record AnthropicEndpoint(Uri BaseUrl, string? ApiKey)
{
    /// <summary>The server understands <c>output_config</c> with a schema; without it the schema is left to the prompt.</summary>
    public bool SupportsJsonSchema { get; init; } = true;

    /// <summary>Is told of every response, before its body is read; null where nobody listens.</summary>
    public Action<HttpResponseMessage>? OnResponse { get; init; }

    /// <summary>Never prints the key.</summary>
    public override string ToString() => $"{BaseUrl} ({(ApiKey is null ? "no key" : "with a key")})";
}
