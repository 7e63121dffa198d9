using TaskBot.Workspaces.Toolchains;
using TaskBot.Workspaces.Toolchains.Reports;

namespace TaskBot.Workspaces.Tests.Toolchains;

public sealed class NextestReportTests
{
    const string Today = """
           Compiling calc v0.1.0 (/src/calc)
            Finished `test` profile [unoptimized + debuginfo] target(s) in 0.90s
        ────────────
         Nextest run ID 3f2a with nextest profile: default
            Starting 6 tests across 2 binaries (1 test skipped)
                PASS [   0.004s] (1/6) calc tests::adds
                SLOW [> 60.000s] (───) calc tests::waits
          TRY 1 FAIL [   0.010s] (───) calc tests::flickers
          stderr ───

            thread 'tests::flickers' panicked at src/lib.rs:3:9:
            not yet
          TRY 2 PASS [   0.009s] (2/6) calc tests::flickers
                FAIL [   0.010s] (3/6) calc tests::subtracts
          stdout ───

            running 1 test
            test tests::subtracts ... FAILED

          stderr ───

            thread 'tests::subtracts' (117) panicked at src/lib.rs:17:9:
            assertion `left == right` failed
              left: 3
             right: 1
            note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

             SIGABRT [   0.020s] (4/6) calc::cli aborts
             TIMEOUT [  10.003s] (5/6) calc tests::waits
                LEAK [   0.100s] (6/6) calc::cli leaks
        ────────────
             Summary [  10.050s] 6 tests run: 3 passed (1 flaky, 1 leaky), 2 failed, 1 timed out, 1 skipped
           FLAKY 2/2 [   0.009s] (2/6) calc tests::flickers
                FAIL [   0.010s] (3/6) calc tests::subtracts
             SIGABRT [   0.020s] (4/6) calc::cli aborts
             TIMEOUT [  10.003s] (5/6) calc tests::waits
        error: test run failed
        """;

    const string Before = """
            Starting 3 tests across 1 binary
                PASS [   0.004s] calc tests::adds
                FAIL [   0.010s] calc tests::subtracts

        --- STDOUT:              calc tests::subtracts ---

        running 1 test
        test tests::subtracts ... FAILED

        failures:

        failures:
            tests::subtracts

        test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s


        --- STDERR:              calc tests::subtracts ---
        thread 'tests::subtracts' panicked at 'assertion failed: `(left == right)`', src/lib.rs:17:9

                SKIP [         ] calc tests::divides
           Canceling due to test failure: 0 tests still running
        ------------
             Summary [   0.015s] 2/3 tests run: 1 passed, 1 failed, 1 skipped
                FAIL [   0.010s] calc tests::subtracts
        error: test run failed
        """;

    [Fact]
    public void Each_test_counts_once_by_its_last_try()
    {
        var report = TestReportReader.Read(Today, []);
        (report.Passed, report.Failed, report.Skipped).ShouldBe((3, 3, 0));
        report.Failures.Select(test => test.Name).ShouldBe(["calc tests::waits", "calc tests::subtracts", "calc::cli aborts"], ignoreOrder: true);
        var failed = report.Failures.Single(test => test.Name == "calc tests::subtracts");
        failed.Message.ShouldNotBeNull().ShouldStartWith("assertion `left == right` failed\nthread 'tests::subtracts'");
        failed.Message.ShouldContain("left: 3");
        (failed.File, failed.Line).ShouldBe(("src/lib.rs", 17));
    }

    [Fact]
    public void Output_of_older_versions_is_read_too()
    {
        var report = TestReportReader.Read(Before, []);
        (report.Passed, report.Failed, report.Skipped).ShouldBe((1, 1, 1));
        var failed = report.Failures.ShouldHaveSingleItem();
        (failed.Name, failed.File, failed.Line).ShouldBe(("calc tests::subtracts", "src/lib.rs", 17));
    }

    [Fact]
    public void The_same_failure_has_the_same_signature_at_another_place()
    {
        var moved = Today.Replace("src/lib.rs:17:9", "src/lib.rs:29:9", StringComparison.Ordinal).Replace("(117)", "(4711)", StringComparison.Ordinal);
        FailureSignature.Of(TestReportReader.Read(moved, [])).ShouldBe(FailureSignature.Of(TestReportReader.Read(Today, [])));
    }
}
