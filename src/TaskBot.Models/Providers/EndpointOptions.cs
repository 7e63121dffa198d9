namespace TaskBot.Models.Providers;

/// <summary>One more place, or one more key, where a provider's models are asked. What is not given is as it is for the provider.</summary>
public sealed class EndpointOptions
{
    public Uri? BaseUrl { get; set; }

    /// <summary>The environment variable that holds the key.</summary>
    public string? KeyVariable { get; set; }
}
