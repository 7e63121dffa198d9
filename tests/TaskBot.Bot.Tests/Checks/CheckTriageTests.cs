using TaskBot.Bot.Checks;
using TaskBot.Bot.Forges;

namespace TaskBot.Bot.Tests.Checks;

public sealed class CheckTriageTests
{
    [Theory]
    [InlineData("failure", "not ok 1 - adds", true, false, CheckCause.BaseIsRed)]
    [InlineData("cancelled", "", true, false, CheckCause.BaseIsRed)]
    [InlineData("cancelled", "", false, false, CheckCause.Infrastructure)]
    [InlineData("stale", "", false, false, CheckCause.Infrastructure)]
    [InlineData("startup_failure", "", false, false, CheckCause.Infrastructure)]
    [InlineData("cancelled", "", false, true, CheckCause.Infrastructure)]
    [InlineData("failure", "curl: (6) Could not resolve host: registry.example", false, true, CheckCause.Infrastructure)]
    [InlineData("failure", "The self-hosted runner: build-7 lost communication with the server.", false, false, CheckCause.Infrastructure)]
    [InlineData("failure", "The runner has received a shutdown signal.", false, false, CheckCause.Infrastructure)]
    [InlineData("failure", "npm ERR! code ECONNRESET", false, true, CheckCause.Infrastructure)]
    [InlineData("failure", "Error: 503 Service Unavailable", false, true, CheckCause.Infrastructure)]
    [InlineData("failure", "System.IO.IOException: No space left on device", false, true, CheckCause.Infrastructure)]
    [InlineData("failure", "expected 503, got 200", false, true, CheckCause.Ours)]
    [InlineData("failure", "not ok 1 - adds", false, false, CheckCause.MayBeFlake)]
    [InlineData("timed_out", "", false, false, CheckCause.MayBeFlake)]
    [InlineData("failure", "not ok 1 - adds", false, true, CheckCause.Ours)]
    [InlineData("timed_out", "", false, true, CheckCause.Ours)]
    [InlineData("action_required", "", true, false, CheckCause.NeedsPerson)]
    public void A_failure_has_one_cause(string conclusion, string log, bool failsOnBase, bool wasRerun, CheckCause cause) =>
        CheckTriage.Of(Failed("ci", conclusion, log, failsOnBase, wasRerun)).ShouldBe(cause);

    [Fact]
    public void What_cannot_be_run_again_is_ours_at_once() =>
        CheckTriage.Of(Failed("ci", "failure", "not ok 1 - adds") with { Check = new("ci", "failure", "") }).ShouldBe(CheckCause.Ours);

    [Theory]
    // Ours decides, and is about itself alone.
    [InlineData("ours flake infrastructure red person", ChecksOutcome.Ours, "ours")]
    // Then whatever may pass runs again.
    [InlineData("flake infrastructure red person", null, "flake infrastructure")]
    [InlineData("infrastructure red", null, "infrastructure")]
    // Then people are asked.
    [InlineData("lost person red", ChecksOutcome.NeedsPerson, "person")]
    [InlineData("lost red", ChecksOutcome.Infrastructure, "lost")]
    [InlineData("red", ChecksOutcome.BaseIsRed, "red")]
    public void What_is_done_follows_from_all_causes(string failed, ChecksOutcome? outcome, string about)
    {
        var checks = failed.Split(' ').Select(name => name switch
        {
            "ours" => Failed(name, "failure", "not ok", wasRerun: true),
            "flake" => Failed(name, "failure", "not ok"),
            "infrastructure" => Failed(name, "cancelled", ""),
            "lost" => Failed(name, "cancelled", "", wasRerun: true),
            "red" => Failed(name, "failure", "not ok", failsOnBase: true),
            _ => Failed(name, "action_required", ""),
        }).ToList();

        var (decided, which) = CheckTriage.Decide(checks);

        decided.ShouldBe(outcome);
        string.Join(' ', which.Select(check => check.Check.Name)).ShouldBe(about);
    }

    static FailedCheck Failed(string name, string conclusion, string log, bool failsOnBase = false, bool wasRerun = false) =>
        new(new ForgeCheck(name, conclusion, "") { Job = 7 }, log, failsOnBase, wasRerun);
}
