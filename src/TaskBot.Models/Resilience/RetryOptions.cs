namespace TaskBot.Models.Resilience;

/// <summary>How often a failed call to one model is sent again, and how long is waited between.</summary>
public sealed class RetryOptions
{
    /// <summary>Calls after the first, 0 to 10.</summary>
    public int Retries { get; set; } = 3;

    /// <summary>Before the first retry; doubled for each further one, with jitter.</summary>
    public TimeSpan BaseDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The most that is waited once. A server that asks for longer in <c>Retry-After</c> is not asked again; the next model of the chain is.
    /// </summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(60);
}
