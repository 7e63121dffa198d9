using System.Text;
using System.Text.RegularExpressions;
using TaskBot.Benchmarks.Programs;

namespace TaskBot.Benchmarks.Search;

/// <summary>
/// A Debian source package as a git history: the sources as they were released, then each patch of its series as a commit. The message is
/// what the patch says of itself, as DEP-3 has it; most are fixes of bugs, in the words of whoever fixed them upstream. Fetched by apt-get
/// into the temporary folder, with lists of its own, and kept there.
/// </summary>
sealed partial record PatchHistory(string Package) : PastHistory(Package)
{
    const string Sources = "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main";

    public override async Task<string?> CreateAsync(InstalledProgram git, string folder, CancellationToken cancellationToken)
    {
        if (InstalledProgram.Find("dpkg-source") is not { } unpack || InstalledProgram.Find("patch") is not { } patch || await FetchAsync(cancellationToken) is not { } described)
            return null;
        var repository = Path.Combine(folder, Package);
        await unpack.RunAsync(folder, ["--no-check", "--skip-patches", "--extract", described, repository], writeInput: null, cancellationToken);
        var patches = Path.Combine(folder, $"{Package}.patches");
        Directory.Move(Path.Combine(repository, "debian", "patches"), patches);
        Directory.Delete(Path.Combine(repository, "debian"), recursive: true);
        await InitAsync(git, repository, cancellationToken);
        await CommitAsync(git, repository, "Bump to the release", cancellationToken);
        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(patches, "series"), cancellationToken))
        {
            if (line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var name, ..])
                continue;
            var file = Path.Combine(patches, name);
            try
            {
                await patch.RunAsync(repository, ["-p1", "-F0", "-N", "-s", "-t", "-E", "--no-backup-if-mismatch", "-r", "-", "-i", file], writeInput: null, cancellationToken);
            }
            catch (InvalidOperationException)
            {
                // One that does not apply by itself is none of the changes.
                await git.RunAsync(repository, ["reset", "--quiet", "--hard"], writeInput: null, cancellationToken);
                await git.RunAsync(repository, ["clean", "--quiet", "-fdx"], writeInput: null, cancellationToken);
                continue;
            }
            await CommitAsync(git, repository, Message(await File.ReadAllTextAsync(file, cancellationToken)) is { Length: > 0 } said ? said : $"Bump by {name}", cancellationToken);
        }
        return repository;
    }

    /// <summary>What a patch says before its first file: no trailers, and nothing that lists the files.</summary>
    static string Message(string patch)
    {
        var said = new StringBuilder();
        var isField = false;
        foreach (var line in Begin().Split(patch, 2)[0].Split('\n').Select(line => line.TrimEnd()))
        {
            if (Field().Match(line) is { Success: true } field)
            {
                isField = !field.Groups["said"].Success;
                if (!isField)
                    said.Append(Mark().Replace(field.Groups["value"].Value, "")).Append('\n');
            }
            else if (!(isField && line.StartsWith(' ')) && !Noise().IsMatch(line))
            {
                isField = false;
                said.Append(line.Trim() is "." ? "" : line.Trim()).Append('\n');
            }
        }
        return said.ToString().Trim();
    }

    /// <returns>The package's .dsc file; null when it cannot be had.</returns>
    async Task<string?> FetchAsync(CancellationToken cancellationToken)
    {
        if (Directory.EnumerateFiles(Kept, "*.dsc").FirstOrDefault() is { } there)
            return there;
        if (InstalledProgram.Find("apt-get") is not { } apt)
            return null;
        var lists = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(Kept)!, "apt", "lists", "partial")).Parent!.Parent!.FullName;
        Directory.CreateDirectory(Path.Combine(lists, "cache", "archives", "partial"));
        await File.WriteAllTextAsync(Path.Combine(lists, "sources.list"), Sources + "\n", cancellationToken);
        string[] options =
        [
            .. new[] { $"Dir::Etc::sourcelist={lists}/sources.list", "Dir::Etc::sourceparts=-", $"Dir::State::lists={lists}/lists", $"Dir::Cache={lists}/cache", $"APT::Sandbox::User={Environment.UserName}" }
                .SelectMany(option => new[] { "-o", option }),
        ];
        try
        {
            if (!Directory.EnumerateFiles(Path.Combine(lists, "lists"), "*Sources*").Any())
                await apt.RunAsync(Kept, [.. options, "-qq", "update"], writeInput: null, cancellationToken);
            await apt.RunAsync(Kept, [.. options, "-qq", "source", "--download-only", Package], writeInput: null, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            Directory.Delete(Kept, recursive: true);
            return null;
        }
        return Directory.EnumerateFiles(Kept, "*.dsc").FirstOrDefault();
    }

    /// <summary>The list of files of a mail, or the first file.</summary>
    [GeneratedRegex(@"^(?:---|diff |Index: |={60})", RegexOptions.Multiline)]
    private static partial Regex Begin();

    [GeneratedRegex(@"^(?:(?<said>Description|Subject)|[A-Z][A-Za-z]+(?:-[A-Za-z]+)*): ?(?<value>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Field();

    [GeneratedRegex(@"^\[[^\]]*PATCH[^\]]*\] ")]
    private static partial Regex Mark();

    /// <summary>Comments, a mail's first line, where it was picked from, lines of a GNU change log, which name the files.</summary>
    [GeneratedRegex(@"^#|^From [0-9a-f]{40} |^\(?cherry.picked from|^\s*\* \S+\.\w+\b.*:", RegexOptions.IgnoreCase)]
    private static partial Regex Noise();
}
