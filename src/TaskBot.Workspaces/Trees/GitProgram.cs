using System.Diagnostics;
using System.Text;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Trees;

/// <summary>
/// Starts the git program so that nothing of the repository's or the user's own runs: an environment of our own, no system or user
/// configuration, no hooks, helpers, monitors or prompts, and no protocol unless the call is a fetch or a push.
/// </summary>
static class GitProgram
{
    static readonly Version Oldest = new(2, 39);
    static readonly Lazy<Task<string>> Found = new(FindAsync);

    /// <summary>Command-line settings outrank those of the repository's own config file.</summary>
    static readonly string[] Settings =
    [
        "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.attributesFile=/dev/null", "core.excludesFile=/dev/null",
        "core.autocrlf=false", "core.quotePath=true", "core.pager=cat", "core.askPass=", "core.alternateRefsCommand=", "core.splitIndex=false",
        "credential.helper=", "protocol.ext.allow=never", "safe.directory=*", "commit.gpgSign=false", "gc.auto=0", "maintenance.auto=false",
        "submodule.recurse=false", "fetch.recurseSubmodules=false", "http.lowSpeedLimit=1000", "http.lowSpeedTime=60",
    ];

    static readonly string[] OfTheNetwork =
    [
        "http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSH_AUTH_SOCK",
    ];

    /// <summary>Runs one command to its end. The caller judges the exit code.</summary>
    public static async Task<GitOutput> RunAsync(GitCall call, CancellationToken cancellationToken)
    {
        using var process = await StartAsync(call);
        try
        {
            var output = new MemoryStream();
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            var written = WriteAsync(process, call, cancellationToken);
            await process.StandardOutput.BaseStream.CopyToAsync(output, cancellationToken);
            await written;
            var said = await error;
            await process.WaitForExitAsync(cancellationToken);
            return new GitOutput(call, process.ExitCode, output.GetBuffer().AsMemory(0, (int)output.Length), said);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Starts a command and leaves its streams to the caller.</summary>
    public static async Task<Process> StartAsync(GitCall call)
    {
        var start = new ProcessStartInfo(await Found.Value)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = call.Folder,
        };
        foreach (var setting in Settings)
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(setting);
        }
        foreach (var argument in call.Arguments)
            start.ArgumentList.Add(argument);
        FillEnvironment(start.Environment, call);
        return Process.Start(start)!;
    }

    static void FillEnvironment(IDictionary<string, string?> environment, GitCall call)
    {
        var ours = new Dictionary<string, string?>(environment);
        environment.Clear();
        foreach (var name in (string[])["PATH", "TMPDIR", "SystemRoot", "TEMP", "TMP", .. call.Network ? OfTheNetwork : []])
            if (ours.TryGetValue(name, out var value))
                environment[name] = value;
        environment["HOME"] = "/nonexistent";
        environment["LC_ALL"] = "C";
        environment["GIT_CONFIG_NOSYSTEM"] = "1";
        environment["GIT_CONFIG_SYSTEM"] = "/dev/null";
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        environment["GIT_ATTR_NOSYSTEM"] = "1";
        environment["GIT_TERMINAL_PROMPT"] = "0";
        environment["GIT_OPTIONAL_LOCKS"] = "0";
        environment["GIT_NO_REPLACE_OBJECTS"] = "1";
        environment["GIT_NO_LAZY_FETCH"] = "1";
        environment["GIT_ALLOW_PROTOCOL"] = call.Network ? "file:http:https:ssh" : "";
        environment["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes";
        foreach (var (name, value) in call.Environment)
            environment[name] = value;
    }

    static async Task WriteAsync(Process process, GitCall call, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(call.Input, cancellationToken);
            if (call.WriteInput is { } write)
                await write(process.StandardInput.BaseStream, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Git ended before it read everything; its exit code and message say why.
        }
    }

    static async Task<string> FindAsync()
    {
        var file = ProgramFile.Find("git", Environment.GetEnvironmentVariable("PATH"), "/")
            ?? throw new GitException(GitProblem.ProgramMissing, $"There is no git program on PATH; git {Oldest} or newer is needed.");
        using var process = Process.Start(new ProcessStartInfo(file, "version") { UseShellExecute = false, RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var numbers = said.Split(' ', '\n').FirstOrDefault(word => word.Length > 0 && char.IsAsciiDigit(word[0]))?.Split('.') ?? [];
        return numbers.Length >= 2 && Version.TryParse($"{numbers[0]}.{numbers[1]}", out var version) && version >= Oldest
            ? file
            : throw new GitException(GitProblem.ProgramTooOld, $"'{file}' says \"{said.Trim()}\"; git {Oldest} or newer is needed.");
    }
}

/// <summary>One git command: where, what, with which variables over the hardened ones, and what it reads.</summary>
sealed record GitCall(string Folder, params IReadOnlyList<string> Arguments)
{
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Streams what does not fit into memory twice; after <see cref="Input"/>.</summary>
    public Func<Stream, CancellationToken, Task>? WriteInput { get; init; }

    public bool Network { get; init; }
}

/// <summary>How a git command ended and what it wrote.</summary>
sealed record GitOutput(GitCall Call, int ExitCode, ReadOnlyMemory<byte> Bytes, string Error)
{
    public string Text => Encoding.UTF8.GetString(Bytes.Span).TrimEnd('\n');

    /// <summary>The NUL-terminated fields of a <c>-z</c> answer.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Fields()
    {
        for (var rest = Bytes; !rest.IsEmpty;)
        {
            var end = rest.Span.IndexOf((byte)0);
            yield return end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
        }
    }

    public GitOutput OrThrow() => ExitCode == 0 ? this : throw Failure();

    /// <summary>The command's name, after any settings of this call.</summary>
    string Verb => Call.Arguments.Where((word, index) => word != "-c" && (index == 0 || Call.Arguments[index - 1] != "-c")).First();

    public GitException Failure() =>
        new(GitProblem.CommandFailed, $"git {Verb} in '{Call.Folder}' ended with {ExitCode}: {Error.Trim()}");
}
