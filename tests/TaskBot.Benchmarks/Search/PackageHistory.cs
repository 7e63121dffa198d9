using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TaskBot.Benchmarks.Programs;

namespace TaskBot.Benchmarks.Search;

/// <summary>
/// The released versions of an npm package as a git history: each version is a commit of what people wrote of it, and what its changelog
/// says of the version is the message. Fetched by the npm client into the temporary folder, and kept there.
/// </summary>
/// <param name="Versions">Which versions to take, by a pattern on their names; prereleases never.</param>
/// <param name="Most">How many to take, the newest.</param>
sealed partial record PackageHistory(string Package, string Versions, int Most) : PastHistory(Package)
{
    public override async Task<string?> CreateAsync(InstalledProgram git, string folder, CancellationToken cancellationToken)
    {
        if (await FetchAsync(cancellationToken) is not { Count: > 1 } files || InstalledProgram.Find("tar") is not { } tar)
            return null;
        var repository = Path.Combine(folder, Package);
        Directory.CreateDirectory(repository);
        await InitAsync(git, repository, cancellationToken);
        var unpacked = new List<(string Version, string Folder)>();
        foreach (var (version, file) in files)
        {
            var target = Directory.CreateDirectory(Path.Combine(folder, $"{Package}-{version}")).FullName;
            await tar.RunAsync(target, ["xzf", file, "--strip-components=1", .. Written], writeInput: null, cancellationToken);
            unpacked.Add((version, target));
        }
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (_, target) in unpacked)
            foreach (var file in Directory.EnumerateFiles(target, "*", new EnumerationOptions { MatchCasing = MatchCasing.CaseInsensitive }).Where(file => Changelog().IsMatch(Path.GetFileName(file))))
                foreach (var (version, text) in Sections(await File.ReadAllTextAsync(file, cancellationToken)))
                    notes[version] = text;
        foreach (var (version, target) in unpacked)
        {
            foreach (var entry in new DirectoryInfo(repository).EnumerateFileSystemInfos().Where(entry => entry.Name != ".git"))
                if (entry is DirectoryInfo old) old.Delete(recursive: true);
                else entry.Delete();
            foreach (var entry in new DirectoryInfo(target).EnumerateFileSystemInfos())
                Directory.Move(entry.FullName, Path.Combine(repository, entry.Name));
            await CommitAsync(git, repository, notes.GetValueOrDefault(version) is { Length: > 0 } said ? said : $"Bump to {version}", cancellationToken);
            Directory.Delete(target, recursive: true);
        }
        return repository;
    }

    /// <summary>What programs write from the sources is not in a repository.</summary>
    static readonly string[] Written =
        [.. new[] { "package/dist", "package/build", "package/es", "package/cjs", "package/core", "package/local-maven-repo", "package/prebuilds", "*.map", "*.min.js", "package/node_modules", "package/plugin/build", "package/cli/build" }.Select(name => $"--exclude={name}")];

    async Task<List<(string Version, string File)>?> FetchAsync(CancellationToken cancellationToken)
    {
        var kept = Kept;
        if (Files(kept) is { Count: var count } there && count == Most)
            return there;
        if (InstalledProgram.Find("npm") is not { } npm)
            return null;
        try
        {
            var (listed, _) = await npm.RunAsync(kept, ["view", Package, "versions", "--json"], writeInput: null, cancellationToken);
            foreach (var version in ReleasedVersion().Matches(listed).Select(match => match.Groups[1].Value).Where(version => Regex.IsMatch(version, Versions, RegexOptions.None, TimeSpan.FromSeconds(1))).TakeLast(Most))
                if (!File.Exists(Path.Combine(kept, $"{Package}-{version}.tgz")))
                    await npm.RunAsync(kept, ["pack", "--silent", $"{Package}@{version}"], writeInput: null, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
        return Files(kept);
    }

    List<(string Version, string File)> Files(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*.tgz").Select(file => (Version: Path.GetFileNameWithoutExtension(file)[(Package.Length + 1)..], file))
            .Where(pair => Regex.IsMatch(pair.Version, Versions, RegexOptions.None, TimeSpan.FromSeconds(1)))
            .OrderBy(pair => Version.Parse(pair.Version)).TakeLast(Most),
    ];

    /// <summary>The points of each version's section, a line each, without links and authors.</summary>
    static IEnumerable<(string Version, string Text)> Sections(string changelog)
    {
        string? version = null;
        var text = new StringBuilder();
        foreach (var line in changelog.Split('\n'))
        {
            if (Heading().Match(line) is { Success: true } heading)
            {
                if (version is not null)
                    yield return (version, text.ToString());
                version = heading.Groups["version"].Value;
                text.Clear();
            }
            else if (Point().Match(line) is { Success: true } point && !Chore().IsMatch(line))
            {
                text.Append(CultureInfo.InvariantCulture, $"{Reference().Replace(point.Groups["text"].Value, "").Replace("**", "", StringComparison.Ordinal).Trim()}\n");
            }
        }
        if (version is not null)
            yield return (version, text.ToString());
    }

    [GeneratedRegex("^(changelog|history)\\.md$", RegexOptions.IgnoreCase)]
    private static partial Regex Changelog();

    [GeneratedRegex("\"([0-9]+\\.[0-9]+\\.[0-9]+)\"")]
    private static partial Regex ReleasedVersion();

    [GeneratedRegex(@"^#{1,3} (?:\[?v?|<a.*</a>)(?<version>[0-9]+\.[0-9]+\.[0-9]+)\b")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\s*[-*] (?<text>.+)$")]
    private static partial Regex Point();

    [GeneratedRegex(@"bump|upgrade dep|update dep|dependabot|@[\w-]+__|^\s*[-*] __@|chore|changelog|\bci\b|README", RegexOptions.IgnoreCase)]
    private static partial Regex Chore();

    /// <summary>(<c>[#1](address) by [@name](address)</c>), <c>([1234abc](address))</c>, <c>(__#1__)</c>, <c>[#1](address)</c>, closes.</summary>
    [GeneratedRegex(@"\(?(?:__)?\[?#\d+\]?(?:__)?(?:\([^)]*\))?(?: by \[[^\]]*\]\([^)]*\))?\)?|\(\[[0-9a-f]{7,}\]\([^)]*\)\)|, closes|by \[@[^\]]*\]\([^)]*\)|\(\)")]
    private static partial Regex Reference();
}
