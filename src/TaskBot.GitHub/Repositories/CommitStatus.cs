using System.Diagnostics.CodeAnalysis;

namespace TaskBot.GitHub.Repositories;

/// <summary>A commit status, the older sibling of check runs.</summary>
/// <param name="State">GitHub's text: <c>error</c>, <c>failure</c>, <c>pending</c> or <c>success</c>.</param>
/// <param name="Context">What it is about; the latest status of a context counts.</param>
public sealed record CommitStatus(string State, string Context = "default", string? Description = null, string? TargetUrl = null, long Id = 0);

/// <summary>The latest status of each context of a commit and what they come to.</summary>
/// <param name="State"><c>failure</c>, <c>pending</c> (also when there is none) or <c>success</c>.</param>
public sealed record CombinedStatus(string State, string Sha, int TotalCount = 0)
{
    [AllowNull]
    public IReadOnlyList<CommitStatus> Statuses { get; init => field = value ?? []; } = [];
}

/// <summary>A status to set on a commit.</summary>
/// <param name="Description">At most 140 characters; longer ones are cut.</param>
public sealed record NewCommitStatus(string State, string Context, string? Description = null, string? TargetUrl = null);
