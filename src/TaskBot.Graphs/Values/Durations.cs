using System.Globalization;
using System.Text.RegularExpressions;

namespace TaskBot.Graphs.Values;

/// <summary>Times as people write them in a layer: <c>90s</c>, <c>30m</c>, <c>1h30m</c>, <c>7d</c>, or a number of minutes.</summary>
public static partial class Durations
{
    const double MostDays = 36_500;

    /// <summary>False where the value is no time above zero, or more than a hundred years.</summary>
    public static bool TryRead(TaskValue value, out TimeSpan duration)
    {
        var minutes = value switch
        {
            TaskValue.Integer number => number.Value,
            TaskValue.Real number => number.Value,
            TaskValue.Text text when Written().Match(text.Value) is { Success: true, Length: > 0 } match =>
                (Part(match, "d") * 24 * 60) + (Part(match, "h") * 60) + Part(match, "m") + (Part(match, "s") / 60),
            _ => 0,
        };
        var isTime = minutes is > 0 and <= MostDays * 24 * 60;
        duration = isTime ? TimeSpan.FromMinutes(minutes) : TimeSpan.Zero;
        return isTime;
    }

    static double Part(Match match, string unit) =>
        match.Groups[unit] is { Success: true, Value: var digits } ? double.Parse(digits, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex("^(?:(?<d>[0-9]{1,9})d)?(?:(?<h>[0-9]{1,9})h)?(?:(?<m>[0-9]{1,9})m)?(?:(?<s>[0-9]{1,9})s)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Written();
}
