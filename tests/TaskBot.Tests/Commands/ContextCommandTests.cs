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
}
