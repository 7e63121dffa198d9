using TaskBot.Bot.Checks;
using TaskBot.Bot.Refinement;

namespace TaskBot.Bot.Tests.Refinement;

public sealed class FailureRecordTests
{
    const string Tap = "ci: failure\n1..2\nok 1 - starts\nnot ok 2 - adds\n# expected 3, got -1 in /tmp/tmp.aB3x/calc.sh:12 after 0.31s\n";

    [Theory]
    [InlineData("ci: failure\n1..2\nok 1 - starts\nnot ok 2 - adds\n# expected 3, got -1 in /var/tmp/other/calc.sh:40 after 1.2s\n")]
    [InlineData("ci: failure\n1..3\nok 1 - warms up\nok 2 - starts\nnot ok 3 - adds\n# expected 3, got -1 in /tmp/x/calc.sh:12 after 9s\n")]
    public void The_same_test_failing_elsewhere_and_later_is_the_same_failure(string again) => Sign(again).ShouldBe(Sign(Tap));

    [Theory]
    [InlineData("ci: failure\n1..2\nnot ok 1 - starts\nok 2 - adds\n")]
    [InlineData("ci: failure\n1..2\nnot ok 1 - starts\nnot ok 2 - adds\n")]
    public void Another_failing_test_is_another_failure(string other) => Sign(other).ShouldNotBe(Sign(Tap));

    [Theory]
    [InlineData("FAILED tests/unit/test_add.py::test_it - assert 1 == 2", "FAILED tests/unit/test_sub.py::test_it - assert 1 == 2")]
    [InlineData(" FAIL  src/components/button.test.js\nError: nope", " FAIL  src/components/link.test.js\nError: nope")]
    [InlineData("error: undefined name 'alpha'", "error: undefined name 'beta'")]
    [InlineData("not ok 1 - test_add_1", "not ok 1 - test_add_2")]
    public void Failures_of_the_same_kind_in_different_places_differ(string one, string other) => Sign(one).ShouldNotBe(Sign(other));

    [Theory]
    [InlineData(
        "2026-01-01T10:00:00.1234567Z error: no such file /home/runner/work/a/a/x.c:12",
        "2026-02-03T11:12:13.7654321Z error: no such file /build/b/x.c:13")]
    [InlineData("panic at 0x7ffdeadbeef0\nexit code 2", "panic at 0x7ffc00000010\nexit code 2")]
    public void Times_places_and_addresses_do_not_count(string one, string other) => Sign(one).ShouldBe(Sign(other));

    [Fact]
    public void The_headline_names_the_first_failing_test_and_stays_short()
    {
        FailureRecord.Of(Failed(Tap)).Headline.ShouldBe("The checks failed: not ok 2 - adds");
        FailureRecord.Of(Failed(new string('x', 5000))).Headline.Length.ShouldBeLessThan(230);
        FailureRecord.Of(Failed("")).Headline.ShouldBe("The checks failed: no reason was given");
    }

    [Fact]
    public void Of_a_long_log_the_end_is_kept()
    {
        var failure = FailureRecord.Of(Failed(new string('a', 100_000) + "\nthe last line"));

        failure.Evidence.ShouldEndWith("the last line");
        failure.Evidence.Length.ShouldBeLessThan(13_000);
    }

    static string Sign(string log) => FailureRecord.Of(Failed(log)).Signature;

    static ChecksVerdict Failed(string log) => new("abc", ChecksOutcome.Ours, ["ci"], log);
}
