using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Reviews;

/// <summary>
/// Answers each thread of a review once its pass is published: with the commit that settled it, and resolved; or with why it was left as it is, and open.
/// What settles a thread is that the new head changes the lines that it speaks of, or takes its suggestion over. No model says so.
/// </summary>
public sealed partial class ReviewAnswers(IForge forge)
{
    /// <summary>A change this near to the commented lines is one of them: an added guard stands above, a changed call below.</summary>
    const int Nearby = 3;

    /// <param name="before">The tree that was reviewed.</param>
    /// <param name="after">The tree of the new head.</param>
    /// <param name="refused">Why suggestions could not be taken over, by comment.</param>
    /// <param name="why">What was done instead, in one sentence.</param>
    public async Task AnswerAsync(
        RunRecord run, ForgeReview review, GitRepository git, TreeId before, TreeId after, ImmutableSortedDictionary<long, string> refused, string why,
        CancellationToken cancellationToken)
    {
        var repository = RepositoryName.Parse(run.Repository);
        var changed = before == after ? [] : Hunks(await git.DiffAsync(before, after, contextLines: 0, cancellationToken));
        foreach (var remark in review.Remarks)
        {
            var isSettled = !refused.ContainsKey(remark.Id) && changed.Any(hunk => Touches(hunk, remark));
            var text = isSettled ? $"Done in {run.HeadSha}."
                : refused.TryGetValue(remark.Id, out var reason) ? $"I did not apply this: {reason}"
                : $"{run.HeadSha![..7]} does not change these lines.\n\n{ForeignText.Quote(why)}\nSay here what is still missing, or write `/taskbot refine …`.";
            // One answer to a comment for each head: the same pass told of twice says nothing twice.
            await forge.Reviews.AnswerAsync(repository, run.PullRequest!.Value, remark, $"<!-- taskbot:thread {remark.Id} {run.HeadSha} -->", text, isSettled, cancellationToken);
        }
    }

    static bool Touches((string Path, int Start, int Count) hunk, ReviewRemark remark) => hunk.Path == remark.Path
        && (remark.Line == 0 || (hunk.Start <= remark.Line + Nearby && hunk.Start + Math.Max(hunk.Count, 1) - 1 >= remark.StartLine - Nearby));

    /// <summary>The old side of each hunk of a diff without context: paths and lines that are not there any more as they were.</summary>
    static ImmutableArray<(string Path, int Start, int Count)> Hunks(string diff)
    {
        var hunks = ImmutableArray.CreateBuilder<(string, int, int)>();
        var path = "";
        foreach (var line in diff.Split('\n'))
        {
            if (line.StartsWith("--- a/", StringComparison.Ordinal)) path = line["--- a/".Length..].TrimEnd('\t', '\r');
            else if (Hunk().Match(line) is { Success: true } match)
                hunks.Add((path, Number(match.Groups["start"]), match.Groups["count"].Success ? Number(match.Groups["count"]) : 1));
        }

        return hunks.DrainToImmutable();
    }

    static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^@@ -(?<start>\d+)(,(?<count>\d+))? \+", RegexOptions.NonBacktracking)]
    private static partial Regex Hunk();
}
