namespace TaskBot.Bot.Projects;

/// <summary>What the commands of a project's runs may do.</summary>
public sealed record ProjectPermissions
{
    /// <summary>Whether building and testing may use the network too; fetching packages ('restore') always may.</summary>
    public bool Network { get; init; }
}
