using TaskBot.Benchmarks.Programs;

namespace TaskBot.Benchmarks.Search;

/// <summary>A git repository that is here: its commits as people made them. Nothing is written to it.</summary>
sealed record FolderHistory(string Folder) : PastHistory(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder))))
{
    public override Task<string?> CreateAsync(InstalledProgram git, string folder, CancellationToken cancellationToken) =>
        Task.FromResult(Directory.Exists(Folder) ? Path.GetFullPath(Folder) : null);
}
