using System.Diagnostics;
using System.Globalization;
using System.Text;
using TaskBot.Benchmarks.Programs;
using TaskBot.Workspaces.Edits;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Benchmarks.Edits;

/// <summary>
/// From a model's reply to a new tree, on a generated repository: a unified diff that changes five files. Beside it, in the same run,
/// <c>git apply --index</c> of the same diff, and both must come to the same tree.
/// </summary>
static class EditBenchmark
{
    const int EditedFiles = 5;
    const int FilesAFolder = 100;
    const int Lines = 40;

    public static async Task RunAsync(TextWriter output, int files, int rounds, CancellationToken cancellationToken)
    {
        if (InstalledProgram.Find("git") is not { } git) throw new InvalidOperationException("git is not installed.");
        using var folder = new TemporaryFolder();
        await CreateRepositoryAsync(git, folder.Path, files, cancellationToken);
        List<double> open = [], cold = [], theirs = [];
        await using var repository = await GitRepository.OpenAsync(folder.Path, cancellationToken);
        var head = await repository.Refs.HeadAsync(cancellationToken) ?? throw new InvalidOperationException("The repository has no commit.");
        var tree = await repository.TreeOfAsync(head, cancellationToken);
        for (var round = 0; round < rounds; round++)
        {
            // Each round edits other lines to other texts, so that no object is there already.
            var patch = Patch(files, round, "open");
            var started = Stopwatch.GetTimestamp();
            var edited = await ApplyAsync(repository, tree, patch, cancellationToken);
            open.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);

            var freshPatch = Patch(files, round, "fresh");
            started = Stopwatch.GetTimestamp();
            await using (var fresh = await GitRepository.OpenAsync(folder.Path, cancellationToken))
                await ApplyAsync(fresh, tree, freshPatch, cancellationToken);
            cold.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);

            var (_, elapsed) = await git.RunAsync(folder.Path, ["apply", "--index", "-"], input => input.WriteAsync(patch), cancellationToken);
            theirs.Add(elapsed.TotalMilliseconds);
            var (expected, _) = await git.RunAsync(folder.Path, ["write-tree"], writeInput: null, cancellationToken);
            if (expected != edited.Value) throw new InvalidOperationException($"TaskBot made the tree {edited.Value}, git made {expected}.");
            await git.RunAsync(folder.Path, ["reset", "--quiet", "--hard"], writeInput: null, cancellationToken);
        }

        await output.WriteLineAsync($"{$"a {EditedFiles}-file edit, {files:N0} files, {rounds} rounds",-46} {"best ms",8} {"median ms",10} {"ratio",7}");
        await output.WriteLineAsync(Row("git apply --index", theirs, theirs));
        await output.WriteLineAsync(Row("TaskBot, reply to tree, repository open", open, theirs));
        await output.WriteLineAsync(Row("TaskBot, opening the repository included", cold, theirs));
    }

    static string Row(string name, List<double> figures, List<double> comparedWith) => string.Create(
        CultureInfo.InvariantCulture, $"{name,-46} {figures.Min(),8:N1} {Median(figures),10:N1} {Median(figures) / Median(comparedWith),6:N2}x");

    static double Median(List<double> figures) => figures.Order().ElementAt(figures.Count / 2);

    static async Task<TreeId> ApplyAsync(GitRepository repository, TreeId tree, string reply, CancellationToken cancellationToken)
    {
        var result = await EditPlanner.PlanAsync(repository.Tree(tree), reply, EditFormat.UnifiedDiff, cancellationToken);
        return result.Applied ? await repository.WriteTreeAsync(tree, result.Changes, cancellationToken) : throw new InvalidOperationException(result.ToString());
    }

    static async Task CreateRepositoryAsync(InstalledProgram git, string folder, int files, CancellationToken cancellationToken)
    {
        await git.RunAsync(folder, ["init", "--quiet", "--initial-branch=main"], writeInput: null, cancellationToken);
        await git.RunAsync(folder, ["fast-import", "--quiet"], async input =>
        {
            await input.WriteAsync("commit refs/heads/main\ncommitter Benchmark <benchmark@example.invalid> 1700000000 +0000\ndata 5\nfirst\n");
            for (var file = 0; file < files; file++)
            {
                var content = string.Concat(Enumerable.Range(1, Lines).Select(line => $"{Line(file, line)}\n"));
                await input.WriteAsync($"M 100644 inline {PathOf(file)}\ndata {Encoding.UTF8.GetByteCount(content)}\n{content}\n");
            }
        }, cancellationToken);
        await git.RunAsync(folder, ["reset", "--quiet", "--hard"], writeInput: null, cancellationToken);
    }

    static string PathOf(int file) => $"src/part{file / FilesAFolder}/file{file}.txt";

    static string Line(int file, int line) => $"line {line} of file {file}";

    static string Patch(int files, int round, string word)
    {
        var patch = new StringBuilder();
        for (var i = 0; i < EditedFiles; i++)
        {
            var file = (round + (i * files / EditedFiles)) % files;
            var path = PathOf(file);
            patch.Append(CultureInfo.InvariantCulture, $"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -19,3 +19,3 @@\n {Line(file, 19)}\n");
            patch.Append(CultureInfo.InvariantCulture, $"-{Line(file, 20)}\n+{word} {round}\n {Line(file, 21)}\n");
        }

        return patch.ToString();
    }
}
