using System.Diagnostics;
using TaskBot.Workspaces.Edits;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Tests.Trees;

/// <summary>A repository of 100,000 files in 1,000 folders.</summary>
public sealed class LargeRepositoryTests : IDisposable
{
    const int Files = 100_000;
    static readonly CancellationToken None = CancellationToken.None;
    readonly ScratchRepository scratch = new();

    public void Dispose() => scratch.Dispose();

    static string PathOf(int file) => $"src/part{file / 10_000}/unit{file / 100}/file{file}.txt";

    async Task ImportAsync()
    {
        var start = new ProcessStartInfo("git", ["fast-import", "--quiet"]) { WorkingDirectory = scratch.Folder, RedirectStandardInput = true, UseShellExecute = false };
        using var git = Process.Start(start)!;
        await git.StandardInput.WriteAsync("commit refs/heads/main\ncommitter Ada <ada@example.test> 1700000000 +0000\ndata 1\nx\n");
        for (var file = 0; file < Files; file++)
            await git.StandardInput.WriteAsync($"M 100644 inline {PathOf(file)}\ndata 12\none\ntwo\nten\n\n");
        git.StandardInput.Close();
        await git.WaitForExitAsync();
        git.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task An_edit_reads_and_writes_the_folders_that_it_touches_and_no_others()
    {
        await ImportAsync();
        await using var repository = await GitRepository.OpenAsync(scratch.Folder, None);
        var head = await repository.TreeOfAsync((await repository.Refs.HeadAsync(None))!.Value, None);
        int[] edited = [0, 20_000, 40_000, 60_000, 99_999];
        var reply = string.Concat(edited.Select(file => $"{PathOf(file)}\n<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE\n"));
        var result = await EditPlanner.PlanAsync(repository.Tree(head), reply, EditFormat.Auto, None);
        result.Applied.ShouldBeTrue(result.ToString());
        var tree = await repository.WriteTreeAsync(head, result.Changes, None);
        // The root, src, and for each file its two folders.
        repository.Objects.FolderCount.ShouldBe(2 + (2 * edited.Length));
        (await repository.ChangesAsync(head, tree, None)).Select(change => change.Path).ShouldBe(edited.Select(PathOf).Order(StringComparer.Ordinal));
        scratch.Git("fsck", "--connectivity-only", "--no-dangling").ShouldBeEmpty();
    }
}
