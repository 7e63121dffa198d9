using TaskBot.Benchmarks.Programs;

namespace TaskBot.Benchmarks.Search;

/// <summary>Changes that people made to published sources, each with what they said of it, as commits of a git repository.</summary>
/// <param name="Name">Of the package; also the folder that it is made in.</param>
abstract record PastHistory(string Name)
{
    /// <summary>Where fetched packages are kept for the next run.</summary>
    protected string Kept => Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "taskbot-search-histories", Name)).FullName;

    /// <summary>Makes the repository in a folder.</summary>
    /// <returns>Null when the package cannot be fetched; otherwise the repository.</returns>
    public abstract Task<string?> CreateAsync(InstalledProgram git, string folder, CancellationToken cancellationToken);

    protected static Task InitAsync(InstalledProgram git, string repository, CancellationToken cancellationToken) =>
        git.RunAsync(repository, ["init", "--quiet", "--initial-branch=main"], writeInput: null, cancellationToken);

    /// <summary>Commits the folder as it is.</summary>
    protected static async Task CommitAsync(InstalledProgram git, string repository, string message, CancellationToken cancellationToken)
    {
        await git.RunAsync(repository, ["add", "--all", "--force"], writeInput: null, cancellationToken);
        await git.RunAsync(
            repository,
            ["-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.invalid", "-c", "gc.auto=0", "commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--file=-"],
            input => input.WriteAsync(message), cancellationToken);
    }
}
