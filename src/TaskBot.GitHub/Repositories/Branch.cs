namespace TaskBot.GitHub.Repositories;

/// <summary>A branch and the commit it points at.</summary>
public sealed record Branch(string Name, CommitReference Commit, bool Protected = false);

/// <summary>A commit known by its id only.</summary>
public sealed record CommitReference(string Sha);
