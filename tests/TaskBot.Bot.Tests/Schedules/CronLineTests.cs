using System.Globalization;
using TaskBot.Bot.Schedules;
using Xunit.Abstractions;

namespace TaskBot.Bot.Tests.Schedules;

public sealed class CronLineTests(ITestOutputHelper output)
{
    const int Lines = 60;

    static readonly DateTimeOffset Now = new(2026, 12, 1, 6, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("*/15 * * * *", "2026-12-01 06:15")]
    [InlineData("0 6 * * 1", "2026-12-07 06:00")]
    [InlineData("30 5 * * MON-fri", "2026-12-02 05:30")]
    [InlineData("0 0 1 jan *", "2027-01-01 00:00")]
    [InlineData("0 0 29 2 *", "2028-02-29 00:00")]
    [InlineData("20/15 6 * * *", "2026-12-01 06:20")]
    [InlineData("5,10 4-8/2 * * *", "2026-12-01 06:05")]
    [InlineData("0 0 13 * 5", "2026-12-04 00:00")]
    [InlineData("0 0 * * 7", "2026-12-06 00:00")]
    public void The_next_moment_is_the_first_after_now(string line, string next) =>
        CronLine.Parse(line, out _)!.NextAfter(Now)!.Value.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture).ShouldBe(next);

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("0 0 6 * * 1")]
    [InlineData("@daily * * * *")]
    [InlineData("61 * * * *")]
    [InlineData("* * * foo *")]
    [InlineData("* * L * *")]
    [InlineData("* * * * 5L")]
    [InlineData("* * 15W * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("1, * * * *")]
    [InlineData("0 0 30 2 *")]
    public void What_is_no_line_or_never_comes_is_a_mistake_that_names_it(string line)
    {
        CronLine.Parse(line, out var mistake).ShouldBeNull();
        mistake.ShouldContain($"'{line}'");
    }

    [Fact]
    public void The_next_moment_of_any_line_is_that_of_looking_at_every_minute()
    {
        var first = int.TryParse(Environment.GetEnvironmentVariable("TASKBOT_TEST_SEED"), out var given) ? given : Random.Shared.Next(1_000_000_000);
        for (var seed = first; seed < first + Lines; seed++)
        {
            var random = new Random(seed);
            string[] fields = [Field(random, 0, 59), Field(random, 0, 23), Field(random, 1, 28), Field(random, 1, 12), Field(random, 0, 6)];
            var line = string.Join(' ', fields);
            output.WriteLine($"TASKBOT_TEST_SEED={seed}: {line}");
            var next = CronLine.Parse(line, out var mistake).ShouldNotBeNull(mistake).NextAfter(Now)!.Value;
            var at = Now.AddMinutes(1);
            while (!Matches(fields, at)) at = at.AddMinutes(Matches(fields[3], at.Month, from: 1) ? 1 : 1440 - (at.Hour * 60) - at.Minute);
            next.ShouldBe(at, line);
        }
    }

    static string Field(Random random, int from, int to)
    {
        var (low, high) = (random.Next(from, to + 1), random.Next(from, to + 1));
        if (low > high) (low, high) = (high, low);
        return random.Next(6) switch
        {
            0 => $"{low}",
            1 => $"{low}-{high}",
            2 => $"*/{random.Next(2, 6)}",
            3 => $"{low},{high}",
            4 => $"{low}-{high}/{random.Next(1, 5)}",
            _ => "*",
        };
    }

    /// <summary>POSIX: the days of the month and of the week are alternatives where both are named.</summary>
    static bool Matches(string[] fields, DateTimeOffset at)
    {
        var (day, week) = (Matches(fields[2], at.Day, from: 1), Matches(fields[4], (int)at.DayOfWeek));
        var isDay = fields[2].StartsWith('*') || fields[4].StartsWith('*') ? day && week : day || week;
        return isDay && Matches(fields[0], at.Minute) && Matches(fields[1], at.Hour) && Matches(fields[3], at.Month, from: 1);
    }

    static bool Matches(string field, int value, int from = 0) => field.Split(',').Any(part =>
    {
        var step = part.Split('/') is [_, var every] ? int.Parse(every, CultureInfo.InvariantCulture) : 1;
        var range = part.Split('/')[0];
        if (range == "*") return step == 1 || (value - from) % step == 0;
        var bounds = range.Split('-').Select(bound => int.Parse(bound, CultureInfo.InvariantCulture)).ToList();
        return value >= bounds[0] && value <= bounds[^1] && (value - bounds[0]) % step == 0;
    });
}
