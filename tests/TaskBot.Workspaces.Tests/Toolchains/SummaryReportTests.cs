using TaskBot.Workspaces.Toolchains;
using TaskBot.Workspaces.Toolchains.Reports;

namespace TaskBot.Workspaces.Tests.Toolchains;

/// <summary>Runners whose text counts what it does not name.</summary>
public sealed class SummaryReportTests
{
    const string Jest = """
        PASS ./a.test.js
        FAIL ./b.test.js
          ● calc › subtracts

            expect(received).toBe(expected)

              at Object.toBe (b.test.js:7:30)

        Test Suites: 1 failed, 1 passed, 2 total
        Tests:       1 failed, 1 skipped, 3 passed, 5 total
        """;

    const string Vitest = """
         ✓ src/a.test.ts (3 tests) 5ms
         ❯ src/b.test.ts (2 tests | 1 failed) 8ms
           × calc > subtracts 4ms
             → expected 1 to be +0

        ⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯

         FAIL  src/b.test.ts > calc > subtracts
        AssertionError: expected 1 to be +0 // Object.is equality
         ❯ src/b.test.ts:7:21

         Test Files  1 failed | 1 passed (2)
              Tests  1 failed | 4 passed (5)
        """;

    const string Mocha = """

          calc
            ✔ adds
            1) subtracts
            - divides

          1 passing (5ms)
          1 pending
          1 failing

          1) calc
               subtracts:

              AssertionError [ERR_ASSERTION]: 1 == 0
              at Context.<anonymous> (test/calc.js:7:12)
        """;

    const string Ctest = """
        1/3 Test #1: adds .............................   Passed    0.00 sec
        2/3 Test #2: subtracts ........................***Failed    0.01 sec
        /src/calc_test.cpp:7: 1 == 0
        3/3 Test #3: divides ..........................   Passed    0.00 sec

        67% tests passed, 1 tests failed out of 3
        """;

    const string Rspec = """
        Failures:

          1) Calc subtracts
             Failure/Error: expect(sub(2, 1)).to eq 0

        Finished in 0.01 seconds
        4 examples, 1 failure, 1 pending

        Failed examples:

        rspec ./spec/calc_spec.rb:7 # Calc subtracts
        """;

    const string Phpunit = """
        There was 1 failure:

        1) CalcTest::testSub with data set #0
        Failed asserting that 1 matches expected 0.

        /src/tests/CalcTest.php:7

        FAILURES!
        Tests: 4, Assertions: 4, Failures: 1, Skipped: 1.
        """;

    const string Maven = """
        [ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.02 s <<< FAILURE! - in CalcTest
        [ERROR] Failures:
        [ERROR]   CalcTest.subtracts:17 expected: <0> but was: <1>
        [INFO]
        [ERROR] Tests run: 5, Failures: 1, Errors: 0, Skipped: 1
        """;

    const string Gradle = """
        CalcTest > subtracts() FAILED
            org.opentest4j.AssertionFailedError at CalcTest.java:17

        3 tests completed, 1 failed
        """;

    const string Platform = """
        failed Calc.Tests.Subtracts (12ms)
          Assert.Equal() Failure: Values differ
          at Calc.Tests.Subtracts() in /src/CalcTests.cs:line 17

        Test run summary: Failed! - bin/Debug/net10.0/Calc.Tests.dll (net10.0|x64)
          total: 4
          failed: 1
          succeeded: 3
          skipped: 0
        """;

    [Theory]
    [InlineData(Jest, "calc › subtracts", "b.test.js", 7, 3)]
    [InlineData(Vitest, "src/b.test.ts > calc > subtracts", "src/b.test.ts", 7, 4)]
    [InlineData(Mocha, "subtracts", "test/calc.js", 7, 1)]
    [InlineData(Ctest, "subtracts", "/src/calc_test.cpp", 7, 2)]
    [InlineData(Rspec, "Calc subtracts", "./spec/calc_spec.rb", 7, 2)]
    [InlineData(Phpunit, "CalcTest::testSub with data set #0", "/src/tests/CalcTest.php", 7, 2)]
    [InlineData(Maven, "CalcTest.subtracts", null, null, 3)]
    [InlineData(Gradle, "CalcTest > subtracts()", "CalcTest.java", 17, 2)]
    [InlineData(Platform, "Calc.Tests.Subtracts", "/src/CalcTests.cs", 17, 3)]
    public void The_failure_has_its_name_and_place_and_the_rest_is_counted(string output, string name, string? file, int? line, int passed)
    {
        var report = TestReportReader.Read(output, []);
        var failure = report.Failures.ShouldHaveSingleItem();
        (failure.Name, failure.File, failure.Line, report.Passed, report.Failed).ShouldBe((name, file, line, passed, 1));
        FailureSignature.Of(report).ShouldBe(FailureSignature.Of(TestReportReader.Read(output.Replace("5ms", "77ms", StringComparison.Ordinal), [])));
    }

    [Theory]
    [InlineData("PASS ./a.test.js\nPASS ./b.test.js\n\nTests:       5 passed, 5 total\n", 5)]
    [InlineData("\x1B[32m ✓\x1B[39m src/a.test.ts \x1B[2m(\x1B[22m3 tests\x1B[2m)\x1B[22m\n\x1B[2m      Tests \x1B[22m \x1B[1m\x1B[32m3 passed\x1B[39m\x1B[22m\x1B[90m (3)\x1B[39m\n", 3)]
    [InlineData("\n  ..\n\n  2 passing (3ms)\n", 2)]
    [InlineData("100% tests passed, 0 tests failed out of 3\n", 3)]
    [InlineData("OK (4 tests, 4 assertions)\n", 4)]
    [InlineData("6 examples, 0 failures\n", 6)]
    [InlineData("[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0\n", 2)]
    public void Without_a_failure_the_number_is_green(string output, int passed)
    {
        var report = TestReportReader.Read(output, []);
        (report.Passed, report.IsGreen).ShouldBe((passed, true));
    }

    [Theory]
    [InlineData("ok  \texample.test/calc\t0.003s [no tests to run]\n")]
    [InlineData("ss\n----\nRan 2 tests in 0.000s\n\nOK (skipped=2)\n")]
    [InlineData("No tests found, exiting with code 0\nTests:       0 total\n")]
    [InlineData("[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 2\n")]
    [InlineData("ok  \texample.test/a\t0.003s\n# example.test/b\nb/x.go:3:1: syntax error\nFAIL\texample.test/b [build failed]\n")]
    [InlineData("\n  calc\n    ✔ adds\n\n  1 passing (5ms)\n  1 failing\n")]
    [InlineData("Test Suites: 1 failed, 1 total\nTests:       0 total\n")]
    public void What_did_not_run_or_not_build_is_not_green(string output) => TestReportReader.Read(output, []).IsGreen.ShouldBeFalse();

    [Theory]
    [InlineData("FAILED t.py::test_a[a - b] - assert 1 == [2]\n1 failed in 0.01s\n", "t.py::test_a[a - b]", "assert 1 == [2]")]
    [InlineData("FAILED t.py::test_a - assert [1] - [2]\n1 failed, 1 rerun in 0.01s\n", "t.py::test_a", "assert [1] - [2]")]
    [InlineData("[gw0] [ 50%] FAILED t.py::test_a \n[gw1] [100%] PASSED t.py::test_b \n== 1 failed, 1 passed in 0.01s ==\n", "t.py::test_a", null)]
    public void Parameters_and_several_processes_of_pytest_are_understood(string output, string name, string? message)
    {
        var failure = TestReportReader.Read(output, []).Failures.ShouldHaveSingleItem();
        (failure.Name, failure.Message).ShouldBe((name, message));
    }
}
