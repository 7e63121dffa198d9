using System.Collections.Immutable;
using TaskBot.Bot.Forges;

namespace TaskBot.Bot.Projects;

/// <summary>Who may have work done in a project, and what the commands of its runs may do.</summary>
public sealed record ProjectPermissions
{
    /// <summary>Whether building and testing may use the network too; fetching packages ('restore') always may.</summary>
    public bool Network { get; init; }

    /// <summary>The least that a person must be allowed in the repository to ask for work: <see cref="Permission.Write"/> or <see cref="Permission.Admin"/>.</summary>
    public Permission Role { get; init; } = Permission.Write;

    /// <summary>Logins that may ask whatever their role, bots among them.</summary>
    public ImmutableArray<string> Allow { get; init; } = [];

    /// <summary>Logins that may not, whatever their role and even where they are allowed.</summary>
    public ImmutableArray<string> Deny { get; init; } = [];
}
