using System.Net;
using System.Net.Sockets;
using TaskBot.Workspaces.Commands;

namespace TaskBot.Workspaces.Tests.Commands;

public sealed class SandboxTests : IDisposable
{
    static readonly CancellationToken None = CancellationToken.None;
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-test-");
    readonly CommandRunner runner = new(TimeProvider.System);

    public void Dispose()
    {
        runner.Dispose();
        folder.Delete(recursive: true);
    }

    CommandRequest Shell(string line) => CommandRequest.Shell(line, folder.CreateSubdirectory("work").FullName);

    [Fact]
    public async Task The_result_says_what_kept_the_command_in() =>
        (await runner.RunAsync(Shell("true"), None)).Sandbox.ShouldBe(await runner.SandboxAsync(None));

    [BubblewrapFact]
    public async Task Nothing_is_writable_but_the_working_folder_home_and_temporary_files()
    {
        var outside = Path.Combine(folder.FullName, "outside");
        // The temporary folder around the working folder is the box's own, so writing there may succeed, and then is forgotten.
        await runner.RunAsync(Shell($"echo x > {outside}"), None);
        File.Exists(outside).ShouldBeFalse();
        var result = await runner.RunAsync(Shell("touch here ~/there /tmp/elsewhere $TMPDIR/too && ! touch /etc/x && ! touch /usr/x"), None);
        result.Succeeded.ShouldBeTrue(result.Output.ToString());
        File.Exists(Path.Combine(folder.FullName, "work/here")).ShouldBeTrue();
        File.Exists("/tmp/elsewhere").ShouldBeFalse();
    }

    [BubblewrapFact]
    public async Task This_process_and_the_users_home_are_out_of_sight()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var result = await runner.RunAsync(Shell($"test ! -e /proc/{Environment.ProcessId}/environ || test $(ls /proc | grep -c '^[0-9]') -lt 8; ls -A {home}"), None);
        result.Succeeded.ShouldBeTrue(result.Output.ToString());
        result.Output.ToString().ShouldNotContain(".nuget");
    }

    [BubblewrapFact]
    public async Task Tools_of_a_manager_in_the_hidden_home_work_and_nothing_else_of_it_is_there()
    {
        var home = Path.Combine(folder.FullName, "user");
        Tool("user/.pyenv/versions/3/bin/tool", "echo it works");
        Tool("user/.pyenv/shims/tool", $"exec {home}/.pyenv/versions/3/bin/tool");
        foreach (var secret in (string[])[".ssh/id", ".aws/credentials", ".netrc", ".npmrc", ".config/gh/hosts.yml", ".cargo/credentials.toml"]) Tool("user/" + secret, "secret");
        Tool("user/.cargo/bin/rustish", "echo rust");
        var variables = new Dictionary<string, string> { ["HOME"] = home, ["PATH"] = $"{home}/.pyenv/shims:{home}/.cargo/bin:/usr/bin:/bin" };
        using var theirs = new CommandRunner(TimeProvider.System, variables);
        var result = await theirs.RunAsync(Shell($"tool; rustish; find {home} -type f"), None);
        result.Output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).ShouldBe(
            [$"{home}/.cargo/bin/rustish", $"{home}/.pyenv/shims/tool", $"{home}/.pyenv/versions/3/bin/tool", "it works", "rust"]);
    }

    void Tool(string path, string line)
    {
        var file = Path.Combine(folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, $"#!/bin/sh\n{line}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [BubblewrapFact]
    public async Task There_is_no_network_unless_it_is_asked_for()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var request = Shell($"exec 3<>/dev/tcp/127.0.0.1/{((IPEndPoint)listener.LocalEndpoint).Port}");
        (await runner.RunAsync(request, None)).Succeeded.ShouldBeFalse();
        (await runner.RunAsync(request with { Network = true }, None)).Succeeded.ShouldBeTrue();
    }
}
