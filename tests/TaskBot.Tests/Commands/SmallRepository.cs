using System.Diagnostics;

namespace TaskBot.Tests.Commands;

/// <summary>A checkout with one bug, and a test that finds it.</summary>
sealed class SmallRepository : IDisposable
{
    /// <summary>Every file by path. <c>greet.sh</c> is wrong.</summary>
    public static readonly IReadOnlyDictionary<string, string> Files = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["greet.sh"] = "greet() {\n  echo \"Helo, $1\"\n}\n",
        ["tests/run.sh"] = ". ./greet.sh\nif [ \"$(greet Ada)\" = \"Hello, Ada\" ]; then echo 'ok 1 - greets'; echo 1..1; else echo 'not ok 1 - greets'; echo 1..1; exit 1; fi\n",
        [".github/taskbot/project.yml"] = "languages: [shell]\ntest: sh tests/run.sh\n",
    };

    /// <summary>What a model answers that repairs it.</summary>
    public const string GoodReply = "SUMMARY: Spells the greeting right.\n\ngreet.sh\n<<<<<<< SEARCH\n  echo \"Helo, $1\"\n=======\n  echo \"Hello, $1\"\n>>>>>>> REPLACE\n";

    public const string IssueText = "# The greeting is misspelt\n\n`greet Ada` says `Helo, Ada` instead of `Hello, Ada`.\n";

    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("taskbot-small-");

    public string Path => Folder.FullName;

    /// <summary>A checkout of <c>main</c> with these files committed.</summary>
    public static SmallRepository Create(IEnumerable<KeyValuePair<string, string>>? files = null)
    {
        var made = CreateEmpty();
        foreach (var (name, text) in files ?? Files) made.Write(name, text);
        made.Git("add", "--all");
        made.Git("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "--message", "Greet people");
        return made;
    }

    /// <summary>A folder that git knows, without any commit.</summary>
    public static SmallRepository CreateEmpty()
    {
        var made = new SmallRepository();
        made.Git("init", "--quiet", "--initial-branch=main", ".");
        return made;
    }

    public void Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public string Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = Path, RedirectStandardOutput = true, UseShellExecute = false };
        using var git = Process.Start(start)!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        git.ExitCode.ShouldBe(0, string.Join(' ', arguments));
        return output.TrimEnd();
    }

    public void Dispose() => Folder.Delete(recursive: true);
}
