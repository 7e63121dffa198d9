using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Benchmarks.Programs;
using TaskBot.Storage;
using TaskBot.Storage.Search;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Benchmarks.Search;

/// <summary>
/// The times of an index held in SQLite: made of a tree of many files, opened again, brought up to date after an edit of ten files, and
/// asked. The tree is this project's own sources, again and again, each time with other identifiers.
/// </summary>
static partial class IndexBenchmark
{
    const int EditedFiles = 10;
    const int Warming = 5;
    const int LongestSource = 60_000;

    static readonly string[] Extensions = [".cs", ".md", ".yml", ".js", ".css", ".html", ".sql", ".csproj"];

    static readonly string[] Questions =
    [
        "The outbox posts a comment twice after a restart\n\nI killed the process between `IntendAsync` and the confirmation.",
        "System.InvalidOperationException: The database was closed.\n   at TaskBot.Storage.Sqlite.SqliteWriter.WriteAsync in /src/TaskBot.Storage/Sqlite/SqliteWriter.cs:line 33",
        "Edits with CRLF line ends are refused\n\nA unified diff whose context has CRLF does not apply to a file with LF.",
        "Cancel a run from a slash command and tell the person who asked",
        "graph composition is slow when a layer has many references and variants",
    ];

    public static async Task RunAsync(TextWriter output, string sources, int files, int rounds, CancellationToken cancellationToken)
    {
        var git = InstalledProgram.Find("git") ?? throw new InvalidOperationException("git is not installed.");
        using var folder = new TemporaryFolder();
        var size = await CreateRepositoryAsync(git, sources, folder.Path, files, cancellationToken);
        await using var repository = await GitRepository.OpenAsync(folder.Path, cancellationToken);
        var head = await repository.Refs.HeadAsync(cancellationToken) ?? throw new InvalidOperationException("The repository has no commit.");
        var tree = await repository.TreeOfAsync(head, cancellationToken);
        using var place = new TemporaryFolder();
        await using var database = SqliteDatabase.Open(
            new DatabaseOptions { ConnectionString = place.File("search.db") }, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
        var store = new SqliteSearchStore(database, TimeProvider.System, NullLogger<SqliteSearchStore>.Instance);

        var started = Stopwatch.GetTimestamp();
        var used = Environment.CpuUsage.TotalTime;
        using var search = new CodeSearch(store);
        await AskAsync(search, tree, Questions[0]);
        await output.WriteLineAsync($"{$"index of {files:N0} files, {size / 1_000_000:N0} MB, and a first answer",-56} {Stopwatch.GetElapsedTime(started).TotalSeconds,9:N1} s");
        await output.WriteLineAsync($"{"  of processor time, git's not counted",-56} {(Environment.CpuUsage.TotalTime - used).TotalSeconds,9:N1} s");
        started = Stopwatch.GetTimestamp();
        using (var other = new CodeSearch(store)) await AskAsync(other, tree, Questions[0]);
        await output.WriteLineAsync($"{"the same by another process, from the database",-56} {Stopwatch.GetElapsedTime(started).TotalMilliseconds,9:N0} ms");

        List<double> updates = [], asked = [], early = [];
        var paths = await repository.Tree(tree).ListAsync(cancellationToken);
        // In the first rounds the runtime still compiles, which a published program has behind it.
        for (var round = -Warming; round < rounds; round++)
        {
            tree = await EditAsync(tree, round);
            started = Stopwatch.GetTimestamp();
            await AskAsync(search, tree, "");
            if (round >= 0)
                updates.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            foreach (var question in Questions)
            {
                started = Stopwatch.GetTimestamp();
                await AskAsync(search, tree, question);
                (round < 0 ? early : asked).Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
            if (round == -1)
                used = Environment.CpuUsage.TotalTime;
        }
        await output.WriteLineAsync(Row($"update after an edit of {EditedFiles} files", updates));
        await output.WriteLineAsync(Row("an answer of ten files", asked));
        await output.WriteLineAsync(Row("the same while the runtime compiles", early));
        await output.WriteLineAsync($"{"  processor time of a round: an update, five answers",-56} {(Environment.CpuUsage.TotalTime - used).TotalMilliseconds / rounds,9:N0} ms");
        await output.WriteLineAsync($"{"the database",-56} {new DirectoryInfo(place.Path).EnumerateFiles().Sum(file => file.Length) / 1_000_000,9:N0} MB");

        Task<IReadOnlyList<SearchHit>> AskAsync(CodeSearch with, TreeId of, string text) =>
            with.FindAsync(new CodeQuestion(repository.Tree(of), text), cancellationToken);

        async Task<TreeId> EditAsync(TreeId from, int round)
        {
            var changes = new List<FileChange>();
            for (var i = 0; i < EditedFiles; i++)
            {
                var path = paths[(((round + Warming) * EditedFiles) + (i * paths.Count / EditedFiles)) % paths.Count];
                var old = await repository.Tree(from).ReadAsync(path, cancellationToken) ?? throw new InvalidOperationException($"{path} is gone.");
                changes.Add(new FileChange(path, new FileEntry(FileKind.Regular, (byte[])[.. old.Content.Span, .. Encoding.UTF8.GetBytes($"// edited in round {round}\n")])));
            }
            return await repository.WriteTreeAsync(from, changes, cancellationToken);
        }
    }

    static string Row(string name, List<double> figures) =>
        string.Create(CultureInfo.InvariantCulture, $"{$"{name}: median, worst of {figures.Count}",-56} {figures.Order().ElementAt(figures.Count / 2),9:N0} ms {figures.Max(),9:N0} ms");

    static async Task<long> CreateRepositoryAsync(InstalledProgram git, string sources, string folder, int files, CancellationToken cancellationToken)
    {
        var (listed, _) = await git.RunAsync(sources, ["ls-files", "-z"], writeInput: null, cancellationToken);
        var texts = new List<(string Path, string Text)>();
        foreach (var path in listed.Split('\0').Where(path => Extensions.Contains(Path.GetExtension(path)) && File.Exists(Path.Combine(sources, path))))
            if (new FileInfo(Path.Combine(sources, path)).Length < LongestSource)
                texts.Add((path, await File.ReadAllTextAsync(Path.Combine(sources, path), cancellationToken)));
        if (texts.Count == 0) throw new InvalidOperationException($"'{sources}' is no checkout of the project; run this in one.");
        await git.RunAsync(folder, ["init", "--quiet", "--initial-branch=main"], writeInput: null, cancellationToken);
        var size = 0L;
        await git.RunAsync(folder, ["fast-import", "--quiet"], async input =>
        {
            await input.WriteAsync("commit refs/heads/main\ncommitter Benchmark <benchmark@example.invalid> 1700000000 +0000\ndata 5\nfirst\n");
            for (var file = 0; file < files; file++)
            {
                var copy = file / texts.Count;
                var (path, text) = texts[file % texts.Count];
                // Each copy has half of its longer names of its own, as the parts of a large product do.
                var renamed = copy == 0 ? text : Identifier().Replace(text, match => match.Value[1] % 2 == 0 ? $"{match.Value}{(char)('A' + (copy % 26))}{(char)('a' + (copy / 26))}x" : match.Value);
                size += Encoding.UTF8.GetByteCount(renamed);
                await input.WriteAsync($"M 100644 inline {(copy == 0 ? path : $"part{copy}/{path}")}\ndata {Encoding.UTF8.GetByteCount(renamed)}\n{renamed}\n");
            }
        }, cancellationToken);
        return size;
    }

    [GeneratedRegex(@"\b[A-Z][a-z]+[A-Z]\w{4,}\b")]
    private static partial Regex Identifier();
}
