using System.Diagnostics;
using System.Globalization;
using TaskBot.Workspaces.Edits;

namespace TaskBot.Workspaces.Tests.Edits;

/// <summary>
/// True edits of real files, written in each format with each harmless slip of models and with each twist that makes an
/// edit unsafe: the result is exactly the edit, or a refusal, and of the harmless ones nearly all apply. The seed of a failure is in its
/// message. TASKBOT_FUZZ_ROUNDS sets how many (a thousand by default), TASKBOT_FUZZ_SEED where to start, TASKBOT_FUZZ_FOLDER whose files
/// are edited instead of this project's.
/// </summary>
public sealed class RealFileFuzzTests
{
    /// <summary>Whose files are edited.</summary>
    const string Commit = "3dac72954853637ef6e72495d43a277d8bd682ca";

    static readonly int Rounds = Number("TASKBOT_FUZZ_ROUNDS", 1_000);
    static readonly int FirstSeed = Number("TASKBOT_FUZZ_SEED", 1);
    static readonly string[][] Files = [.. Environment.GetEnvironmentVariable("TASKBOT_FUZZ_FOLDER") is { } folder ? FilesOf(folder) : RealFiles()];

    static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    /// <summary>Source files of one commit of this project, as lines: always the same, so that a seed means the same in every checkout.</summary>
    static IEnumerable<string[]> RealFiles()
    {
        string[] kinds = [".cs", ".md", ".yml", ".py", ".json"];
        return Git("ls-tree", "-r", "--name-only", Commit).Where(path => kinds.Contains(Path.GetExtension(path))).Order(StringComparer.Ordinal)
            .Where((_, index) => index % 4 == 0)
            .Select(path => Git("show", $"{Commit}:{path}")).Where(lines => lines.Length is >= 20 and < 1000);
    }

    static IEnumerable<string[]> FilesOf(string folder)
    {
        string[] kinds = [".cs", ".md", ".yml", ".py", ".json"];
        return new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true })
            .Where(file => kinds.Contains(file.Extension) && file.Length < 40_000 && !file.FullName.Contains("/obj/") && !file.FullName.Contains("/bin/"))
            .OrderBy(file => file.FullName, StringComparer.Ordinal)
            .Select(file => File.ReadAllLines(file.FullName)).Where(lines => lines.Length >= 20);
    }

    /// <summary>A test that needs the project's history, and is skipped in a clone that is too shallow.</summary>
    sealed class HistoryFactAttribute : FactAttribute
    {
        public HistoryFactAttribute()
        {
            if (Git("rev-list", "--all", "--max-count=1000000").All(commit => commit != Commit)) Skip = $"This clone does not have the commit {Commit}.";
        }
    }

    static string[] Git(params string[] arguments)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TaskBot.sln"))) folder = folder.Parent;
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = folder.ShouldNotBeNull().FullName, RedirectStandardOutput = true, UseShellExecute = false }).ShouldNotBeNull();
        var text = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        git.ExitCode.ShouldBe(0, $"git {string.Join(' ', arguments)}");
        return text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
    }

    [HistoryFact]
    public async Task A_true_edit_with_harmless_slips_is_right_or_refused_and_nearly_always_right()
    {
        var (right, due) = (0, 0);
        var wrong = new List<string>();
        for (var seed = FirstSeed; seed < FirstSeed + Rounds; seed++)
        {
            var edit = new TrueEdit(new Random(seed), Files, withSlips: true);
            foreach (var (reply, format) in edit.Replies())
            {
                var result = await PlanAsync(edit, reply, format);
                if (result.Applied && After(result) != edit.After) wrong.Add($"seed {seed}, {format}, slips {edit.Slips}:\n{reply}");
                if (!edit.IsUnique) continue;
                due++;
                if (result.Applied) right++;
            }
        }
        Report(wrong);
        (right / (double)due).ShouldBeGreaterThan(0.98, $"{right} of {due}");
    }

    /// <summary>Fails with how many there are, which, and the whole of the first.</summary>
    static void Report(List<string> wrong) =>
        wrong.Count.ShouldBe(0, string.Join('\n', wrong.Select(one => one.Split(":\n", 2)[0])) + "\n" + wrong.FirstOrDefault());

    [HistoryFact]
    public async Task An_edit_with_an_unsafe_twist_is_never_applied_wrongly()
    {
        var wrong = new List<string>();
        for (var seed = FirstSeed; seed < FirstSeed + Rounds; seed++)
        {
            var edit = new TrueEdit(new Random(seed), Files, withSlips: false);
            foreach (var (twist, reply, format, before) in edit.Twisted())
            {
                var result = await new MemoryTree(("src/a.cs", before), ("src/b.cs", "other\n")).PlanAsync(reply, format);
                if (result.Applied && After(result) != edit.After) wrong.Add($"seed {seed}, {format}, {twist}:\n{reply}");
            }
        }
        Report(wrong);
    }

    [HistoryFact]
    public async Task Where_git_applies_too_both_come_to_the_same()
    {
        var folder = Directory.CreateTempSubdirectory("taskbot-fuzz-");
        try
        {
            var both = 0;
            for (var seed = FirstSeed; seed < FirstSeed + Math.Min(Rounds, 150); seed++)
            {
                var edit = new TrueEdit(new Random(seed), Files, withSlips: false);
                var diff = edit.Diff(fenced: false);
                Directory.CreateDirectory(Path.Combine(folder.FullName, "src"));
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, "src/a.cs"), edit.Before);
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, "d.patch"), diff);
                using var git = Process.Start(new ProcessStartInfo("git", ["apply", "--unidiff-zero", "--whitespace=nowarn", "d.patch"]) { WorkingDirectory = folder.FullName, RedirectStandardError = true, UseShellExecute = false })!;
                await git.StandardError.ReadToEndAsync();
                await git.WaitForExitAsync();
                var result = await PlanAsync(edit, diff, EditFormat.UnifiedDiff);
                if (git.ExitCode != 0 || !result.Applied) continue;
                both++;
                After(result).ShouldBe(await File.ReadAllTextAsync(Path.Combine(folder.FullName, "src/a.cs")), $"seed {seed}:\n{diff}");
            }
            both.ShouldBeGreaterThan(100);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static Task<EditResult> PlanAsync(TrueEdit edit, string reply, EditFormat format) => new MemoryTree(("src/a.cs", edit.Before), ("src/b.cs", "other\n")).PlanAsync(reply, format);

    static string After(EditResult result)
    {
        if (result.Changes is not [{ Path: "src/a.cs", After: { } after }]) return $"Changed: {string.Join(", ", result.Changes.Select(change => change.Path))}";
        return MemoryTree.Text(after.Content);
    }
}
