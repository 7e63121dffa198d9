using System.Collections.Immutable;
using System.Text.Json.Serialization;
using TaskBot.Bot.Checks;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Projects;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Runs;

/// <summary>Where a run stands between the things that happen to it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunStage>))]
public enum RunStage
{
    /// <summary>There is work to do for whoever claims it.</summary>
    Queued,

    /// <summary>A job of GitHub Actions has the work.</summary>
    WaitingForRunner,

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
public sealed record RunLayer(string Name, string Text, bool IsTrusted)
{
    /// <summary>The step of a plan that it is about, such as <c>/task/parse</c>: it holds while that step is there; null where it is about the task itself.</summary>
    public string? Step { get; init; }
}

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
    string? FailureSignature)
{
    /// <summary>How many of the run's layers it was composed of: the first ones, as layers are only ever added. 0 where that is not known.</summary>
    public int Layers { get; init; }

    /// <summary>The commit that it started from; null where that is not known.</summary>
    public string? BaseCommit { get; init; }
}

/// <summary>What a run is for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunPurpose>))]
public enum RunPurpose
{
    /// <summary>To change code: it has the issue's tracking comment, a branch and a pull request.</summary>
    Change,

    /// <summary>To answer a question in a comment; it never publishes anything else.</summary>
    Answer,
}

/// <summary>The task that someone named when asking, and the variants.</summary>
/// <param name="Task">The task file's asset path; null where the issue's words choose.</param>
/// <param name="Select">Variants by set.</param>
public sealed record TaskWish(string? Task, ImmutableSortedDictionary<string, string> Select);

/// <summary>A leaf of the plan, for the checklist that people read.</summary>
public sealed record PlanStep(string Title, string Type, NodeState State);

/// <summary>A review that has to be answered: one pass, however many comments it has.</summary>
/// <param name="Review">The review's id.</param>
/// <param name="Author">Who wrote it, and may.</param>
public sealed record ReviewPass(long Review, string Author)
{
    /// <summary>The tree that was reviewed, once the pass has begun.</summary>
    public string? Tree { get; init; }

    /// <summary>What was done, in words, once it was; each thread that is left as it was is told.</summary>
    public string Why { get; init; } = "";

    /// <summary>Why suggestions were not taken over, by comment.</summary>
    public ImmutableSortedDictionary<long, string> Refused { get; init => field = value ?? ImmutableSortedDictionary<long, string>.Empty; } = ImmutableSortedDictionary<long, string>.Empty;
}

/// <summary>How a pull request ended, whoever ended it: what the work was worth in the end.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PullRequestEnding>))]
public enum PullRequestEnding
{
    Merged,
    ClosedUnmerged,
}

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

    /// <summary>Their numeric account id, for the co-author line; null where the forge did not say.</summary>
    public long? RequestedById { get; init; }

    public RunPurpose Purpose { get; init; }

    /// <summary>What was named when asking; null where the issue decides alone.</summary>
    public TaskWish? Wish { get; init; }

    /// <summary>The runs that it takes turns with; null where it need not.</summary>
    public ConcurrencyGroup? Concurrency { get; init; }

    /// <summary>It begins at this moment, or later; null for as soon as it can.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>True where nothing was done for it yet.</summary>
    [JsonIgnore]
    public bool IsPending => Stage == RunStage.Queued && Layers.IsEmpty;

    /// <summary>True until a person has approved the plan, where only the plan was asked for.</summary>
    public bool IsPlanOnly { get; init; }

    /// <summary>True while the plan stands there for people to read, change and approve.</summary>
    [JsonIgnore]
    public bool IsPlanShown => IsPlanOnly && Stage == RunStage.WaitingForHuman && !Steps.IsEmpty;

    /// <summary>The comments that asked, to be told by a reaction how it ended.</summary>
    public ImmutableArray<ForgeSubject> Asked { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Keys of the commands that were carried out on this run: told of twice, they count once.</summary>
    public ImmutableArray<string> Commands { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Attempts that people granted beyond the project's own number.</summary>
    public int ExtraAttempts { get; init; }

    /// <summary>The issue as it was when it was asked for: an edit made afterwards is not what runs.</summary>
    public required ForgeIssue Request { get; init; }

    /// <summary>What the organisation's project file said when it was asked for; null where there was none.</summary>
    public ProjectLayer? Organisation { get; init; }

    /// <summary>The task library's file that was chosen, once it was.</summary>
    public string? Task { get; init; }

    /// <summary>Why that one, with how well it fits; null until it was chosen.</summary>
    public string? TaskReason { get; init; }

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

    /// <summary>True where <see cref="BaseCommit"/> is someone else's commit on the run's own branch, which stays below ours.</summary>
    public bool StandsOnBranch { get; init; }

    /// <summary>Strongest last: the issue's layer, then one for each attempt.</summary>
    public ImmutableArray<RunLayer> Layers { get; init; } = [];

    public ImmutableArray<AttemptRecord> Attempts { get; init; } = [];

    public string? Branch { get; init; }

    public int? PullRequest { get; init; }

    public string? HeadSha { get; init; }

    /// <summary>The tree of <see cref="HeadSha"/>, in the local object store.</summary>
    public string? HeadTree { get; init; }

    /// <summary>Where our check run of <see cref="HeadSha"/> is; null before there was one.</summary>
    public string? CheckUrl { get; init; }

    /// <summary>What is waited for at <see cref="HeadSha"/>; null before anything was published.</summary>
    public ExpectedChecks? Expected { get; init; }

    /// <summary>What the checks of <see cref="HeadSha"/> said, until it is acted on.</summary>
    public ChecksVerdict? Verdict { get; init; }

    /// <summary>True where tests of the run's own passed on what was published.</summary>
    public bool IsTested { get; init; }

    /// <summary>Why a success is not a green one; null where nothing is to be said against it.</summary>
    public string? Caveat { get; init; }

    /// <summary>Reviews that have to be answered, oldest first.</summary>
    public ImmutableArray<ReviewPass> Reviews { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The review that the newest attempt answers; its threads are told when it is published.</summary>
    public ReviewPass? Answering { get; init; }

    /// <summary>How the pull request ended; null while it is open.</summary>
    public PullRequestEnding? Ending { get; init; }

    /// <summary>The commit that a merged pull request became, or its last head; null where it was not merged.</summary>
    public string? MergedAs { get; init; }

    /// <summary>What people made of the work, by who said it how (<c>reaction:ada</c>, <c>review:ada</c>, <c>kept</c>), each from 0 to 1.</summary>
    public ImmutableSortedDictionary<string, double> Signals { get; init => field = value ?? NoSignals; } = NoSignals;

    static readonly ImmutableSortedDictionary<string, double> NoSignals = ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);

    /// <summary>The newest plan with how far it is, for the checklist.</summary>
    public ImmutableArray<PlanStep> Steps { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Where the newest failure points at, for the check's annotations.</summary>
    public ImmutableArray<CheckNote> Notes { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>What the run may spend in US dollars, as it was when the newest attempt began; null for no limit of its own.</summary>
    public decimal? BudgetUsd { get; init; }

    public ImmutableArray<string> FilesChanged { get; init; } = [];

    /// <summary>Model names that answered.</summary>
    public ImmutableArray<string> Models { get; init; } = [];

    /// <summary>Variants that were chosen by what earlier outcomes taught.</summary>
    public ImmutableArray<Choice> Choices { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Ids of the patterns that its nodes were shown.</summary>
    public ImmutableArray<string> Recalled { get; init => field = value.IsDefault ? [] : value; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Raised by every save; a save from an older version is refused.</summary>
    public long Version { get; init; }
}
