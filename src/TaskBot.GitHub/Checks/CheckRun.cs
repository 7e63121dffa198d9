using System.Diagnostics.CodeAnalysis;
using TaskBot.GitHub.Apps;
using TaskBot.GitHub.PullRequests;

namespace TaskBot.GitHub.Checks;

/// <summary>A check run. Status and conclusion keep GitHub's text; see <see cref="CheckStatus"/> and <see cref="CheckConclusion"/>.</summary>
/// <param name="Conclusion">Null until completed.</param>
/// <param name="ExternalId">What its maker put there, to find it again.</param>
/// <param name="App">The App that made it; GitHub Actions is one.</param>
public sealed record CheckRun(
    long Id,
    string Name,
    string HeadSha,
    string? Status = null,
    string? Conclusion = null,
    string? ExternalId = null,
    string? DetailsUrl = null,
    string? HtmlUrl = null,
    DateTimeOffset? StartedAt = null,
    DateTimeOffset? CompletedAt = null,
    CheckRunOutput? Output = null,
    CheckSuite? CheckSuite = null,
    App? App = null)
{
    /// <summary>Pull requests of the same repository whose head this is; empty for forks.</summary>
    [AllowNull]
    public IReadOnlyList<PullRequestReference> PullRequests { get; init => field = value ?? []; } = [];
}

/// <summary>What a check run says.</summary>
public sealed record CheckRunOutput(string? Title = null, string? Summary = null, string? Text = null, int? AnnotationsCount = null);

/// <summary>All check runs of one App on one commit. Nested in a check run only the id is there.</summary>
public sealed record CheckSuite(
    long Id,
    string? HeadSha = null,
    string? HeadBranch = null,
    string? Status = null,
    string? Conclusion = null,
    string? Before = null,
    string? After = null,
    int? LatestCheckRunsCount = null,
    App? App = null)
{
    [AllowNull]
    public IReadOnlyList<PullRequestReference> PullRequests { get; init => field = value ?? []; } = [];
}

/// <summary>GitHub's texts for a check's progress.</summary>
public static class CheckStatus
{
    public const string Queued = "queued";
    public const string InProgress = "in_progress";
    public const string Completed = "completed";
}

/// <summary>GitHub's texts for how a check ended.</summary>
public static class CheckConclusion
{
    public const string ActionRequired = "action_required";
    public const string Cancelled = "cancelled";
    public const string Failure = "failure";
    public const string Neutral = "neutral";
    public const string Skipped = "skipped";
    public const string Stale = "stale";
    public const string Success = "success";
    public const string TimedOut = "timed_out";
}
