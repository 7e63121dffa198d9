using TaskBot.Bot.Forges;
using TaskBot.Engine.Runs;

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

    /// <summary>The runs that it takes turns with; null for those of the project.</summary>
    public ConcurrencyGroup? Concurrency { get; init; }

    /// <summary>When it may begin; null for at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>True where the project's own file asks, and nobody else: whoever may change that on the default branch has asked.</summary>
    public bool IsScheduled { get; init; }

    /// <summary>What another job that did the work calls the run; null for a name of its own.</summary>
    public RunId? Id { get; init; }

    /// <summary>The comment that asks; null for a label and the like.</summary>
    public ForgeSubject? Subject { get; init; }
}
