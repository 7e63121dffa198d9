using TaskBot.Benchmarks.Programs;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Benchmarks.Search;

/// <summary>
/// How many of the files that a change really touched are among the first ten found for its message, on the tree before it. Weights were
/// chosen on the packages of <see cref="Seen"/>, on this project's history, and on releases of axios and appium-android-driver, which are not
/// here; the others were held out, and their figure is the one that counts.
/// </summary>
static class RecallBenchmark
{
    const int Shown = 10;
    const int Resamples = 10_000;

    /// <summary>Of one history, the newest, so that none outweighs the others.</summary>
    const int MostChanges = 30;

    static readonly PastHistory[] Seen = [new PatchHistory("openssh"), new PatchHistory("exim4"), new PatchHistory("glib2.0"), new PatchHistory("runc")];

    /// <summary>Of npm packages fifteen versions each, so that a first run costs the registry little.</summary>
    static readonly PastHistory[] HeldOut =
    [
        new PatchHistory("python-django"), new PatchHistory("netty"), new PatchHistory("containerd"), new PatchHistory("roundcube"), new PatchHistory("phpmyadmin"),
        new PatchHistory("mutter"), new PatchHistory("flatpak"), new PatchHistory("curl"), new PatchHistory("dovecot"), new PatchHistory("gnutls28"),
        new PackageHistory("expo-modules-core", @"^5[56]\.", 15), new PackageHistory("knex", @"^(0\.95|[123])\.", 15), new PackageHistory("video.js", @"^8\.", 15),
        new PackageHistory("appium-xcuitest-driver", @"^([89]|10)\.", 15),
    ];

    /// <param name="own">This project's repository; null where it cannot be found.</param>
    public static async Task RunAsync(TextWriter output, string? own, bool isQuick, CancellationToken cancellationToken)
    {
        var git = await HeadAsync(output);
        if (!isQuick)
        {
            await GroupAsync(output, git, "all that were seen", Seen, cancellationToken);
            await GroupAsync(output, git, "all that were held out", HeldOut, cancellationToken);
        }
        if (own is not null)
            await RowAsync(output, git, "this project (seen)", own, cancellationToken);
    }

    /// <summary>The same over histories by their names, or folders of repositories.</summary>
    public static async Task RunAsync(TextWriter output, IReadOnlyList<string> given, CancellationToken cancellationToken)
    {
        var git = await HeadAsync(output);
        PastHistory[] known = [.. Seen, .. HeldOut];
        await GroupAsync(output, git, "all that were given", [.. given.Select(name => Array.Find(known, history => history.Name == name) ?? new FolderHistory(name))], cancellationToken);
    }

    static async Task<InstalledProgram> HeadAsync(TextWriter output)
    {
        await output.WriteLineAsync($"{"recall among the first ten",-34} {"changes",8} {"git grep",9} {"BM25",7} {"TaskBot",8} {"points over the better (95 %)",30} {"BM25 of sources",16} {"points over it (95 %)",29}");
        return InstalledProgram.Find("git") ?? throw new InvalidOperationException("git is not installed.");
    }

    static async Task GroupAsync(TextWriter output, InstalledProgram git, string name, IReadOnlyList<PastHistory> histories, CancellationToken cancellationToken)
    {
        var recalls = new List<Recall>();
        foreach (var history in histories)
        {
            using var folder = new TemporaryFolder();
            if (await history.CreateAsync(git, folder.Path, cancellationToken) is { } repository)
                recalls.AddRange(await RowAsync(output, git, history.Name, repository, cancellationToken));
            else
                await output.WriteLineAsync($"{history.Name,-34} left out: it cannot be fetched here");
        }
        await output.WriteLineAsync(Row(name, recalls));
    }

    static async Task<IReadOnlyList<Recall>> RowAsync(TextWriter output, InstalledProgram git, string name, string folder, CancellationToken cancellationToken)
    {
        await using var repository = await GitRepository.OpenAsync(folder, cancellationToken);
        using var search = new CodeSearch();
        var words = new Dictionary<string, PlainSearch.FileWords>(StringComparer.Ordinal);
        var recalls = new List<Recall>();
        foreach (var issue in (await PastIssue.ReadAsync(git, folder, cancellationToken)).Take(MostChanges))
        {
            var tree = repository.Tree(await repository.TreeOfAsync(issue.Parent, cancellationToken));
            var found = await search.FindAsync(new CodeQuestion(tree, issue.Message) { Limit = Shown, History = issue.Parent }, cancellationToken);
            var files = await PlainSearch.ReadAsync(tree, words, cancellationToken);
            var plain = PlainSearch.Rank(files, issue.Message);
            var sources = PlainSearch.Rank([.. files.Where(file => PastIssue.IsSource(file.Path))], issue.Message);
            var grep = await PlainSearch.GrepAsync(git, folder, tree.Id, issue.Message, files, cancellationToken);
            recalls.Add(new Recall(Of(grep), Of(plain), Of(sources), Of(found.Select(hit => hit.Path))));

            double Of(IEnumerable<string> paths) => (double)paths.Count(issue.Changed.Contains) / issue.Changed.Count;
        }
        await output.WriteLineAsync(Row(name, recalls));
        return recalls;
    }

    static string Row(string name, IReadOnlyList<Recall> recalls)
    {
        if (recalls.Count == 0)
            return $"{name,-34} {0,8}";
        var mean = Recall.Mean(recalls);
        return $"{name,-34} {recalls.Count,8} {100 * mean.Grep,8:N1}% {100 * mean.Plain,6:N1}% {100 * mean.Ours,7:N1}% {Points(recalls, recall => recall.Gain),30} {100 * mean.Sources,15:N1}% {Points(recalls, recall => recall.StrictGain),29}";
    }

    /// <summary>A gain, and where it lies in 95 of 100 drawings of as many changes with replacement (the bootstrap's percentiles).</summary>
    static string Points(IReadOnlyList<Recall> recalls, Func<Recall, double> gain)
    {
        var random = new Random(1);
        var gains = new double[Resamples];
        var drawn = new Recall[recalls.Count];
        for (var at = 0; at < Resamples; at++)
        {
            for (var i = 0; i < drawn.Length; i++)
                drawn[i] = recalls[random.Next(recalls.Count)];
            gains[at] = gain(Recall.Mean(drawn));
        }
        Array.Sort(gains);
        return $"{100 * gain(Recall.Mean(recalls)):+0.0;-0.0} ({100 * gains[Resamples * 25 / 1000]:+0.0;-0.0} to {100 * gains[Resamples * 975 / 1000]:+0.0;-0.0})";
    }

    /// <param name="Plain">BM25 over all files.</param>
    /// <param name="Sources">BM25 over files of the kinds that a change is looked for in, which is told to it and not to us.</param>
    sealed record Recall(double Grep, double Plain, double Sources, double Ours)
    {
        public double Gain => Ours - Math.Max(Grep, Plain);

        public double StrictGain => Ours - Sources;

        public static Recall Mean(IReadOnlyCollection<Recall> all) =>
            new(all.Average(recall => recall.Grep), all.Average(recall => recall.Plain), all.Average(recall => recall.Sources), all.Average(recall => recall.Ours));
    }
}
