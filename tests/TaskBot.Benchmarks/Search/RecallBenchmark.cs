using TaskBot.Benchmarks.Programs;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Benchmarks.Search;

/// <summary>
/// How many of the files that a change really touched are among the first ten found for its message, on the tree before it. Weights were
/// chosen on this project's history and on releases of axios and appium-android-driver, which are not here; the packages below were held out,
/// and their figure is the one that counts.
/// </summary>
static class RecallBenchmark
{
    const int Shown = 10;

    /// <summary>Sixty versions in all, so that a first run costs the registry little.</summary>
    static readonly PackageHistory[] HeldOut =
    [
        new("expo-modules-core", @"^5[56]\.", 15), new("knex", @"^(0\.95|[123])\.", 15), new("video.js", @"^8\.", 15),
        new("appium-xcuitest-driver", @"^([89]|10)\.", 15),
    ];

    /// <param name="own">This project's repository; null where it cannot be found.</param>
    public static async Task RunAsync(TextWriter output, string? own, bool isQuick, CancellationToken cancellationToken)
    {
        var git = InstalledProgram.Find("git") ?? throw new InvalidOperationException("git is not installed.");
        using var folder = new TemporaryFolder();
        await output.WriteLineAsync($"{"recall among the first ten",-34} {"changes",8} {"git grep",9} {"BM25",7} {"TaskBot",8} {"points",7}");
        var held = new List<Recall>();
        if (!isQuick)
        {
            foreach (var history in HeldOut)
                held.AddRange(await RowAsync(output, git, history, folder.Path, cancellationToken));
            await output.WriteLineAsync(Row("all that were held out", held));
        }
        if (own is not null)
            await RowAsync(output, git, "this project (seen)", own, cancellationToken);
    }

    static async Task<IReadOnlyList<Recall>> RowAsync(TextWriter output, InstalledProgram git, PackageHistory history, string folder, CancellationToken cancellationToken)
    {
        if (await history.CreateAsync(git, folder, cancellationToken) is { } repository)
            return await RowAsync(output, git, history.Package, repository, cancellationToken);
        await output.WriteLineAsync($"{history.Package,-34} left out: its versions cannot be fetched here");
        return [];
    }

    static async Task<IReadOnlyList<Recall>> RowAsync(TextWriter output, InstalledProgram git, string name, string folder, CancellationToken cancellationToken)
    {
        await using var repository = await GitRepository.OpenAsync(folder, cancellationToken);
        using var search = new CodeSearch();
        var words = new Dictionary<string, Dictionary<string, int>>(StringComparer.Ordinal);
        var recalls = new List<Recall>();
        foreach (var issue in await PastIssue.ReadAsync(git, folder, cancellationToken))
        {
            var tree = repository.Tree(await repository.TreeOfAsync(issue.Parent, cancellationToken));
            var found = await search.FindAsync(new CodeQuestion(tree, issue.Message) { Limit = Shown, History = issue.Parent }, cancellationToken);
            var plain = await PlainSearch.RankAsync(tree, issue.Message, words, cancellationToken);
            var grep = await PlainSearch.GrepAsync(git, folder, tree.Id, issue.Message, (await tree.ListAsync(cancellationToken)).Count, cancellationToken);
            recalls.Add(new Recall(Of(grep), Of(plain), Of(found.Select(hit => hit.Path))));

            double Of(IEnumerable<string> paths) => (double)paths.Count(issue.Changed.Contains) / issue.Changed.Count;
        }
        await output.WriteLineAsync(Row(name, recalls));
        return recalls;
    }

    static string Row(string name, IReadOnlyList<Recall> recalls)
    {
        if (recalls.Count == 0)
            return $"{name,-34} {0,8}";
        var (grep, plain, ours) = (recalls.Average(recall => recall.Grep), recalls.Average(recall => recall.Plain), recalls.Average(recall => recall.Ours));
        return $"{name,-34} {recalls.Count,8} {100 * grep,8:N1}% {100 * plain,6:N1}% {100 * ours,7:N1}% {100 * (ours - Math.Max(grep, plain)),7:+0.0;-0.0}";
    }

    sealed record Recall(double Grep, double Plain, double Ours);
}
