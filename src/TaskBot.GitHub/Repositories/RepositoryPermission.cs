using TaskBot.GitHub.Accounts;

namespace TaskBot.GitHub.Repositories;

/// <summary>What a user may do in a repository, as GitHub answers it.</summary>
/// <param name="Permission"><c>admin</c>, <c>write</c>, <c>read</c> or <c>none</c>; the maintain role reads as write, triage as read.</param>
/// <param name="RoleName">The exact role, custom ones included.</param>
public sealed record RepositoryPermission(string Permission, string? RoleName = null, User? User = null);
