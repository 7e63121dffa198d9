using System.Collections.Immutable;
using TaskBot.Bot.Forges;

namespace TaskBot.Bot.Checks;

/// <summary>A job that was asked to run again, once.</summary>
/// <param name="Name">The check's name.</param>
/// <param name="Job">The job that had failed; the new one has another number.</param>
public sealed record CheckRerun(string Name, long Job);

/// <summary>
/// What a run waits for at its head. Where checks are required, those decide and no others; else all that are there do, once there is one.
/// "All have answered" is never said of an empty list.
/// </summary>
/// <param name="Required">By name: what the base branch and the project ask for.</param>
/// <param name="Since">When the head was published.</param>
/// <param name="Grace">How long a first check may take to appear where none is required.</param>
/// <param name="Limit">How long checks may take to answer.</param>
public sealed record ExpectedChecks(ImmutableArray<string> Required, DateTimeOffset Since, TimeSpan Grace, TimeSpan Limit)
{
    /// <summary>Jobs of this head that were run again; none is so twice.</summary>
    public ImmutableArray<CheckRerun> Reruns { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>True where what is required could not be read whole: then all that are there count, besides those that are known to be required.</summary>
    public bool CountsAll { get; init; }

    /// <summary>Where the checks of the head stand.</summary>
    /// <param name="checks">Of others than us.</param>
    public ChecksStanding Look(ImmutableArray<ForgeCheck> checks, DateTimeOffset now)
    {
        // The job that was run again keeps its failure until the new one takes its place.
        bool IsDone(ForgeCheck check) => check.Conclusion is not null && !Reruns.Any(rerun => rerun.Name == check.Name && rerun.Job == check.Job);
        var counted = Required.IsEmpty || CountsAll ? checks : [.. checks.Where(check => Required.Contains(check.Name))];
        var missing = Required.Except(counted.Select(check => check.Name), StringComparer.Ordinal)
            .Concat(counted.Where(check => !IsDone(check)).Select(check => check.Name)).Distinct().ToImmutableArray();
        if (counted.IsEmpty && Required.IsEmpty) return now < Since + Grace ? new ChecksStanding.Waiting() : new ChecksStanding.Absent();
        if (!missing.IsEmpty) return now < Since + Limit ? new ChecksStanding.Waiting() : new ChecksStanding.Late(missing);
        return new ChecksStanding.Answered(counted);
    }
}

/// <summary>Where the checks of a commit stand.</summary>
public abstract record ChecksStanding
{
    ChecksStanding() { }

    public sealed record Waiting : ChecksStanding;

    /// <summary>There are none and will be none.</summary>
    public sealed record Absent : ChecksStanding;

    /// <summary>These have not answered in time.</summary>
    public sealed record Late(ImmutableArray<string> Missing) : ChecksStanding;

    /// <summary>All that count have; at least one.</summary>
    public sealed record Answered(ImmutableArray<ForgeCheck> Checks) : ChecksStanding;
}
