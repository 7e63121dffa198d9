using TaskBot.Bot.Checks;

namespace TaskBot.Bot.Tests.Checks;

public sealed class JobLogTests
{
    [Fact]
    public void Times_colours_and_what_comes_after_the_last_error_go()
    {
        const string Log = "\uFEFF2026-11-21T02:52:05.1234567Z Run sh test.sh\r\n2026-11-21T02:52:06.1234567Z \u001b[31mnot ok 1 - adds\u001b[0m\n"
            + "2026-11-21T02:52:06.2234567Z ##[error]Process completed with exit code 1.\n2026-11-21T02:52:07.1Z Post job cleanup.\n2026-11-21T02:52:07.2Z git config --unset failed\n";

        JobLog.Cut(Log).ShouldBe("Run sh test.sh\nnot ok 1 - adds\n##[error]Process completed with exit code 1.");
    }

    [Fact]
    public void Only_the_neighbourhood_of_errors_is_kept()
    {
        var log = string.Join('\n', Enumerable.Range(0, 500).Select(number => number == 250 ? "AssertionError: 3 != 4" : $"line {number}"));

        var cut = JobLog.Cut(log).Split('\n');

        cut[0].ShouldBe("line 225");
        cut[^1].ShouldBe("line 262");
        cut.ShouldContain("AssertionError: 3 != 4");
    }

    [Fact]
    public void Gaps_are_shown()
    {
        var log = string.Join('\n', Enumerable.Range(0, 200).Select(number => number is 50 or 150 ? $"error {number}" : $"line {number}"));

        JobLog.Cut(log).Split('\n').Count(line => line == "[…]").ShouldBe(1);
    }

    [Fact]
    public void A_long_log_keeps_its_end_and_stays_short()
    {
        var log = string.Join('\n', Enumerable.Range(0, 100_000).Select(number => $"error {number}"));

        var cut = JobLog.Cut(log);

        cut.Length.ShouldBeLessThanOrEqualTo(JobLog.Maximum);
        cut.ShouldEndWith("error 99999");
    }

    [Fact]
    public void A_log_that_speaks_of_no_error_is_kept_from_its_end() => JobLog.Cut("one\ntwo\n").ShouldBe("one\ntwo");
}
