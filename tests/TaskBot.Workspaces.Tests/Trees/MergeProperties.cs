using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskBot.Workspaces.Trees;
using static TaskBot.Workspaces.Tests.Trees.ScratchRepository;

namespace TaskBot.Workspaces.Tests.Trees;

/// <summary>Random edits on both sides, merged as trees, beside <c>git merge-file</c> on the file alone. FsCheck prints the seed of a failure.</summary>
public sealed class MergeProperties : IDisposable
{
    static readonly CancellationToken None = CancellationToken.None;
    readonly ScratchRepository scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task A_merge_is_what_git_makes_of_the_files_or_says_where_it_conflicts()
    {
        await using var repository = await GitRepository.OpenAsync(scratch.Folder, None);
        var (clean, conflicted) = (0, 0);
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            if (IsCleanAsync(repository, new Random(seed)).GetAwaiter().GetResult()) clean++;
            else conflicted++;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(80).WithEndSize(1_000_000));
        // Both ends were really met.
        clean.ShouldBeGreaterThan(5);
        conflicted.ShouldBeGreaterThan(5);
    }

    async Task<bool> IsCleanAsync(GitRepository repository, Random random)
    {
        var lines = Enumerable.Range(0, 30).Select(i => $"line {i} of {random.Next(1_000_000)}").ToList();
        var (ours, theirs) = (Edited(lines, random, "ours"), Edited(lines, random, "theirs"));
        var empty = await repository.EmptyTreeAsync(None);
        Task<TreeId> TreeOf(List<string> text, string side) =>
            repository.WriteTreeAsync(empty, [Put("d/f.txt", Text(text)), Put("d/same.txt", "same\n"), .. side == "" ? [] : new[] { Put($"{side}.txt", side) }], None);
        var merge = await repository.MergeAsync(await TreeOf(lines, ""), await TreeOf(ours, "ours"), await TreeOf(theirs, "theirs"), None);

        foreach (var (name, text) in new[] { ("base", lines), ("ours", ours), ("theirs", theirs) }) await File.WriteAllTextAsync(scratch.Beside(name), Text(text));
        var (exit, output, _) = Run(scratch.Folder, "merge-file", "-p", "--diff-algorithm=histogram", scratch.Beside("ours"), scratch.Beside("base"), scratch.Beside("theirs"));
        if (exit > 127) (exit, output, _) = Run(scratch.Folder, "merge-file", "-p", scratch.Beside("ours"), scratch.Beside("base"), scratch.Beside("theirs"));

        if (merge is TreeMerge.Conflicted conflict)
        {
            exit.ShouldBeGreaterThan(0);
            conflict.Conflicts.SelectMany(found => found.Paths).ShouldBe(["d/f.txt"]);
            return false;
        }
        exit.ShouldBe(0);
        var tree = repository.Tree(merge.ShouldBeOfType<TreeMerge.Clean>().Tree);
        (await tree.ListAsync(None)).ShouldBe(["d/f.txt", "d/same.txt", "ours.txt", "theirs.txt"]);
        Encoding.UTF8.GetString((await tree.ReadAsync("d/f.txt", None))!.Content.Span).ShouldBe(Encoding.UTF8.GetString(output));
        return true;
    }

    static List<string> Edited(List<string> lines, Random random, string side)
    {
        var edited = new List<string>(lines);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(edited.Count);
            switch (random.Next(3))
            {
                case 0:
                    edited[at] = $"{side} changed this {random.Next(1_000_000)}";
                    break;
                case 1:
                    edited.Insert(at, $"{side} put this here {random.Next(1_000_000)}");
                    break;
                default:
                    edited.RemoveAt(at);
                    break;
            }
        }
        return edited;
    }

    static string Text(List<string> lines) => string.Concat(lines.Select(line => line + "\n"));
}
