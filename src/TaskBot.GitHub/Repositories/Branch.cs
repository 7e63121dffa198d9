namespace TaskBot.GitHub.Repositories;

/// <summary>A branch and the commit it points at.</summary>
/// <param name="Protection">What has to hold before a merge; null where nothing has, and in short forms.</param>
public sealed record Branch(string Name, CommitReference Commit, bool Protected = false, BranchProtection? Protection = null);

/// <summary>The part of a branch's protection that everyone may read.</summary>
public sealed record BranchProtection(bool Enabled = false, RequiredStatusChecks? RequiredStatusChecks = null);

/// <summary>The checks that have to succeed before a merge.</summary>
public sealed record RequiredStatusChecks
{
    /// <summary>Names of check runs and contexts of statuses.</summary>
    [System.Diagnostics.CodeAnalysis.AllowNull]
    public IReadOnlyList<string> Contexts { get; init => field = value ?? []; } = [];
}

/// <summary>A commit known by its id only.</summary>
public sealed record CommitReference(string Sha);
