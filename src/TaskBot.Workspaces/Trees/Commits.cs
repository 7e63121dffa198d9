using System.Globalization;

namespace TaskBot.Workspaces.Trees;

/// <summary>Who, and when. Git drops dots, commas and the like from both ends of the name, and angle brackets anywhere.</summary>
public sealed record CommitSignature(string Name, string Email, DateTimeOffset When)
{
    /// <summary>Seconds since 1970 and the offset, as git writes it; fractions of a second are not kept.</summary>
    internal string Date => string.Create(CultureInfo.InvariantCulture, $"@{When.ToUnixTimeSeconds()} {When.ToString("zzz").Replace(":", "")}");
}

/// <summary>Everything a commit is made of.</summary>
/// <param name="Message">As it will stand in the commit; a final line end is added where it lacks one.</param>
public sealed record CommitDraft(
    TreeId Tree, IReadOnlyList<CommitId> Parents, CommitSignature Author, CommitSignature Committer, string Message);

/// <summary>A commit as read: its tree, parents and message.</summary>
public sealed record Commit(CommitId Id, TreeId Tree, IReadOnlyList<CommitId> Parents, string Message);
