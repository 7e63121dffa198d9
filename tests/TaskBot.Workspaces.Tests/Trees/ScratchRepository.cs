using System.Diagnostics;
using System.Text;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Tests.Trees;

/// <summary>A real repository in a temporary folder, driven by plain git as a user would; removed at the end.</summary>
public sealed class ScratchRepository : IDisposable
{
    readonly DirectoryInfo place = Directory.CreateTempSubdirectory("taskbot-test-");

    public ScratchRepository(string format = "sha1")
    {
        Directory.CreateDirectory(Folder);
        Git("init", "-q", "-b", "main", $"--object-format={format}");
        Git("config", "user.name", "Ada");
        Git("config", "user.email", "ada@example.test");
    }

    /// <summary>The checkout.</summary>
    public string Folder => Path.Combine(place.FullName, "repository");

    /// <summary>A name for something beside the checkout, removed with it.</summary>
    public string Beside(string name) => Path.Combine(place.FullName, name);

    public string Git(params string[] arguments) => Encoding.UTF8.GetString(GitBytes(arguments)).TrimEnd('\n');

    public byte[] GitBytes(params string[] arguments)
    {
        var (exit, output, error) = Run(Folder, arguments);
        exit.ShouldBe(0, $"git {string.Join(' ', arguments)}: {error}");
        return output;
    }

    public static (int Exit, byte[] Output, string Error) Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in new[] { ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("HOME", folder) })
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = new MemoryStream();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return (process.ExitCode, output.ToArray(), error.GetAwaiter().GetResult());
    }

    public void Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    public void Write(string path, byte[] content)
    {
        var file = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
    }

    /// <summary>Commits everything in the checkout and gives the commit's id.</summary>
    public string Commit(string message = "change")
    {
        Git("add", "-A");
        Git("commit", "-q", "--allow-empty", "-m", message);
        return Git("rev-parse", "HEAD");
    }

    public string HeadTree => Git("rev-parse", "HEAD^{tree}");

    public static FileChange Put(string path, string content, FileKind kind = FileKind.Regular) =>
        new(path, new FileEntry(kind, Encoding.UTF8.GetBytes(content)));

    public static FileChange Deleted(string path) => new(path, null);

    public void Dispose()
    {
        Directory.Delete(place.FullName, recursive: true);
    }
}
