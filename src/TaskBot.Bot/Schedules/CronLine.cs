using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Cronos;

namespace TaskBot.Bot.Schedules;

/// <summary>
/// When something happens again and again: a line of POSIX cron in UTC, as <c>on.schedule</c> of a workflow takes it. Five fields (minute, hour, day of
/// the month, month, day of the week), each <c>*</c>, a value, a range or a list of them, with steps; months and days have names.
/// </summary>
public sealed partial class CronLine
{
    const int DayOfMonth = 2, DayOfWeek = 4, Fields = 5;

    readonly ImmutableArray<CronExpression> expressions;
    readonly string text;

    CronLine(string text, ImmutableArray<CronExpression> expressions) => (this.text, this.expressions) = (text, expressions);

    /// <param name="mistake">What is wrong, where there is no line.</param>
    public static CronLine? Parse(string text, out string mistake)
    {
        mistake = "";
        string[] fields = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != Fields || !fields.All(field => Field().IsMatch(field)))
        {
            mistake = $"'{text}' is no line of POSIX cron with five fields.";
            return null;
        }

        try
        {
            var line = new CronLine(string.Join(' ', fields), [.. Alternatives(fields).Select(one => CronExpression.Parse(string.Join(' ', one)))]);
            if (line.NextAfter(DateTimeOffset.UnixEpoch) is not null) return line;
            mistake = $"'{text}' is a moment that never comes.";
        }
        catch (CronFormatException exception)
        {
            mistake = $"'{text}' is no line of POSIX cron: {exception.Message}";
        }

        return null;
    }

    /// <summary>The first moment after this one; null where there is none.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset moment) =>
        expressions.Select(expression => expression.GetNextOccurrence(moment, TimeZoneInfo.Utc)).Min();

    public override string ToString() => text;

    /// <summary>POSIX: where both a day of the month and a day of the week are named, either is enough. The library wants both, so that there are two lines.</summary>
    static string[][] Alternatives(string[] fields)
    {
        if (fields[DayOfMonth].StartsWith('*') || fields[DayOfWeek].StartsWith('*')) return [fields];
        return [With(DayOfWeek), With(DayOfMonth)];

        string[] With(int any) => [.. fields.Select((field, index) => index == any ? "*" : field)];
    }

    [GeneratedRegex("^(?:(?:\\*|(?:[0-9]{1,2}|[A-Za-z]{3})(?:-(?:[0-9]{1,2}|[A-Za-z]{3}))?)(?:/[0-9]{1,2})?(?:,(?!$)|$))+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Field();
}
