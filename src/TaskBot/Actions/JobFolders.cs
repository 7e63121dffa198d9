namespace TaskBot.Actions;

/// <summary>Where a job keeps what it needs, below the runner's temporary folder; workflows name some of these.</summary>
sealed record JobFolders(string Temporary)
{
    /// <summary>What jobs of an issue remember: the workflow has the Actions cache carry it.</summary>
    public string State => Directory.CreateDirectory(Path.Combine(Temporary, "taskbot")).FullName;

    /// <summary>What one job hands to the other; the workflow has an artifact carry it.</summary>
    public string Sealed => Path.Combine(State, "sealed.json");

    /// <summary>The run as it was published; the workflow has the Actions cache carry its folder.</summary>
    public string Kept => Path.Combine(Temporary, "taskbot-published", "run.json");

    public string Mirrors => Path.Combine(Temporary, "taskbot-mirrors");
}
