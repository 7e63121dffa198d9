using FsCheck;
using FsCheck.Fluent;
using TaskBot.Workspaces.Toolchains;

namespace TaskBot.Workspaces.Tests.Toolchains;

public sealed class FailureSignatureTests
{
    static string? Of(params (string Name, string Message)[] failures) =>
        FailureSignature.Of(new TestReport([.. failures.Select(failure => new TestCase(failure.Name, TestOutcome.Failed, Message: failure.Message))]));

    [Theory]
    [InlineData("timed out after 1.52s", "timed out after 30 ms")]
    [InlineData("at 2026-01-02T03:04:05.678Z: boom", "at 2027-11-12 13:14:15: boom")]
    [InlineData("object at 0x7f1c2a3b4c50 is bad", "object at 0x55aa is bad")]
    [InlineData("cannot open /tmp/xyz-1/work/a.txt", "cannot open /home/runner/b/a.txt")]
    [InlineData("id 6f9619ff-8b86-d011-b42d-00cf4fc964ff unknown", "id 00000000-0000-4000-8000-000000000001 unknown")]
    [InlineData("calc.py:17: AssertionError", "calc.py:18: AssertionError")]
    [InlineData("in C:\\a\\b\\Calc.cs:line 4", "in /x/Calc.cs:line 5")]
    [InlineData("src/lib.rs:6:22: failed", "src/lib.rs:16:2: failed")]
    [InlineData("connect to 127.0.0.1:41234 refused", "connect to 127.0.0.1:5555 refused")]
    [InlineData("\u001b[31mexpected 1\u001b[0m", "expected 1")]
    [InlineData("commit 1f2e3d4c5b6a7980 broke", "commit abcdef0123456789ab broke")]
    public void What_differs_from_run_to_run_does_not_count(string one, string other) => Of(("t", one)).ShouldBe(Of(("t", other)));

    [Theory]
    [InlineData("expected 1 but was 2", "expected 1 but was 3")]
    [InlineData("no file a.txt", "no file b.txt")]
    [InlineData("NullReferenceException", "ArgumentException")]
    public void What_went_wrong_does(string one, string other) => Of(("t", one)).ShouldNotBe(Of(("t", other)));

    [Fact]
    public void Order_and_stacks_do_not_count_but_names_do()
    {
        Of(("a", "x\n  at one"), ("b", "y")).ShouldBe(Of(("b", "y"), ("a", "x\n  at two")));
        Of(("a", "x")).ShouldNotBe(Of(("b", "x")));
        Of().ShouldBeNull();
        Of(("a", "x"))!.Length.ShouldBe(64);
    }

    [Fact]
    public void Paths_times_addresses_and_order_never_change_a_signature() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var random = new Random(seed);
            string[] causes = ["expected {0} but was {1}", "undefined symbol {0}", "no such file {0}.txt", "assert {0} == {1} failed", "panic: {0}"];
            var failures = Enumerable.Range(0, random.Next(1, 40))
                .Select(i => (Name: $"suite.test_{i}", What: string.Format(null, causes[random.Next(causes.Length)], (char)('a' + random.Next(26)), (char)('a' + random.Next(26))))).ToArray();
            string Line(string what) =>
                $"/tmp/w{random.Next(9999)}/src/file.py:{random.Next(1, 900)}: error: {what} at 0x{random.NextInt64(1L << 32, 1L << 46):x} after {random.Next(1, 9000)} ms (pid {random.Next(2, 30000)})";
            (string, string)[] Noisy() => [.. failures.OrderBy(_ => random.Next()).Select(failure => (failure.Name, Line(failure.What)))];
            Of(Noisy()).ShouldBe(Of(Noisy()), $"seed {seed}");
            string Output() => string.Join('\n', Noisy().Select(failure => failure.Item2).Prepend($"[{random.Next(10, 23)}:{random.Next(10, 59)}:00] building"));
            FailureSignature.Of(Output()).ShouldBe(FailureSignature.Of(Output()), $"seed {seed}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(1_000_000));

    [Fact]
    public void Output_without_tests_is_known_by_its_error_lines()
    {
        var one = FailureSignature.Of("Compiling 1/7\nsrc/a.c:3:5: error: 'x' undeclared\nDone in 3.1s\n");
        one.ShouldBe(FailureSignature.Of("Compiling 2/9\n/w/src/../src/a.c:9:1: error: 'x' undeclared\nDone in 4s\n".Replace("/w/src/../", "")));
        one.ShouldNotBe(FailureSignature.Of("src/a.c:3:5: error: 'y' undeclared\n"));
    }
}
