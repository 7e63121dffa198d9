using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Commands;

/// <summary>
/// Runs commands that nobody has read: with an environment by allow-list and no secrets, no input, limits on time and output, and
/// in bubblewrap where the machine has it. Whatever a command started has ended when its result is there. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Commands of one runner share a private home, so that a package cache filled by one serves the next. It goes with the runner.
/// Without bubblewrap a command is this user: it can read this user's files and, on Linux, the environment that this process was started with.
/// </remarks>
public sealed class CommandRunner : IDisposable
{
    /// <summary>What a command has left to say, after its end, before its streams are closed on it.</summary>
    static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    readonly TimeProvider time;
    readonly DirectoryInfo place = Directory.CreateTempSubdirectory("taskbot-run-");
    readonly Dictionary<string, string> ours;
    readonly Lazy<Task<string?>> bubblewrap;

    /// <param name="environment">The variables to choose from; null: those of this process.</param>
    public CommandRunner(TimeProvider time, IReadOnlyDictionary<string, string>? environment = null)
    {
        this.time = time;
        ours = new Dictionary<string, string>(environment ?? ProcessVariables(), StringComparer.Ordinal);
        Home = place.CreateSubdirectory("home").FullName;
        Temporary = place.CreateSubdirectory("tmp").FullName;
        bubblewrap = new(() => ProbeAsync(CancellationToken.None));
    }

    /// <summary>The commands' HOME; empty at first.</summary>
    public string Home { get; }

    string Temporary { get; }

    /// <summary>Whether commands run in bubblewrap: it is installed, and this machine lets it work. Probed once.</summary>
    public async Task<Sandbox> SandboxAsync(CancellationToken cancellationToken) =>
        await bubblewrap.Value.WaitAsync(cancellationToken) is null ? Sandbox.None : Sandbox.Bubblewrap;

    /// <summary>What keeps commands' limits on memory and processes on this machine; each result says what kept its own.</summary>
    public static LimitKeeper LimitsKeptBy =>
        ControlGroup.IsAvailable ? LimitKeeper.ControlGroup : OperatingSystem.IsLinux() ? LimitKeeper.Watch : LimitKeeper.None;

    /// <summary>The absolute file of a program that commands would find on their PATH; null where there is none.</summary>
    public string? Find(string program) => ProgramFile.Find(program, ours.GetValueOrDefault("PATH"), Temporary);

    /// <summary>Runs a command to its end or its limits.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the command and all that it started have ended.</exception>
    public async Task<CommandResult> RunAsync(CommandRequest request, CancellationToken cancellationToken)
    {
        var sandbox = await bubblewrap.Value.WaitAsync(cancellationToken);
        return await RunAsync(request, sandbox, cancellationToken);
    }

    public void Dispose() => place.Delete(recursive: true);

    async Task<CommandResult> RunAsync(CommandRequest request, string? sandbox, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (variables, withheld) = CommandEnvironment.Make(request, Home, Temporary, ours);
        var output = new OutputCapture(request.Limits.HeadBytes, request.Limits.TailBytes);
        var standardOutput = new OutputCapture(request.Limits.HeadBytes, request.Limits.TailBytes);
        var started = time.GetTimestamp();
        var keeper = LimitKeeper.None;
        long? peak = null;
        CommandResult Result(CommandEnd end, int? exitCode) => new()
        {
            End = end,
            ExitCode = exitCode,
            Duration = time.GetElapsedTime(started),
            Output = output.ToOutput(),
            StandardOutput = standardOutput.ToOutput(),
            Sandbox = sandbox is null ? Sandbox.None : Sandbox.Bubblewrap,
            Limits = keeper,
            PeakMemoryBytes = peak,
            WithheldVariables = withheld,
        };
        var mark = new CommandMark();
        variables[CommandMark.VariableName] = mark.Value;
        if (CommandLine(request, variables, sandbox, mark) is not { } line)
            return Result(CommandEnd.NotFound, null);
        using var group = ControlGroup.TryCreate(request.Limits);
        keeper = group is not null ? LimitKeeper.ControlGroup : OperatingSystem.IsLinux() ? LimitKeeper.Watch : LimitKeeper.None;
        using var process = Start(group is null ? line : [.. group.Entrance, .. line], request.WorkingFolder, variables);
        using var total = new CancellationTokenSource(request.Limits.Total, time);
        using var idle = new CancellationTokenSource(request.Limits.Idle ?? Timeout.InfiniteTimeSpan, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, total.Token, idle.Token);
        using var silenced = new CancellationTokenSource();
        var gate = new Lock();
        void Heard(CommandStream stream, ReadOnlySpan<byte> bytes, string text)
        {
            lock (gate)
            {
                if (request.Limits.Idle is { } limit)
                    idle.CancelAfter(limit);
                output.Add(bytes);
                if (stream == CommandStream.Output)
                    standardOutput.Add(bytes);
                if (text.Length > 0)
                    request.OnOutput?.Invoke(new CommandOutput(stream, text));
            }
        }
        var reading = Task.WhenAll(
            ReadAsync(process.StandardOutput.BaseStream, CommandStream.Output, Heard, ended, silenced.Token),
            ReadAsync(process.StandardError.BaseStream, CommandStream.Error, Heard, ended, silenced.Token));
        var watch = new CommandWatch(process.Id, mark, request.Limits, time);
        using var watched = new CancellationTokenSource();
        var watching = watch.WatchAsync(ended, watched.Token);
        var exited = false;
        try
        {
            await process.WaitForExitAsync(ended.Token);
            exited = true;
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // Which limit it was, or the caller, is told below, when nothing of the command is left.
        }
        finally
        {
            await watched.CancelAsync();
            await watching;
            group?.Kill();
            ProcessGroup.Kill(process.Id, mark);
            if (!exited)
                process.Kill(entireProcessTree: true);
            silenced.CancelAfter(LastWords);
            await reading;
        }
        peak = group?.PeakMemory ?? watch.PeakMemory;
        var passed = group?.Passed ?? watch.Passed;
        if (exited)
            return Result(passed ?? CommandEnd.Exited, process.ExitCode);
        cancellationToken.ThrowIfCancellationRequested();
        if (passed is { } limit)
            return Result(limit, null);
        return Result(total.IsCancellationRequested ? CommandEnd.TimedOut : CommandEnd.WentIdle, null);
    }

    /// <summary>The whole line: its own session, limits, box, program; null when the program is not there.</summary>
    List<string>? CommandLine(CommandRequest request, Dictionary<string, string> variables, string? sandbox, CommandMark mark)
    {
        string? Find(string name) => ProgramFile.Find(name, variables["PATH"], request.WorkingFolder);
        IReadOnlyList<string> program = request.Arguments;
        if (request.Arguments is [CommandRequest.ShellProgram, var shellLine])
        {
            program = Find("bash") is { } bash
                ? [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", shellLine]
                : ["sh", "-e", "-c", shellLine];
        }
        if (Find(program[0]) is not { } file)
            return null;
        var line = new List<string>();
        if (Find("setsid") is { } setsid)
            line.Add(setsid);
        if (Find("prlimit") is { } prlimit)
        {
            line.AddRange([prlimit, "--core=0", string.Create(CultureInfo.InvariantCulture, $"--locks={mark.Number}")]);
            if (request.Limits.MemoryBytes is { } memory)
                line.Add($"--data={memory}");
            if (request.Limits.FileBytes is { } bytes)
                line.Add($"--fsize={bytes}");
            line.Add("--");
        }
        if (sandbox is not null)
        {
            string[] homes = [Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ours.GetValueOrDefault("HOME", "")];
            line.AddRange(Bubblewrap.Arguments(sandbox, request, variables["HOME"], variables["TMPDIR"], homes, variables));
        }
        return [.. line, file, .. program.Skip(1)];
    }

    static Process Start(List<string> line, string folder, Dictionary<string, string> variables)
    {
        var start = new ProcessStartInfo(line[0], line.Skip(1))
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    delegate void Listener(CommandStream stream, ReadOnlySpan<byte> bytes, string text);

    /// <summary>Reads to the end, or until told to stop: a process that left its group may hold the stream open for ever.</summary>
    static async Task ReadAsync(Stream stream, CommandStream kind, Listener heard, CancellationTokenSource ended, CancellationToken stop)
    {
        var buffer = new byte[32 * 1024];
        var characters = new char[buffer.Length + 1];
        var decoder = Encoding.UTF8.GetDecoder();
        try
        {
            int read;
            do
            {
                read = await stream.ReadAsync(buffer, stop);
                var length = decoder.GetChars(buffer.AsSpan(0, read), characters, flush: read == 0);
                heard(kind, buffer.AsSpan(0, read), new string(characters, 0, length));
            }
            while (read > 0);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What was said so far is the output.
        }
        catch
        {
            // The caller's listener failed. Nobody would empty the stream, so the command ends too.
            await ended.CancelAsync();
            throw;
        }
    }

    /// <summary>bwrap's file when a command in it really starts here; user namespaces may be switched off.</summary>
    async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux() || ProgramFile.Find("bwrap", ours.GetValueOrDefault("PATH"), "/") is not { } file)
            return null;
        var request = new CommandRequest
        {
            Arguments = ["true"],
            WorkingFolder = Temporary,
            Limits = new CommandLimits { Total = TimeSpan.FromSeconds(10) },
        };
        return (await RunAsync(request, file, cancellationToken)).Succeeded ? file : null;
    }

    static Dictionary<string, string> ProcessVariables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? "");
}
