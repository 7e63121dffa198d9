using System.Collections.Immutable;
using TaskBot.Bot.Checks;
using TaskBot.Bot.Forges;

namespace TaskBot.Bot.Tests.Checks;

public sealed class ExpectedChecksTests
{
    static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    /// <summary>Checks are written <c>name=conclusion</c>, with <c>?</c> for one that runs.</summary>
    [Theory]
    [InlineData("", "", 0, "Waiting")]
    [InlineData("", "", 9, "Waiting")]
    [InlineData("", "", 10, "Absent")]
    [InlineData("", "a=?", 10, "Waiting")]
    [InlineData("", "a=success b=?", 59, "Waiting")]
    [InlineData("", "a=success b=?", 60, "Late b")]
    [InlineData("", "a=success b=failure", 0, "Answered a b")]
    [InlineData("a", "", 30, "Waiting")]
    [InlineData("a", "", 60, "Late a")]
    [InlineData("a", "b=failure", 0, "Waiting")]
    [InlineData("a", "a=success b=failure c=?", 0, "Answered a")]
    [InlineData("a c", "a=success c=?", 60, "Late c")]
    public void Where_checks_stand(string required, string checks, int minutes, string standing) =>
        Show(Expect(required).Look(Checks(checks), Start.AddMinutes(minutes))).ShouldBe(standing);

    [Theory]
    [InlineData("a", "a=success b=?", 0, "Waiting")]
    [InlineData("a", "a=success b=failure", 0, "Answered a b")]
    [InlineData("a", "b=success", 60, "Late a")]
    public void Where_not_all_that_is_required_could_be_read_all_checks_count(string required, string checks, int minutes, string standing) =>
        Show((Expect(required) with { CountsAll = true }).Look(Checks(checks), Start.AddMinutes(minutes))).ShouldBe(standing);

    [Fact]
    public void A_job_that_runs_again_has_not_answered_until_another_took_its_place()
    {
        var expected = Expect("") with { Reruns = [new("a", 7)] };

        Show(expected.Look([new("a", "failure", "") { Job = 7 }], Start)).ShouldBe("Waiting");
        Show(expected.Look([new("a", null, "") { Job = 8 }], Start)).ShouldBe("Waiting");
        Show(expected.Look([new("a", "success", "") { Job = 8 }], Start)).ShouldBe("Answered a");
    }

    static ExpectedChecks Expect(string required) =>
        new([.. required.Split(' ', StringSplitOptions.RemoveEmptyEntries)], Start, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(60));

    static ImmutableArray<ForgeCheck> Checks(string checks) =>
        [.. checks.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(check => check.Split('=')).Select(check => new ForgeCheck(check[0], check[1] == "?" ? null : check[1], ""))];

    static string Show(ChecksStanding standing) => standing switch
    {
        ChecksStanding.Late late => $"Late {string.Join(' ', late.Missing)}",
        ChecksStanding.Answered answered => $"Answered {string.Join(' ', answered.Checks.Select(check => check.Name))}",
        var other => other.GetType().Name,
    };
}
