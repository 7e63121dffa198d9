using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary>A repository's folder with task files in it, and the real program run there with a layer cache of its own.</summary>
sealed class TaskFolder : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-task-test-");

    public TaskFolder() => Directory.CreateDirectory(Path.Combine(Root, ".git"));

    public string Root => Directory.CreateDirectory(Path.Combine(folder.FullName, "repository")).FullName;

    public string Cache => Path.Combine(folder.FullName, "layers");

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>Writes a file by its path from the root, and gives that path.</summary>
    public string Write(string path, string text)
    {
        var full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return path;
    }

    public string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public Task<TaskBotExit> RunAsync(params string[] arguments) => RunAsync(new Dictionary<string, string>(), arguments);

    public Task<TaskBotExit> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        TaskBotProcess.RunAsync(arguments, new Dictionary<string, string>(environment) { ["TASKBOT_LAYERS"] = Cache }, Root);
}
