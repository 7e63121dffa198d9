using TaskBot.GitHub.Accounts;

namespace TaskBot.GitHub.Repositories;

/// <summary>A repository. Only id and name are always there: installation events carry a short form.</summary>
/// <param name="FullName"><c>owner/name</c>.</param>
/// <param name="DefaultBranch">Null in short forms.</param>
public sealed record Repository(
    long Id,
    string Name,
    string FullName,
    User? Owner = null,
    string? DefaultBranch = null,
    bool Private = false,
    bool Fork = false,
    bool Archived = false,
    bool Disabled = false,
    string? HtmlUrl = null,
    string? CloneUrl = null,
    string? NodeId = null)
{
    /// <summary>The address used in API paths.</summary>
    public RepositoryName Address => RepositoryName.Parse(FullName);
}
