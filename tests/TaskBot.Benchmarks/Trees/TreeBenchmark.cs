using System.Diagnostics;
using System.Globalization;
using System.Text;
using TaskBot.Benchmarks.Programs;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Edits;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Benchmarks.Trees;

/// <summary>
/// Trees of a large repository without a checkout: a 5-file edit from reply to tree beside <c>git apply --cached</c> and <c>git write-tree</c>
/// (both must come to the same tree), many new files at once beside <c>git fast-import</c>, and a checkout moved by difference. At two
/// sizes, so that work which grows with the repository shows.
/// </summary>
static class TreeBenchmark
{
    const int EditedFiles = 5;
    const int FilesAFolder = 100;

    /// <summary>Ten kilobytes a file, so that 100,000 files are one gigabyte.</summary>
    const int Lines = 340;

    public static async Task RunAsync(TextWriter output, int[] sizes, int rounds, CancellationToken cancellationToken)
    {
        if (InstalledProgram.Find("git") is not { } git) throw new InvalidOperationException("git is not installed.");
        foreach (var files in sizes) await RunAsync(output, git, files, rounds, cancellationToken);
        using var process = Process.GetCurrentProcess();
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"peak memory of this process: {process.PeakWorkingSet64 / 1e6:N0} MB"));
    }

    static async Task RunAsync(TextWriter output, InstalledProgram git, int files, int rounds, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        await git.RunAsync(folder.Path, ["init", "--quiet", "--initial-branch=main"], writeInput: null, cancellationToken);
        await git.RunAsync(folder.Path, ["fast-import", "--quiet"], input => WriteStreamAsync(input, "main", Enumerable.Range(0, files), "first"), cancellationToken);
        await git.RunAsync(folder.Path, ["read-tree", "main"], writeInput: null, cancellationToken);
        await using var repository = await GitRepository.OpenAsync(folder.Path, cancellationToken);
        var head = await repository.Refs.ResolveAsync("main", cancellationToken) ?? throw new InvalidOperationException("The repository has no commit.");
        var tree = await repository.TreeOfAsync(head, cancellationToken);
        var bytes = (double)files * Content(files / 2, "first").Length;
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{$"{files:N0} files, {bytes / 1e9:0.00} GB",-52} {"best ms",9} {"median ms",10}"));

        List<double> first = [], open = [], theirs = [];
        for (var round = 0; round < rounds; round++)
        {
            var patch = Patch(files, round, "fresh");
            first.Add(await TimeAsync(async () =>
            {
                await using var fresh = await GitRepository.OpenAsync(folder.Path, cancellationToken);
                await ApplyAsync(fresh, tree, patch, cancellationToken);
            }));
            patch = Patch(files, round, "open");
            TreeId edited = default;
            open.Add(await TimeAsync(async () => edited = await ApplyAsync(repository, tree, patch, cancellationToken)));
            var expected = "";
            theirs.Add(await TimeAsync(async () =>
            {
                await git.RunAsync(folder.Path, ["apply", "--cached", "-"], input => input.WriteAsync(patch), cancellationToken);
                (expected, _) = await git.RunAsync(folder.Path, ["write-tree"], writeInput: null, cancellationToken);
            }));
            if (expected != edited.Value) throw new InvalidOperationException($"TaskBot made the tree {edited.Value}, git made {expected}.");
            await git.RunAsync(folder.Path, ["read-tree", "main"], writeInput: null, cancellationToken);
        }

        await output.WriteLineAsync(Row($"{EditedFiles}-file edit: git apply --cached, git write-tree", theirs));
        await output.WriteLineAsync(Row($"{EditedFiles}-file edit: TaskBot, repository open", open));
        await output.WriteLineAsync(Row($"{EditedFiles}-file edit: TaskBot, opening it included", first));

        var many = Math.Min(files, 10_000);
        List<double> written = [], imported = [];
        for (var round = 0; round < Math.Min(rounds, 3); round++)
        {
            FileChange[] changes =
            [
                .. Enumerable.Range(0, many).Select(file => new FileChange(PathOf(file), new FileEntry(FileKind.Regular, Encoding.UTF8.GetBytes(Content(file, $"written {round}"))))),
            ];
            written.Add(await TimeAsync(() => repository.WriteTreeAsync(tree, changes, cancellationToken)));
            imported.Add(await TimeAsync(() =>
                git.RunAsync(folder.Path, ["fast-import", "--quiet", "--force"], input => WriteStreamAsync(input, "import", Enumerable.Range(0, many), $"imported {round}"), cancellationToken)));
        }

        await output.WriteLineAsync(Row($"{many:N0} changed files: git fast-import", imported));
        await output.WriteLineAsync(Row($"{many:N0} changed files: TaskBot, changes to tree", written));

        using var pool = new CheckoutPool(repository, capacity: 1);
        List<double> filled = [], moved = [];
        filled.Add(await TimeAsync(async () => await (await pool.RentAsync(tree, keepIgnored: false, cancellationToken)).DisposeAsync()));
        for (var round = 0; round < Math.Min(rounds, 5); round++)
        {
            var next = await ApplyAsync(repository, tree, Patch(files, round, "moved"), cancellationToken);
            moved.Add(await TimeAsync(async () => await (await pool.RentAsync(next, keepIgnored: false, cancellationToken)).DisposeAsync()));
        }

        await output.WriteLineAsync(Row("checkout: the first, all files", filled));
        await output.WriteLineAsync(Row("checkout: moved to a tree with 10 other files", moved));
    }

    static async Task<double> TimeAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    static string Row(string name, List<double> figures) =>
        string.Create(CultureInfo.InvariantCulture, $"{name,-52} {figures.Min(),9:N1} {figures.Order().ElementAt(figures.Count / 2),10:N1}");

    static async Task<TreeId> ApplyAsync(GitRepository repository, TreeId tree, string reply, CancellationToken cancellationToken)
    {
        var result = await EditPlanner.PlanAsync(repository.Tree(tree), reply, EditFormat.UnifiedDiff, cancellationToken);
        return result.Applied ? await repository.WriteTreeAsync(tree, result.Changes, cancellationToken) : throw new InvalidOperationException(result.ToString());
    }

    static async Task WriteStreamAsync(StreamWriter input, string branch, IEnumerable<int> files, string word)
    {
        await input.WriteAsync($"commit refs/heads/{branch}\ncommitter Benchmark <benchmark@example.invalid> 1700000000 +0000\ndata 5\nfirst\n");
        foreach (var file in files)
        {
            var content = Content(file, word);
            await input.WriteAsync($"M 100644 inline {PathOf(file)}\ndata {Encoding.UTF8.GetByteCount(content)}\n{content}\n");
        }
    }

    static string PathOf(int file) => $"src/part{file / FilesAFolder / 30}/unit{file / FilesAFolder}/file{file}.txt";

    static string Content(int file, string word) => string.Concat(Enumerable.Range(1, Lines).Select(line => Line(file, line, word) + "\n"));

    static string Line(int file, int line, string word) => $"{word}: line {line} of file {file}";

    static string Patch(int files, int round, string word)
    {
        var patch = new StringBuilder();
        for (var i = 0; i < EditedFiles; i++)
        {
            var file = (round + (i * files / EditedFiles)) % files;
            var path = PathOf(file);
            patch.Append(CultureInfo.InvariantCulture, $"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -19,3 +19,3 @@\n {Line(file, 19, "first")}\n");
            patch.Append(CultureInfo.InvariantCulture, $"-{Line(file, 20, "first")}\n+{word} {round}\n {Line(file, 21, "first")}\n");
        }

        return patch.ToString();
    }
}
