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

/// <summary>A rule of a ruleset that holds for a branch.</summary>
/// <param name="Type">Such as <c>required_status_checks</c>, <c>pull_request</c> or <c>non_fast_forward</c>.</param>
public sealed record BranchRule(string Type, BranchRuleParameters? Parameters = null);

/// <summary>What a rule asks for; each type has members of its own.</summary>
/// <param name="RequiredStatusChecks">With type <c>required_status_checks</c>.</param>
public sealed record BranchRuleParameters(IReadOnlyList<RuledStatusCheck>? RequiredStatusChecks = null);

/// <summary>A check that has to succeed.</summary>
/// <param name="Context">Name of a check run or context of a status.</param>
public sealed record RuledStatusCheck(string Context);

/// <summary>A commit known by its id only.</summary>
public sealed record CommitReference(string Sha);
