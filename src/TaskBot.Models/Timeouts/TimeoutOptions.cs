namespace TaskBot.Models.Timeouts;

/// <summary>How long one call to a model may take. Zero or less is not allowed.</summary>
public sealed class TimeoutOptions
{
    /// <summary>From sending the request to the first piece of the answer; reasoning models think before it.</summary>
    public TimeSpan FirstToken { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>Between two pieces of the answer.</summary>
    public TimeSpan Stall { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The whole call.</summary>
    public TimeSpan Total { get; set; } = TimeSpan.FromMinutes(15);
}
