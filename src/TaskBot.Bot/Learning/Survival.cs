using System.Text;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Learning;

/// <summary>How much of a change people kept.</summary>
static class Survival
{
    /// <summary>
    /// The share of a change that is there in a later tree, from 0 to 1: lines that it added and that are there, and lines that it removed and that are gone.
    /// What else changed does not count. A file without lines counts as one.
    /// </summary>
    public static async Task<double> OfAsync(GitRepository git, TreeId before, TreeId ours, TreeId later, CancellationToken cancellationToken)
    {
        var (kept, total) = (0, 0);
        foreach (var change in await git.ChangesAsync(before, ours, cancellationToken))
        {
            var then = await LinesAsync(git, before, change.Path, cancellationToken);
            var written = await LinesAsync(git, ours, change.Path, cancellationToken);
            var now = await LinesAsync(git, later, change.Path, cancellationToken);
            var (added, removed) = (Without(written, then), Without(then, written));
            if (added.Count + removed.Count == 0)
            {
                total++;
                if (Without(now, written).Count + Without(written, now).Count == 0) kept++;
                continue;
            }

            total += added.Values.Sum() + removed.Values.Sum();
            kept += Common(added, Without(now, then)) + Common(removed, Without(then, now));
        }

        return total == 0 ? 1 : (double)kept / total;
    }

    static async Task<Dictionary<string, int>> LinesAsync(GitRepository git, TreeId tree, string path, CancellationToken cancellationToken) =>
        await git.Tree(tree).ReadAsync(path, cancellationToken) is { } file
            ? Encoding.UTF8.GetString(file.Content.Span).ReplaceLineEndings("\n").Split('\n').Where(line => line.Length > 0).CountBy(line => line, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal)
            : [];

    static Dictionary<string, int> Without(Dictionary<string, int> lines, Dictionary<string, int> others) => lines
        .Select(line => (line.Key, Count: line.Value - others.GetValueOrDefault(line.Key))).Where(line => line.Count > 0).ToDictionary(line => line.Key, line => line.Count, StringComparer.Ordinal);

    static int Common(Dictionary<string, int> lines, Dictionary<string, int> others) => lines.Sum(line => Math.Min(line.Value, others.GetValueOrDefault(line.Key)));
}
