namespace TaskBot.Bot;

/// <summary>How the bot works in this process.</summary>
public sealed class BotOptions
{
    /// <summary>
    /// True where someone is there to hear what a pull request's checks say: a run then ends when they have answered. False in a job that ends:
    /// a run then ends with its draft pull request.
    /// </summary>
    public bool WaitForChecks { get; init; } = true;

    /// <summary>The page of the job that this process is; null where it is none.</summary>
    public Uri? JobUrl { get; init; }

    /// <summary>The most attempts of a run, where that is fewer than its project allows; null where the project decides.</summary>
    public int? MaximumAttempts { get; init; }
}
