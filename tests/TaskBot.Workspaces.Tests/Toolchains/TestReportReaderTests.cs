using TaskBot.Workspaces.Toolchains;
using TaskBot.Workspaces.Toolchains.Reports;

namespace TaskBot.Workspaces.Tests.Toolchains;

public sealed class TestReportReaderTests
{
    static string Sample(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Toolchains", "Samples", name + ".txt"));

    static TestReport Read(string name) =>
        Sample(name) is var text && text.StartsWith('<') ? TestReportReader.Read("", [text]) : TestReportReader.Read(text, []);

    /// <summary>The same small project, as each runner reports it: its failing test, where it stands, and how many passed and were skipped.</summary>
    [Theory]
    [InlineData("node.tap", "math > subtracts", "/home/ada/project/a.test.js", 3, "1 == 0", 2, 2)]
    [InlineData("node.spec", "math > subtracts", "/home/ada/project/a.test.js", 3, "AssertionError [ERR_ASSERTION]: 1 == 0", 2, 2)]
    [InlineData("cargo", "tests::subtracts", "src/lib.rs", 6, "assertion `left == right` failed: sub", 2, 1)]
    [InlineData("go", "TestSub/small", "calc_test.go", 17, "calc_test.go:17: got 1, want 0", 1, 1)]
    [InlineData("dotnet", "Calc.Tests.CalcTests.Subtracts", "/home/ada/project/CalcTests.cs", 17, "Assert.Equal() Failure: Values differ", 4, 1)]
    [InlineData("calc.trx", "Calc.Tests.CalcTests.Subtracts(a: 2)", "/home/ada/project/CalcTests.cs", 17, "Assert.Equal() Failure: Values differ", 1, 1)]
    [InlineData("junit", "tests.test_calc.TestCalc.test_sub", "tests/test_calc.py", 17, "assert 1 == 0", 1, 1)]
    public void One_failure_is_found_with_its_place(string sample, string name, string file, int line, string message, int passed, int skipped)
    {
        var report = Read(sample);
        var failure = report.Failures.ShouldHaveSingleItem();
        (failure.Name, failure.File, failure.Line).ShouldBe((name, file, line));
        failure.Message!.Split('\n')[0].ShouldBe(message);
        (report.Passed, report.Failed, report.Skipped, report.IsGreen).ShouldBe((passed, 1, skipped, false));
    }

    [Fact]
    public void A_jest_list_gives_its_crosses()
    {
        var report = Read("jest");
        report.Failures.ShouldHaveSingleItem().Name.ShouldBe("subtracts");
        (report.Passed, report.Skipped).ShouldBe((1, 1));
    }

    [Fact]
    public void Go_events_give_leaves_and_packages_that_do_not_build()
    {
        var report = Read("go.json");
        report.Failures.Select(test => (test.Name, test.File, test.Line)).ShouldBe(
            [("example.test/calc.TestSub/small", "calc_test.go", 17), ("example.test/broken", "broken/x.go", 3)]);
        report.Failures.Last().Message.ShouldStartWith("broken/x.go:3:1: syntax error");
        (report.Passed, report.Skipped).ShouldBe((1, 1));
    }

    [Fact]
    public void Pytest_gives_errors_failures_and_the_number_of_what_it_does_not_name()
    {
        var report = Read("pytest");
        report.Failures.Select(test => (test.Name, test.File, test.Line)).ShouldBe(
            [("tests/test_calc.py::TestCalc::test_sub", "tests/test_calc.py", 17), ("tests/test_calc.py::test_uses", "tests/test_calc.py", 8)]);
        report.Failures.First().Message.ShouldStartWith("assert 1 == 0\n");
        (report.Passed, report.Skipped, report.UnnamedPassed).ShouldBe((2, 1, 1));
        TestReportReader.Read("..\n2 passed in 0.01s\n", []).IsGreen.ShouldBeTrue();
    }

    [Fact]
    public void Unittest_gives_errors_and_tests_with_a_docstring()
    {
        var report = Read("unittest");
        report.Failures.Select(test => (test.Name, test.Line)).ShouldBe([("test_a.Math.test_err", 9), ("test_a.Math.test_sub", 6)], ignoreOrder: true);
        report.Failures.Select(test => test.Message!.Split('\n')[0]).ShouldBe(["ValueError: bad", "AssertionError: 1 != 0"], ignoreOrder: true);
        (report.Passed, report.Skipped).ShouldBe((1, 1));
        var quiet = TestReportReader.Read("...\n------\nRan 3 tests in 0.001s\n\nOK\n", []);
        (quiet.Passed, quiet.IsGreen).ShouldBe((3, true));
    }

    [Fact]
    public void Plain_tap_needs_no_sub_tests()
    {
        var report = TestReportReader.Read("1..4\nok 1 - adds\nnot ok 2 - subtracts\n# got 1\nok 3 # skip no time\nnot ok 4 later # TODO\n", []);
        report.Cases.Select(test => (test.Name, test.Outcome)).ShouldBe(
        [
            ("adds", TestOutcome.Passed), ("subtracts", TestOutcome.Failed), ("", TestOutcome.Skipped), ("later", TestOutcome.Skipped),
        ]);
        report.Cases[1].Message.ShouldBe("got 1");
    }

    [Theory]
    [InlineData("")]
    [InlineData("make: *** [Makefile:3: test] Error 1\n")]
    [InlineData("Ran 0 tests in 0.000s\n\nOK\n")]
    [InlineData("test result: ok. 0 passed; 0 failed; 0 ignored\n")]
    [InlineData("TAP version 13\n1..0\n")]
    public void Nothing_ran_means_not_green(string output) => TestReportReader.Read(output, []).IsGreen.ShouldBeFalse();

    [Fact]
    public void Files_win_over_output_and_what_is_no_report_is_passed_over()
    {
        var report = TestReportReader.Read(Sample("cargo"), ["<html/>", "<testsuite><testcase name='cut", Sample("junit")]);
        report.Cases.Select(test => test.Name).ShouldContain("tests.test_calc.test_add");
        report.Cases.Count.ShouldBe(3);
        TestReportReader.Read(Sample("cargo"), ["<html/>"]).Cases.Count.ShouldBe(4);
    }

    [Fact]
    public void A_report_can_neither_fetch_nor_grow()
    {
        const string bomb = """
            <!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
            <testsuite><testcase name="x"><failure message="m">&b;&f;</failure></testcase></testsuite>
            """;
        TestReportReader.Read("", [bomb]).Cases.ShouldAllBe(test => !(test.Message ?? "").Contains("aaaa") && !(test.Message ?? "").Contains("root:"));
    }

    [Fact]
    public void A_line_without_end_does_not_hold_it_up()
    {
        var report = TestReportReader.Read(new string('a', 5_000_000) + "\nok 1 - " + new string('#', 100_000) + "\n1..1\n", []);
        report.Passed.ShouldBe(1);
        FailureSignature.Of(new string('/', 5_000_000) + " error").Length.ShouldBe(64);
    }
}
