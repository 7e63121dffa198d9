using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Git;

namespace TaskBot.GitHub.Repositories;

/// <summary>A commit as the repository shows it: git's facts and the accounts GitHub matched to them.</summary>
/// <param name="Author">The account of the author, null when GitHub knows none.</param>
public sealed record Commit(string Sha, [property: JsonPropertyName("commit")] CommitDetails Details, User? Author = null, User? Committer = null, string? HtmlUrl = null)
{
    [AllowNull]
    public IReadOnlyList<CommitReference> Parents { get; init => field = value ?? []; } = [];

    /// <summary>Files changed against the first parent, at most 300 a page; empty in lists.</summary>
    [AllowNull]
    public IReadOnlyList<ChangedFile> Files { get; init => field = value ?? []; } = [];
}

/// <summary>Git's part of a commit.</summary>
public sealed record CommitDetails(string Message, CommitReference Tree, GitIdentity? Author = null, GitIdentity? Committer = null);

/// <summary>A file that a commit, comparison or pull request changes.</summary>
/// <param name="Status">GitHub's text: <c>added</c>, <c>removed</c>, <c>modified</c>, <c>renamed</c>, <c>copied</c>, <c>changed</c>, <c>unchanged</c>.</param>
/// <param name="Sha">The blob id after the change; null for some removed files.</param>
/// <param name="Patch">Unified diff hunks; null for binary and very large files.</param>
public sealed record ChangedFile(
    string Filename,
    string Status,
    string? Sha = null,
    int Additions = 0,
    int Deletions = 0,
    int Changes = 0,
    string? Patch = null,
    string? PreviousFilename = null);

/// <summary>How two commits relate.</summary>
/// <param name="Status">GitHub's text: <c>ahead</c>, <c>behind</c>, <c>diverged</c> or <c>identical</c>.</param>
public sealed record Comparison(string Status, int AheadBy, int BehindBy, Commit MergeBaseCommit, int TotalCommits = 0)
{
    [AllowNull]
    public IReadOnlyList<Commit> Commits { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<ChangedFile> Files { get; init => field = value ?? []; } = [];
}
