using System.Text.Json.Serialization;
using TaskBot.Bot.Executors;
using TaskBot.Bot.Forges;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Dispatches;

/// <summary>Where work that was given to a job stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DispatchState>))]
public enum DispatchState
{
    /// <summary>GitHub is asked, or is about to be, to start a job for it.</summary>
    Requested,

    /// <summary>GitHub said that it will.</summary>
    Dispatched,

    /// <summary>A job proved that it is the one, and has what it needs.</summary>
    Claimed,

    /// <summary>The job tells of what it does.</summary>
    Running,

    /// <summary>All that it told and its sealed result are here.</summary>
    ResultIn,

    /// <summary>It was lost; <see cref="Dispatch.Obstacle"/> says how. The run has yet to be told.</summary>
    Failed,

    /// <summary>Nobody waits for it any more: another took its place, the run was stopped, or its failure was told.</summary>
    Withdrawn,
}

/// <summary>One graph of a run in the hands of a job of GitHub Actions.</summary>
public sealed record Dispatch
{
    /// <summary>The run's id and a number; the job names it, and GitHub shows it as the title of its run.</summary>
    public required string Id { get; init; }

    public required RunId RunId { get; init; }

    public required WorkOrder Order { get; init; }

    /// <summary>What <see cref="WorkOrder.DigestFor"/> says of the order.</summary>
    public required string Digest { get; init; }

    public required DispatchState State { get; init; }

    /// <summary><c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>The repository's number: names can be taken over, numbers cannot.</summary>
    public required long RepositoryId { get; init; }

    /// <summary>The workflow file that was started.</summary>
    public required string Workflow { get; init; }

    /// <summary>The branch that it was taken from.</summary>
    public required string Branch { get; init; }

    /// <summary>The job's workflow run; null until GitHub says it, or the first claim does.</summary>
    public long? ActionsRun { get; init; }

    /// <summary>Its attempt, 1-based: a run that is run again starts the work again. 0 until one has claimed it.</summary>
    public int ActionsAttempt { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When the job last said something.</summary>
    public DateTimeOffset? HeardAt { get; init; }

    /// <summary>Lines of the job's story that are here; the next one has this number.</summary>
    public long Received { get; init; }

    /// <summary>What the job may spend in US dollars; null for no limit.</summary>
    public decimal? GrantedUsd { get; init; }

    /// <summary>The reservation that holds what was granted.</summary>
    public Guid Grant { get; init; }

    /// <summary>What the job said that it spent, in US dollars.</summary>
    public decimal SpentUsd { get; init; }

    /// <summary>True where it takes the place of one that was lost: no third takes its own.</summary>
    public bool IsSecond { get; init; }

    /// <summary>True where its job brought nothing.</summary>
    public bool IsLost { get; init; }

    public Obstacle Obstacle { get; init; }

    /// <summary>How it was lost, for people; null where it was not.</summary>
    public string? Failure { get; init; }

    /// <summary>Raised by every save; a save from an older version is refused.</summary>
    public long Version { get; init; }

    /// <summary>Whether a job may still work on it.</summary>
    [JsonIgnore]
    public bool IsOpen => State is DispatchState.Requested or DispatchState.Dispatched or DispatchState.Claimed or DispatchState.Running;

    /// <summary>Whether a job has it.</summary>
    [JsonIgnore]
    public bool IsTaken => State is DispatchState.Claimed or DispatchState.Running;
}
