using System.Globalization;
using System.Text.RegularExpressions;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Reports;

/// <summary>
/// Where a run's published work stands, hidden in its tracking comment: for whoever starts the next run of the issue and has no record of this one, as in a job
/// whose cache is gone.
/// </summary>
/// <param name="Head">Where we left the branch.</param>
public sealed partial record TrackingState(string Branch, int PullRequest, string Head)
{
    /// <summary>A line of its own, which people do not see; empty while nothing is published.</summary>
    public static string Write(RunRecord run) => run is { Branch: { } branch, PullRequest: > 0 and { } pull, HeadSha: { } head }
        ? string.Create(CultureInfo.InvariantCulture, $"<!-- taskbot:at {pull} {head} {branch} -->\n") : "";

    /// <summary>What a tracking comment of ours says; null where it says nothing. It stands below the marker: anywhere else it is someone's text.</summary>
    public static TrackingState? Read(string comment) => Line().Match(comment) is { Success: true } line
        ? new(line.Groups["branch"].Value, int.Parse(line.Groups["pull"].ValueSpan, CultureInfo.InvariantCulture), line.Groups["head"].Value) : null;

    [GeneratedRegex($@"\A{TrackingComment.Marker}\r?\n<!-- taskbot:at (?<pull>[1-9][0-9]{{0,8}}) (?<head>[0-9a-f]{{40,64}}) (?<branch>\S+) -->\r?\n", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}
