using System.Globalization;
using System.Text;
using TaskBot.Workspaces.Commands;

namespace TaskBot.Workspaces.Tests.Commands;

/// <summary>In bubblewrap, where this machine has it.</summary>
public sealed class BoxedCommandTests() : CommandRunnerTests(boxed: true);

/// <summary>As the user of this process.</summary>
public sealed class BareCommandTests() : CommandRunnerTests(boxed: false);

/// <summary>What holds for every command, in a box or not.</summary>
public abstract class CommandRunnerTests : IDisposable
{
    static readonly CancellationToken None = CancellationToken.None;
    static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-test-");
    readonly string path;
    readonly CommandRunner runner;

    protected CommandRunnerTests(bool boxed)
    {
        path = Environment.GetEnvironmentVariable("PATH")!;
        if (!boxed)
            path = WithoutBubblewrap(path, folder.CreateSubdirectory("bin").FullName);
        folder = folder.CreateSubdirectory("work");
        runner = RunnerWith();
    }

    public void Dispose()
    {
        runner.Dispose();
        folder.Parent!.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>All programs of a PATH but one.</summary>
    static string WithoutBubblewrap(string path, string folder)
    {
        foreach (var program in path.Split(':').Where(Directory.Exists).SelectMany(Directory.EnumerateFiles).DistinctBy(Path.GetFileName).Where(file => Path.GetFileName(file) != "bwrap"))
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(program)), program);
        return folder;
    }

    CommandRequest Shell(string line) => CommandRequest.Shell(line, folder.FullName);

    CommandRunner RunnerWith(params (string Name, string Value)[] variables) =>
        new(TimeProvider.System, variables.Append(("PATH", path)).ToDictionary(v => v.Item1, v => v.Item2));

    [Fact]
    public async Task The_box_is_the_one_that_the_test_means() =>
        (await runner.RunAsync(Shell("true"), None)).Sandbox.ShouldBe(this is BareCommandTests ? Sandbox.None : await runner.SandboxAsync(None));

    [Fact]
    public async Task An_exit_code_and_both_streams_come_back()
    {
        var result = await runner.RunAsync(Shell("echo out; echo err >&2; exit 3"), None);
        (result.End, result.ExitCode, result.Succeeded).ShouldBe((CommandEnd.Exited, 3, false));
        result.StandardOutput.ToString().ShouldBe("out\n");
        result.Output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order().ShouldBe(["err", "out"]);
        (await runner.RunAsync(Shell("true"), None)).Succeeded.ShouldBeTrue();
        (await runner.RunAsync(Shell("kill -9 $$"), None)).ExitCode.ShouldBe(137);
    }

    [Fact]
    public async Task Arguments_are_passed_as_they_are()
    {
        string[] odd = ["", "a b", "$HOME", "\"q\"", "*", "line\nbreak", "-x"];
        var result = await runner.RunAsync(new() { Arguments = ["printf", "[%s]", .. odd], WorkingFolder = folder.FullName }, None);
        result.StandardOutput.ToString().ShouldBe(string.Concat(odd.Select(word => $"[{word}]")));
    }

    [Fact]
    public async Task A_shell_line_stops_at_the_first_error()
    {
        var result = await runner.RunAsync(Shell("echo one\nfalse | cat\necho two"), None);
        result.Succeeded.ShouldBeFalse();
        result.Output.ToString().ShouldBe("one\n");
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_a_value()
    {
        File.WriteAllText(Path.Combine(folder.FullName, "plain.txt"), "not a program");
        foreach (var name in new[] { "no-such-program-here", "./no/such", "./plain.txt", "" })
        {
            var result = await runner.RunAsync(new() { Arguments = [name], WorkingFolder = folder.FullName }, None);
            (result.End, result.ExitCode).ShouldBe((CommandEnd.NotFound, null), name);
        }
    }

    [Fact]
    public async Task A_program_of_the_working_folder_is_found_only_by_its_path()
    {
        (await runner.RunAsync(Shell("printf '#!/bin/sh\\necho mine\\n' > tool; chmod +x tool"), None)).Succeeded.ShouldBeTrue();
        (await runner.RunAsync(new() { Arguments = ["./tool"], WorkingFolder = folder.FullName }, None)).Output.ToString().ShouldBe("mine\n");
        (await runner.RunAsync(new() { Arguments = ["tool"], WorkingFolder = folder.FullName }, None)).End.ShouldBe(CommandEnd.NotFound);
    }

    [Fact]
    public async Task Input_is_at_its_end() =>
        (await runner.RunAsync(Shell("cat; read -r line || echo no line"), None)).Output.ToString().ShouldBe("no line\n");

    [Fact]
    public async Task A_prompt_finds_no_terminal_to_ask_at() =>
        (await runner.RunAsync(Shell("(read -r word < /dev/tty) 2>/dev/null || echo nobody there"), None)).Output.ToString().ShouldBe("nobody there\n");

    [Fact]
    public async Task Time_out_silence_and_cancellation_are_told_apart()
    {
        var slow = await runner.RunAsync(Shell("echo begun; sleep 600") with { Limits = new() { Total = Short } }, None);
        (slow.End, slow.ExitCode, slow.Output.ToString()).ShouldBe((CommandEnd.TimedOut, null, "begun\n"));
        var silent = await runner.RunAsync(Shell("echo begun; sleep 600") with { Limits = new() { Idle = Short } }, None);
        silent.End.ShouldBe(CommandEnd.WentIdle);
        using var cancel = new CancellationTokenSource();
        var running = Shell("echo begun; sleep 600") with { OnOutput = _ => cancel.Cancel() };
        await Should.ThrowAsync<OperationCanceledException>(runner.RunAsync(running, cancel.Token));
    }

    [Theory]
    [InlineData("{0} & echo begun; wait", false)]
    [InlineData("{0} & echo begun", true)]
    [InlineData("setsid {0} >/dev/null 2>&1 & echo begun", true)]
    [InlineData("(env -i setsid {0} >/dev/null 2>&1 &); echo begun", true)]
    [InlineData("mkfifo p; (setsid sh -c 'echo begun > p; exec {0}' &) ; cat p", true)]
    public async Task Whatever_a_command_started_has_ended_with_it(string line, bool exits)
    {
        // A number of seconds that no other process on this machine sleeps for; numbers of processes are others in a box.
        var sleep = $"sleep 600.{Random.Shared.NextInt64(long.MaxValue)}";
        var result = await runner.RunAsync(
            Shell(string.Format(CultureInfo.InvariantCulture, line, sleep)) with { Limits = new() { Total = exits ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(1) } }, None);
        (result.End, result.Output.ToString()).ShouldBe((exits ? CommandEnd.Exited : CommandEnd.TimedOut, "begun\n"));
        result.Duration.ShouldBeLessThan(TimeSpan.FromSeconds(30));
        IsRunning(sleep.Replace(' ', '\0')).ShouldBeFalse();
    }

    /// <summary>Whether any process has these arguments. A killed one may stay as a zombie until somebody reaps it, without arguments.</summary>
    static bool IsRunning(string arguments)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(process => char.IsAsciiDigit(process[^1])))
        {
            try
            {
                if (File.ReadAllText($"{process}/cmdline").Contains(arguments, StringComparison.Ordinal)) return true;
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }
        return false;
    }

    [Fact]
    public async Task A_hundred_megabytes_cost_no_memory()
    {
        var limits = new CommandLimits { HeadBytes = 1000, TailBytes = 1000 };
        var heard = 0L;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var result = await runner.RunAsync(
            Shell("echo first; head -c 104857600 /dev/zero | tr '\\0' x; echo; echo last") with { Limits = limits, OnOutput = piece => heard += piece.Text.Length }, None);
        // Other tests run beside this one; kept output would be twice a hundred megabytes.
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(60_000_000);
        result.Succeeded.ShouldBeTrue();
        result.Output.TotalBytes.ShouldBe(104857600 + 12);
        heard.ShouldBe(result.Output.TotalBytes);
        result.Output.OmittedBytes.ShouldBe(result.Output.TotalBytes - 2000);
        result.Output.Head.ShouldStartWith("first\nxxx");
        result.Output.Tail.ShouldEndWith("xxx\nlast\n");
        result.Output.ToString().ShouldContain($"[... {result.Output.OmittedBytes} bytes left out ...]");
    }

    [Fact]
    public async Task A_command_sees_no_secret_and_a_home_of_its_own()
    {
        using var guarded = RunnerWith(
            ("GITHUB_TOKEN", "s3cret"), ("OPENAI_API_KEY", "s3cret"), ("INPUT_X", "s3cret"), ("RANDOM_NAME", "s3cret"), ("HOME", "/root"),
            ("DOTNET_ROOT", "/opt/dotnet"), ("PIP_INDEX_URL", "https://user:s3cret@example.test/simple"));
        var declared = new Dictionary<string, string>
        {
            ["MODE"] = "test",
            ["MY_TOKEN"] = "s3cret",
            ["aws_secret_access_id"] = "s3cret",
            ["ACTIONS_RUNTIME_URL"] = "s3cret",
            ["TASKBOT_GitHub__Token"] = "s3cret",
            ["DB_PASSWORD"] = "s3cret",
            ["GITHUB_ENV"] = "s3cret",
        };
        var result = await guarded.RunAsync(Shell("env; echo home=$HOME") with { Environment = declared }, None);
        var output = result.Output.ToString();
        output.ShouldNotContain("s3cret");
        output.ShouldContain("MODE=test");
        output.ShouldContain("DOTNET_ROOT=/opt/dotnet");
        output.ShouldContain("home=" + guarded.Home);
        result.WithheldVariables.ShouldBe(["ACTIONS_RUNTIME_URL", "DB_PASSWORD", "GITHUB_ENV", "MY_TOKEN", "TASKBOT_GitHub__Token", "aws_secret_access_id"]);
    }

    [Fact]
    public async Task Output_is_streamed_whole_characters_at_a_time()
    {
        var pieces = new StringBuilder();
        var result = await runner.RunAsync(
            Shell("printf '\\303'; printf '\\266\\360\\237'; printf '\\230\\200\\n'") with { OnOutput = piece => pieces.Append(piece.Text) }, None);
        pieces.ToString().ShouldBe("ö😀\n");
        result.Output.ToString().ShouldBe("ö😀\n");
    }

    [Fact]
    public async Task A_listener_that_fails_ends_the_command()
    {
        var request = Shell("yes") with { OnOutput = _ => throw new InvalidDataException("mine") };
        (await Should.ThrowAsync<InvalidDataException>(runner.RunAsync(request, None))).Message.ShouldBe("mine");
    }

    [Fact]
    public async Task Memory_of_all_processes_together_has_a_limit()
    {
        // Each of them keeps well within the limit, though a shell takes several times the room of a text that it reads; all of them do not.
        var line = "for i in $(seq 14); do (v=$(head -c 12000000 /dev/zero | tr '\\0' x); sleep 300) & done; wait";
        var result = await runner.RunAsync(Shell(line) with { Limits = new() { MemoryBytes = 120_000_000, Total = TimeSpan.FromMinutes(2) } }, None);
        result.End.ShouldBe(CommandEnd.OverMemory);
        result.Limits.ShouldNotBe(LimitKeeper.None);
        result.Limits.ShouldBe(CommandRunner.LimitsKeptBy);
        result.PeakMemoryBytes!.Value.ShouldBeGreaterThan(100_000_000);
    }

    [Fact]
    public async Task The_number_of_processes_has_a_limit_that_binds_root_too()
    {
        var bomb = "for i in $(seq 40); do sleep 300 & done; wait";
        (await runner.RunAsync(Shell(bomb) with { Limits = new() { Processes = 20, Total = TimeSpan.FromMinutes(2) } }, None)).End.ShouldBe(CommandEnd.OverProcesses);
        var daemons = "for i in $(seq 40); do (env -i setsid sleep 300 >/dev/null 2>&1 &) ; done; sleep 300";
        (await runner.RunAsync(Shell(daemons) with { Limits = new() { Processes = 20, Total = TimeSpan.FromMinutes(2) } }, None)).End.ShouldBe(CommandEnd.OverProcesses);
    }

    [Fact]
    public async Task What_is_written_to_disk_has_a_limit()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/proc/self/io")) return;
        var result = await runner.RunAsync(
            Shell("while true; do head -c 10000000 /dev/zero > f$RANDOM; sync; done") with { Limits = new() { DiskBytes = 50_000_000, Total = TimeSpan.FromMinutes(2) } }, None);
        result.End.ShouldBe(CommandEnd.OverDisk);
    }

    [Fact]
    public async Task The_peak_of_memory_is_told()
    {
        var result = await runner.RunAsync(Shell("v=$(head -c 60000000 /dev/zero | tr '\\0' x); echo ${#v}; sleep 0.5"), None);
        result.Succeeded.ShouldBeTrue(result.Output.ToString());
        result.PeakMemoryBytes!.Value.ShouldBeInRange(60_000_000, 400_000_000);
    }

    [Fact]
    public async Task Memory_and_file_size_have_limits()
    {
        var memory = Shell("head -c 500000000 /dev/zero | tail -c 400000000 | wc -c") with { Limits = new() { MemoryBytes = 64 << 20 } };
        (await runner.RunAsync(memory, None)).Succeeded.ShouldBeFalse();
        var file = Shell("head -c 5000000 /dev/zero > big") with { Limits = new() { FileBytes = 1 << 20 } };
        (await runner.RunAsync(file, None)).Succeeded.ShouldBeFalse();
        new FileInfo(Path.Combine(folder.FullName, "big")).Length.ShouldBe(1 << 20);
    }

    [Fact]
    public async Task Many_commands_run_at_once()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => runner.RunAsync(Shell($"echo {i}"), None)));
        results.Select(result => result.Output.ToString()).ShouldBe(Enumerable.Range(0, 12).Select(i => $"{i}\n"));
    }
}
