using System.Diagnostics;
using System.Text.Json;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

public sealed class ContextCommandTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-context-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Find_prints_files_with_reasons_symbols_and_lines()
    {
        folder.CreateSubdirectory("src");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "src", "cart.py"), "def total(cart):\n    return 0\n\n\ndef discount(cart):\n    return 1\n");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "issue.md"), "The discount is wrong\n\n  File \"/app/src/cart.py\", line 6, in discount\n");

        var exit = await TaskBotProcess.RunAsync(["context", "find", "--root", "src", "--query", "issue.md", "--limit", "3", "--json"], folder: folder.FullName);

        exit.Code.ShouldBe(0, exit.Error);
        var file = JsonDocument.Parse(exit.Output).RootElement.GetProperty("files").EnumerateArray().Single();
        file.GetProperty("path").GetString().ShouldBe("cart.py");
        file.GetProperty("score").GetDouble().ShouldBeGreaterThan(0);
        file.GetProperty("reasons")[0].GetString().ShouldBe("mentioned as app/src/cart.py, line 6");
        file.GetProperty("symbols").ToString().ShouldContain("""{"name":"discount","kind":"function","line":5,"end_line":6}""");
        file.GetProperty("lines").ToString().ShouldContain("[5,6]");
    }

    [Fact]
    public async Task Find_leaves_out_what_a_plain_folder_ignores()
    {
        folder.CreateSubdirectory("src");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, ".gitignore"), "[Oo]ut/\n*.py[cod]\n.query\n");
        await AskAsync();
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "src", ".gitignore"), "/*.log\n");
        foreach (var path in new[] { "src/trombone.py", "src/trombone.pyc", "src/trombone.log", "Out/trombone.py", "trombone.log" })
            await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(folder.FullName, Path.GetDirectoryName(path)!)).FullName, Path.GetFileName(path)), "trombone\n");

        var exit = await TaskBotProcess.RunAsync(["context", "find", "--root", ".", "--query", ".query", "--json"], folder: folder.FullName);

        exit.Code.ShouldBe(0, exit.Error);
        JsonDocument.Parse(exit.Output).RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("path").GetString()).ShouldBe(
            ["src/trombone.py", "trombone.log"], ignoreOrder: true);
    }

    [Fact]
    public async Task Find_keeps_the_index_of_a_repository_for_the_next_time()
    {
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "trombone.py"), "def play():\n    pass\n");
        await AskAsync();
        await GitAsync("init", "--quiet");
        await GitAsync("add", ".");
        await GitAsync("-c", "user.name=Test", "-c", "user.email=test@example.invalid", "commit", "--quiet", "-m", "Begin");
        foreach (var _ in new[] { 1, 2 })
        {
            var exit = await TaskBotProcess.RunAsync(["context", "find", "--root", ".", "--query", ".query"], folder: folder.FullName);
            exit.Code.ShouldBe(0, exit.Error);
            exit.Error.ShouldBeEmpty();
            exit.Output.ShouldContain("trombone.py");
        }
        File.Exists(Path.Combine(folder.FullName, ".git", "taskbot", "taskbot.db")).ShouldBeTrue();

        async Task GitAsync(params string[] arguments)
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = folder.FullName })!;
            await git.WaitForExitAsync();
            git.ExitCode.ShouldBe(0);
        }
    }

    Task AskAsync() => File.WriteAllTextAsync(Path.Combine(folder.FullName, ".query"), "The trombone is silent");
}
