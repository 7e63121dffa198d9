using System.Text.RegularExpressions;

namespace TaskBot.Bot.Reports;

/// <summary>
/// The digest of a run's record, hidden in its tracking comment: the comment is ours alone to write, so that the record itself may be kept where others could write too.
/// </summary>
public static partial class TrackingSeal
{
    /// <summary>The comment with this digest in the place of the one before.</summary>
    public static string Put(string comment, string digest) => Head().Replace(comment, match => $"{match.Groups["head"].Value}<!-- taskbot:run {digest} -->\n", 1);

    /// <summary>The digest that a tracking comment of ours holds; null where it holds none. It stands below the marker: anywhere else it is someone's text.</summary>
    public static string? Read(string comment) => Head().Match(comment) is { Success: true } head && head.Groups["digest"] is { Success: true } digest ? digest.Value : null;

    [GeneratedRegex(
        $@"\A(?<head>{TrackingComment.Marker}\r?\n(<!-- taskbot:at [^\r\n]* -->\r?\n)?)(<!-- taskbot:run (?<digest>[0-9a-f]{{64}}) -->\r?\n)?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Head();
}
