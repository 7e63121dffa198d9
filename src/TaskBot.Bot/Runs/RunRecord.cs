using System.Collections.Immutable;
using System.Text.Json.Serialization;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Learning;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Runs;

/// <summary>Where a run stands between the things that happen to it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunStage>))]
public enum RunStage
{
    /// <summary>There is work to do for whoever claims it.</summary>
    Queued,

    /// <summary>The pull request stands; its checks have not all answered.</summary>
    WaitingForChecks,

    /// <summary>A person has to answer.</summary>
    WaitingForHuman,

    /// <summary>It ended; <see cref="RunRecord.Outcome"/> says how.</summary>
    Finished,
}

/// <summary>One layer that a run is composed from, as it was written.</summary>
/// <param name="Name">Names it in explanations: <c>issue</c>, <c>attempt-2</c>.</param>
/// <param name="Text">YAML.</param>
/// <param name="IsTrusted">False where its text came from someone without write access and no one vouched for it.</param>
public sealed record RunLayer(string Name, string Text, bool IsTrusted);

/// <summary>What happened in one attempt, for people and for the summary.</summary>
/// <param name="Number">1-based.</param>
/// <param name="Outcome">How it ended, its checks included once they answered.</param>
/// <param name="NodesRun">Leaves executed.</param>
/// <param name="NodesCached">Leaves whose outputs came from the cache.</param>
/// <param name="Tokens">Input and output tokens of the model calls made.</param>
/// <param name="CostUsd">What they cost, in US dollars.</param>
/// <param name="Summary">One sentence: what failed and why it was tried again.</param>
/// <param name="FailureSignature">Stable digest of what failed; null where nothing did.</param>
public sealed record AttemptRecord(
    int Number,
    Outcome Outcome,
    int NodesRun,
    int NodesCached,
    long Tokens,
    decimal CostUsd,
    string Summary,
    string? FailureSignature);

/// <summary>What the checks said about the head commit of an attempt.</summary>
/// <param name="HeadSha">The commit they looked at.</param>
/// <param name="Passed">All of them.</param>
/// <param name="Log">The end of the failing ones' logs.</param>
public sealed record ChecksVerdict(string HeadSha, bool Passed, string Log);

/// <summary>All that is remembered of a run. Everything else follows from its layers, by composing and running them again.</summary>
public sealed record RunRecord
{
    public required RunId Id { get; init; }

    /// <summary>Natural key of the trigger, so that the same trigger delivered twice is one run.</summary>
    public required string TriggerKey { get; init; }

    /// <summary><c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    public required int Issue { get; init; }

    /// <summary>Login of the person who asked.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>The issue as it was when it was asked for: an edit made afterwards is not what runs.</summary>
    public required ForgeIssue Request { get; init; }

    /// <summary>The task library's file that was chosen, once it was.</summary>
    public string? Task { get; init; }

    public required RunStage Stage { get; init; }

    public Outcome? Outcome { get; init; }

    /// <summary>Why it ended or waits, for people.</summary>
    public string? Reason { get; init; }

    /// <summary>The node whose question a person has to answer, where the run waits for an approval.</summary>
    public string? WaitingNode { get; init; }

    /// <summary>Digest of what it asks about: an approval holds for that and nothing else.</summary>
    public string? WaitingDigest { get; init; }

    public required string BaseBranch { get; init; }

    /// <summary>The commit that every attempt starts from.</summary>
    public required string BaseCommit { get; init; }

    /// <summary>Strongest last: the issue's layer, then one for each attempt.</summary>
    public ImmutableArray<RunLayer> Layers { get; init; } = [];

    public ImmutableArray<AttemptRecord> Attempts { get; init; } = [];

    public string? Branch { get; init; }

    public int? PullRequest { get; init; }

    public string? HeadSha { get; init; }

    /// <summary>The tree of <see cref="HeadSha"/>, in the local object store.</summary>
    public string? HeadTree { get; init; }

    /// <summary>What the checks of <see cref="HeadSha"/> said, until it is acted on.</summary>
    public ChecksVerdict? Verdict { get; init; }

    public ImmutableArray<string> FilesChanged { get; init; } = [];

    /// <summary>Model names that answered.</summary>
    public ImmutableArray<string> Models { get; init; } = [];

    /// <summary>Variants that were chosen by what earlier outcomes taught.</summary>
    public ImmutableArray<Choice> Choices { get; init; } = [];

    /// <summary>Ids of the patterns that its nodes were shown.</summary>
    public ImmutableArray<string> Recalled { get; init; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Raised by every save; a save from an older version is refused.</summary>
    public long Version { get; init; }
}
