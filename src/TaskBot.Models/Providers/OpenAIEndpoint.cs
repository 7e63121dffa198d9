namespace TaskBot.Models.Providers;

/// <summary>A server that speaks OpenAI's chat completions protocol.</summary>
/// <param name="BaseUrl">Up to and including the version, such as <c>https://api.openai.com/v1</c> or <c>http://localhost:11434/v1</c>.</param>
/// <param name="ApiKey">Sent as a bearer token; null sends no <c>Authorization</c> header, as local servers want none.</param>
public sealed record OpenAIEndpoint(Uri BaseUrl, string? ApiKey)
{
    /// <summary>How the limit on output tokens is written.</summary>
    public OutputLimitField OutputLimitField { get; init; }

    /// <summary>The server understands <c>response_format: json_schema</c>; without it the schema is left to the prompt.</summary>
    public bool SupportsJsonSchema { get; init; } = true;

    /// <summary>Is told of every response, before its body is read; null where nobody listens.</summary>
    public Action<HttpResponseMessage>? OnResponse { get; init; }

    /// <summary>Never prints the key.</summary>
    public override string ToString() => $"{BaseUrl} ({(ApiKey is null ? "no key" : "with a key")})";
}
