using TaskBot.Bot.Forges;

namespace TaskBot.Bot.Runs;

/// <summary>What asks for a run.</summary>
/// <param name="Key">Natural key: asking twice with one key is asking once.</param>
/// <param name="RequestedBy">Login of who asks.</param>
public sealed record RunTrigger(string Key, string RequestedBy)
{
    /// <summary>Their numeric account id; null where it is not known.</summary>
    public long? RequestedById { get; init; }

    /// <summary>Where work starts and the pull request goes; null for the default branch.</summary>
    public string? BaseBranch { get; init; }

    public TaskWish? Wish { get; init; }

    public RunPurpose Purpose { get; init; }

    public bool IsPlanOnly { get; init; }

    /// <summary>The comment that asks; null for a label and the like.</summary>
    public ForgeSubject? Subject { get; init; }
}
