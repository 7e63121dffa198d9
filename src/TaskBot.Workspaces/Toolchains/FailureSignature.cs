using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Toolchains;

/// <summary>
/// Tells whether two failures are the same: the SHA-256 of what failed and each first error line, without what differs from run to run
/// (times, addresses, paths, GUIDs, line numbers, colours).
/// </summary>
public static partial class FailureSignature
{
    const int MostLines = 20;

    /// <summary>Of a test run with failures; null when nothing failed.</summary>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    public static string? Of(TestReport report)
    {
        // A set, because runners in parallel report in any order.
        var lines = report.Failures.Select(test => $"{Normalise(test.Name)}\n{Normalise(FirstLine(test.Message))}").Distinct().Order(StringComparer.Ordinal).ToList();
        return lines.Count == 0 ? null : Hash(lines);
    }

    /// <summary>Of the output of a command that failed without naming tests: its lines that speak of errors, or else its last lines.</summary>
    public static string Of(string output)
    {
        var lines = TextLimits.Lines(output).Select(line => Normalise(line).Trim()).Where(line => line.Length > 0).ToList();
        // Sorted before they are counted out, because builds in parallel report in any order.
        var errors = lines.Where(line => ErrorWord().IsMatch(line)).Distinct().Order(StringComparer.Ordinal).Take(MostLines).ToList();
        return Hash(errors.Count > 0 ? errors : lines.TakeLast(3));
    }

    static string FirstLine(string? message) => TextLimits.Lines(message ?? "").Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0) ?? "";

    static string Hash(IEnumerable<string> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));

    internal static string Normalise(string line)
    {
        line = TextLimits.Colour().Replace(line, "");
        line = Guid_().Replace(line, "<guid>");
        line = Instant().Replace(line, "<time>");
        line = AbsolutePath().Replace(line, "<folder>/");
        line = Address().Replace(line, "<address>");
        line = Duration().Replace(line, "<time>");
        line = Position().Replace(line, "<line>");
        line = Id().Replace(line, "<id>");
        return Space().Replace(line, " ").Trim();
    }

    [GeneratedRegex(@"\b[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\b", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Guid_();

    [GeneratedRegex(@"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Instant();

    // The file's own name stays: it says what failed.
    [GeneratedRegex(@"(?<![\w.<>/:])(?:file://)?(?:[A-Za-z]:)?[/\\](?:[^\s/\\:'""()<>]+[/\\])+", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex AbsolutePath();

    [GeneratedRegex(@"\b0x[0-9a-fA-F]+\b|\b(?:127\.0\.0\.1|localhost|\[::1\]):\d+\b|@[0-9a-f]{6,16}\b", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Address();

    [GeneratedRegex(@"\b\d+(?:[.,]\d+)?\s?(?:ns|µs|us|ms|s|sec|seconds|secs|min|minutes)\b|(?<=duration_ms:?\s)\d+(?:\.\d+)?", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Duration();

    [GeneratedRegex(@"(?<=\.\w{1,6})(?::\d+(?::\d+)?|\(\d+(?:,\d+)*\))|\bline \d+(?:, column \d+)?|:line \d+|\bL\d+\b", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Position();

    [GeneratedRegex(@"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{10,64}\b|\b(?:pid|process|thread|port) \d+\b", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Id();

    [GeneratedRegex(@"\s+", RegexOptions.None, TextLimits.MatchMilliseconds)]
    private static partial Regex Space();

    [GeneratedRegex(@"\b(?:error|errors|fail|failed|failure|fatal|exception|panic|panicked|undefined|cannot|traceback|assert\w*|not found)\b|Error\b|Exception\b", RegexOptions.IgnoreCase, TextLimits.MatchMilliseconds)]
    private static partial Regex ErrorWord();
}
