namespace TaskBot.Bot.Projects;

/// <summary>Who reads what runs in a repository taught.</summary>
public enum MemorySharing
{
    /// <summary>The repository alone.</summary>
    Repository,

    /// <summary>Every repository of the same owner that shares too.</summary>
    Owner,

    /// <summary>Nobody: nothing is kept.</summary>
    Off,
}
