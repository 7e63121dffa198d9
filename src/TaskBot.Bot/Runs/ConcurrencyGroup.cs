namespace TaskBot.Bot.Runs;

/// <summary>
/// Runs of one repository of which one at a time works, in the words of GitHub Actions. The others are pending: they begin when it has ended, or waits for
/// a person. A newer pending run takes the place of an older one.
/// </summary>
/// <param name="Name">Its name in the repository; letters' case does not matter.</param>
public sealed record ConcurrencyGroup(string Name)
{
    /// <summary>True where a new run stops the one that works, too.</summary>
    public bool CancelInProgress { get; init; }

    /// <summary>True where pending runs all wait their turn, the oldest first (<c>queue: max</c>).</summary>
    public bool KeepsPending { get; init; }

    public bool IsSameAs(ConcurrencyGroup? other) => other is not null && Name.Equals(other.Name, StringComparison.OrdinalIgnoreCase);
}
