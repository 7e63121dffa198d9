namespace TaskBot.Testing.Processes;

/// <summary>A folder for the programs of a test. Commands see it in the sandbox too, which hides the temporary folder and the home, wherever the tests are run from.</summary>
public static class ProgramFolder
{
    const string Shared = "/var/tmp";

    /// <summary>A new one; whoever made it deletes it.</summary>
    public static DirectoryInfo Create() =>
        Directory.CreateDirectory(Path.Combine(Directory.Exists(Shared) ? Shared : AppContext.BaseDirectory, $"taskbot-programs-{Guid.NewGuid():N}"));
}
