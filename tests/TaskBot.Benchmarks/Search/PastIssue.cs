using System.Text;
using TaskBot.Benchmarks.Programs;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Benchmarks.Search;

/// <summary>A change that was made: what was said of it, the commit before it, and the files that it then changed.</summary>
sealed record PastIssue(string Message, CommitId Parent, IReadOnlySet<string> Changed)
{
    const int MostChanged = 10;
    const int LeastWords = 4;
    const double MechanicalShare = 0.6;

    static readonly string[] NotSource = [".md", ".json", ".lock", ".snap", ".txt", ".map", ".svg", ".png", ".yml", ".yaml", ".props", ".sln", ".flow"];

    /// <summary>
    /// The changes of a repository that say something and change one to ten source files that were there before; merges and new versions of
    /// dependencies are none. New files cannot be found and do not count.
    /// </summary>
    public static async Task<IReadOnlyList<PastIssue>> ReadAsync(InstalledProgram git, string repository, CancellationToken cancellationToken)
    {
        var (log, _) = await git.RunAsync(
            repository, ["log", "--no-merges", "--no-renames", "--diff-filter=M", "--name-only", "--format=%x01%P%x02%B%x03", "-z"], writeInput: null, cancellationToken);
        var commits = log.Split('\u0001', StringSplitOptions.RemoveEmptyEntries).Select(commit => commit.Split('\u0002', '\u0003')).Where(parts => parts is [{ Length: 40 or 64 }, _, _])
            .Select(parts => (Parent: parts[0], Message: parts[1], Files: parts[2].Split(['\0', '\n'], StringSplitOptions.RemoveEmptyEntries))).ToList();
        // What most releases touch holds the version's number and is no answer to what was said.
        var mechanical = commits.SelectMany(commit => commit.Files).CountBy(file => file).Where(pair => pair.Value > commits.Count * MechanicalShare).Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
        var issues = new List<PastIssue>();
        foreach (var (parent, message, files) in commits)
        {
            var changed = files.Where(file => IsSource(file) && !mechanical.Contains(file)).ToHashSet(StringComparer.Ordinal);
            if (changed.Count is >= 1 and <= MostChanged && message.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Length >= LeastWords
                && !message.StartsWith("Bump", StringComparison.OrdinalIgnoreCase) && !message.StartsWith("Merge", StringComparison.Ordinal))
                issues.Add(new PastIssue(Normalised(message), new CommitId(parent), changed));
        }
        return issues;
    }

    /// <summary>True for the files that a change is looked for in.</summary>
    public static bool IsSource(string path) => !NotSource.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) && Path.GetFileName(path).Contains('.', StringComparison.Ordinal);

    static string Normalised(string message) => new StringBuilder(message).Replace("\r", "").ToString().Trim();
}
