using System.Globalization;
using TaskBot.Bot.Reports;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Events.Verbs;

/// <summary>When people want something started: <c>in=2h</c>, <c>at=2026-12-01T06:00Z</c>. A time without a zone is UTC.</summary>
/// <param name="At">Null where nothing is said.</param>
/// <param name="Rest">The other words.</param>
/// <param name="Problem">What is wrong, and what to write instead; null where all is well.</param>
sealed record StartTime(DateTimeOffset? At, string Rest, string? Problem)
{
    const string In = "in=", AtWord = "at=";

    public static StartTime Take(string arguments, DateTimeOffset now)
    {
        var words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var times = words.Where(word => word.StartsWith(In, StringComparison.Ordinal) || word.StartsWith(AtWord, StringComparison.Ordinal)).ToList();
        var rest = string.Join(' ', words.Except(times, StringComparer.Ordinal));
        if (times.Count == 0) return new(At: null, rest, Problem: null);
        var value = times[0][In.Length..];
        if (times.Count > 1) return Wrong($"{ForeignText.Code(times[1])} would be a second time.");
        if (times[0].StartsWith(In, StringComparison.Ordinal))
            return Durations.TryRead(value, out var wait) ? new(now + wait, rest, Problem: null) : Wrong($"{ForeignText.Code(value)} is no length of time.");
        if (!DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)) return Wrong($"{ForeignText.Code(value)} is no moment.");
        return at > now ? new(at, rest, Problem: null) : Wrong($"{ForeignText.Code(value)} is over.");

        StartTime Wrong(string problem) => new(At: null, rest, $"{problem} Write `in=90m`, `in=2h`, `in=1d`, or `at=2026-12-01T06:00Z`.");
    }
}
