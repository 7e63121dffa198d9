using System.Diagnostics;
using System.Globalization;
using System.Text;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Tests.Edits;

/// <summary>A real process that writes into a folder for ever, and is killed in the middle of it.</summary>
public sealed class KilledWriterTests : IDisposable
{
    const int Files = 60;
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-killed-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(21)]
    [InlineData(34)]
    public async Task A_killed_write_leaves_all_old_or_all_new(int rounds)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(KilledWriter).Assembly.Location, KilledWriter.Verb, folder.FullName])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using (var writer = Process.Start(start)!)
        {
            // The writer says when a round is over and is in the middle of the next one when the signal comes.
            for (var round = 0; round < rounds; round++) (await writer.StandardOutput.ReadLineAsync()).ShouldNotBeNull();
            writer.Kill();
            await writer.WaitForExitAsync();
        }

        var tree = new FolderTree(folder.FullName);
        var paths = await tree.ListAsync(default);
        var generations = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths) generations.Add(Encoding.UTF8.GetString((await tree.ReadAsync(path, default))!.Content.Span));
        var generation = generations.ShouldHaveSingleItem();
        int.Parse(generation, CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(rounds - 1);
        paths.ShouldBe(KilledWriter.Paths(int.Parse(generation, CultureInfo.InvariantCulture)));
        Directory.EnumerateFileSystemEntries(folder.FullName, ".taskbot*").ShouldBeEmpty();

        // And the folder can be written as if nothing had been.
        await tree.WriteAsync([new FileChange("after", new FileEntry(FileKind.Regular, "x"u8.ToArray()))], default);
        (await tree.ListAsync(default)).Count.ShouldBe(Files + 1);
    }

    [Fact]
    public async Task What_someone_wrote_after_the_kill_stays_as_they_left_it()
    {
        var journal = Directory.CreateDirectory(Path.Combine(folder.FullName, ".taskbot-edit")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "mine"), "written after the kill");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "same"), "old");
        var same = new FileInfo(Path.Combine(folder.FullName, "same"));
        await File.WriteAllTextAsync(Path.Combine(journal, "new-0"), "new");
        await File.WriteAllTextAsync(Path.Combine(journal, "new-1"), "new");
        await File.WriteAllTextAsync(Path.Combine(journal, "moves.json"), $$"""
            [{"Path": "mine", "Index": 0, "HasNew": true, "Length": 3, "Ticks": 1},
             {"Path": "same", "Index": 1, "HasNew": true, "Length": 3, "Ticks": {{same.LastWriteTimeUtc.Ticks}}}]
            """);
        var tree = new FolderTree(folder.FullName);
        Encoding.UTF8.GetString((await tree.ReadAsync("mine", default))!.Content.Span).ShouldBe("written after the kill");
        Encoding.UTF8.GetString((await tree.ReadAsync("same", default))!.Content.Span).ShouldBe("new");
    }

    /// <summary>What the process does: one generation of files after the other, with names that come and go.</summary>
    internal static class KilledWriter
    {
        public const string Verb = "write-until-killed";

        public static string[] Paths(int generation) =>
            [.. Enumerable.Range(0, Files).Select(i => i % 2 == 0 ? $"d{i % 7}/f{i}" : $"g{generation % 2}/n{i}").Order(StringComparer.Ordinal)];

        public static async Task RunAsync(string folder)
        {
            var tree = new FolderTree(folder);
            for (var generation = 0; ; generation++)
            {
                var content = Encoding.UTF8.GetBytes(generation.ToString(CultureInfo.InvariantCulture));
                var paths = Paths(generation);
                var changes = paths.Select(path => new FileChange(path, new FileEntry(FileKind.Regular, content)))
                    .Concat(generation == 0 ? [] : Paths(generation - 1).Except(paths, StringComparer.Ordinal).Select(path => new FileChange(path, null)));
                await tree.WriteAsync([.. changes], default);
                Console.WriteLine(generation);
            }
        }
    }
}
