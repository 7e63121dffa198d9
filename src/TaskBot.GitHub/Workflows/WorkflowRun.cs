using System.Diagnostics.CodeAnalysis;
using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.PullRequests;

namespace TaskBot.GitHub.Workflows;

/// <summary>A workflow file.</summary>
/// <param name="State">GitHub's text: <c>active</c>, <c>deleted</c>, <c>disabled_*</c>.</param>
public sealed record Workflow(long Id, string Name, string Path, string? State = null);

/// <summary>A run of a workflow.</summary>
/// <param name="Status">GitHub's text: <c>queued</c>, <c>in_progress</c>, <c>completed</c>, <c>waiting</c>, <c>requested</c>, <c>pending</c>.</param>
/// <param name="Conclusion">Null until completed; see <see cref="Checks.CheckConclusion"/>, and <c>startup_failure</c>.</param>
/// <param name="RunAttempt">1-based; a re-run raises it under the same id.</param>
public sealed record WorkflowRun(
    long Id,
    string HeadSha,
    string? Name = null,
    string? HeadBranch = null,
    string? Event = null,
    string? Status = null,
    string? Conclusion = null,
    string? Path = null,
    string? DisplayTitle = null,
    long? WorkflowId = null,
    long? CheckSuiteId = null,
    int? RunNumber = null,
    int? RunAttempt = null,
    string? HtmlUrl = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? UpdatedAt = null,
    User? Actor = null,
    User? TriggeringActor = null,
    BranchRepository? HeadRepository = null)
{
    /// <summary>Pull requests of the same repository; empty for forks: find those by head branch and commit.</summary>
    [AllowNull]
    public IReadOnlyList<PullRequestReference> PullRequests { get; init => field = value ?? []; } = [];
}

/// <summary>A job of a run.</summary>
public sealed record WorkflowJob(
    long Id,
    long RunId,
    string Name,
    string? HeadSha = null,
    string? Status = null,
    string? Conclusion = null,
    int? RunAttempt = null,
    string? HtmlUrl = null,
    DateTimeOffset? StartedAt = null,
    DateTimeOffset? CompletedAt = null,
    string? RunnerName = null,
    string? WorkflowName = null)
{
    [AllowNull]
    public IReadOnlyList<WorkflowStep> Steps { get; init => field = value ?? []; } = [];
}

/// <summary>A step of a job, numbered from 1.</summary>
public sealed record WorkflowStep(
    string Name,
    int Number,
    string? Status = null,
    string? Conclusion = null,
    DateTimeOffset? StartedAt = null,
    DateTimeOffset? CompletedAt = null);

/// <summary>Files that a run kept.</summary>
/// <param name="SizeInBytes">Zipped.</param>
public sealed record Artifact(long Id, string Name, long SizeInBytes = 0, bool Expired = false, DateTimeOffset? ExpiresAt = null, string? Digest = null);

/// <summary>The run that a dispatch started.</summary>
public sealed record DispatchedRun(long WorkflowRunId, string? RunUrl = null, string? HtmlUrl = null);
