using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using TaskBot.Benchmarks.Programs;

namespace TaskBot.Benchmarks.Deliveries;

/// <summary>
/// The whole listener, <c>taskbot serve</c> as a process of its own: bodies of 10 kB over 16 connections, each answered after it is durable with
/// <c>synchronous=FULL</c>, while the workers handle what came: pushes, each of which a worker takes and reads, and issues that were opened, which nobody acts
/// on. Beside it, in the same run, Probot: without any storage, and with one SQLite
/// transaction a delivery, also <c>synchronous=FULL</c>.
/// </summary>
static partial class ListenerBenchmark
{
    const int Connections = 16;
    const string Secret = "a secret of the benchmark";

    public static async Task RunAsync(TextWriter output, int count, int rounds, string? program, string? probotFolder, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var bodies = DeliveryBenchmark.Bodies();
        var pushes = new HttpLoad("push", bodies, Secret);
        var listeners = new List<(string Name, HttpLoad Load, Func<string, Listener> Start)>
        {
            ("taskbot serve, SQLite FULL, read by a handler", pushes, name => StartTaskBot(program, name)),
            ("taskbot serve, SQLite FULL, nobody acts on it", new("issues", bodies, Secret), name => StartTaskBot(program, name)),
        };
        if ((probotFolder ?? await InstallProbotAsync(folder.Path, output, cancellationToken)) is { } probot)
        {
            await WriteProgramAsync(probot, cancellationToken);
            listeners.Add(("Probot, no storage", pushes, _ => StartProbot(probot, database: null)));
            if (Directory.Exists(Path.Combine(probot, "node_modules", "better-sqlite3", "build"))) listeners.Add(("Probot, SQLite FULL", pushes, name => StartProbot(probot, folder.File($"{name}.db"))));
            else await output.WriteLineAsync("better-sqlite3 could not be built here: Probot with SQLite is left out.");
        }

        var best = new Dictionary<string, (Figures Figures, TimeSpan Processor)>(StringComparer.Ordinal);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, load, start) in listeners)
            {
                using var listener = start($"{listeners.FindIndex(known => known.Name == name)}-{round}");
                var port = await listener.ReadPortAsync(cancellationToken);
                await load.SendAsync(port, Connections, count / 4, cancellationToken);
                var before = listener.Processor;
                var figures = await load.SendAsync(port, Connections, count, cancellationToken);
                if (!best.TryGetValue(name, out var known) || figures.PerSecond > known.Figures.PerSecond) best[name] = (figures, listener.Processor - before);
            }
        }

        await output.WriteLineAsync($"{$"{count:N0} bodies of 10 kB, {Connections} connections, best of {rounds}",-50} {"a second",10} {"p50 ms",8} {"p99 ms",8} {"CPU us each",12}");
        foreach (var (name, (figures, processor)) in best)
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{name,-50} {figures.PerSecond,10:N0} {figures.Percentile(0.5),8:N2} {figures.Percentile(0.99),8:N2} {processor.TotalMicroseconds / count,12:N0}"));
    }

    static Listener StartTaskBot(string? program, string name)
    {
        var folder = Directory.CreateTempSubdirectory("taskbot-listener-").FullName;
        return new(
            program ?? "dotnet", [.. program is null ? [Path.Combine(AppContext.BaseDirectory, "taskbot.dll")] : Array.Empty<string>(), "serve", "--url", "http://127.0.0.1:0"], folder,
            new Dictionary<string, string>
            {
                ["TASKBOT_GitHub__WebhookSecret"] = Secret,
                ["TASKBOT_Database__ConnectionString"] = Path.Combine(folder, $"{name}.db"),
                ["TASKBOT_Database__DeliveryQueueLimit"] = "10000000",
            },
            Listening());
    }

    static Listener StartProbot(string folder, string? database) =>
        new("node", database is null ? ["probot.mjs", Secret] : ["probot.mjs", Secret, database], folder, new Dictionary<string, string> { ["NODE_ENV"] = "production" }, Port());

    /// <summary>The folder that Probot is installed in; null where npm or its registry is not there.</summary>
    static async Task<string?> InstallProbotAsync(string folder, TextWriter output, CancellationToken cancellationToken)
    {
        if (InstalledProgram.Find("npm") is not { } npm || InstalledProgram.Find("node") is null)
        {
            await output.WriteLineAsync("npm is not installed: Probot is left out.");
            return null;
        }

        try
        {
            await npm.RunAsync(folder, ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "probot@14"], writeInput: null, cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            await output.WriteLineAsync($"Probot could not be installed and is left out: {e.Message}");
            return null;
        }

        try
        {
            await npm.RunAsync(folder, ["install", "--prefix", folder, "--no-audit", "--no-fund", "better-sqlite3"], writeInput: null, cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            await output.WriteLineAsync(e.Message.Split('\n')[0]);
        }

        return folder;
    }

    static async Task WriteProgramAsync(string folder, CancellationToken cancellationToken)
    {
        await using var script = typeof(ListenerBenchmark).Assembly.GetManifestResourceStream("probot.mjs")!;
        await using var target = File.Create(Path.Combine(folder, "probot.mjs"));
        await script.CopyToAsync(target, cancellationToken);
    }

    [GeneratedRegex(@"^Listening on http://[^:]+:(\d+)/")]
    private static partial Regex Listening();

    [GeneratedRegex(@"^(\d+)$")]
    private static partial Regex Port();

    /// <summary>A process that says its port on standard output, and ends with this.</summary>
    sealed class Listener : IDisposable
    {
        readonly Process process;
        readonly Regex says;
        readonly TaskCompletionSource<int> port = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Listener(string file, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string> environment, Regex says)
        {
            this.says = says;
            var start = new ProcessStartInfo(file, arguments)
            {
                WorkingDirectory = folder,
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (var (name, value) in environment) start.Environment[name] = value;
            process = new Process { StartInfo = start };
            process.OutputDataReceived += (_, line) => Look(line.Data);
            process.ErrorDataReceived += (_, _) => { };
            process.Start();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public Task<int> ReadPortAsync(CancellationToken cancellationToken) => port.Task.WaitAsync(cancellationToken);

        /// <summary>What the process has used of the processors so far: a figure that other programs on the machine disturb least.</summary>
        public TimeSpan Processor
        {
            get
            {
                process.Refresh();
                return process.TotalProcessorTime;
            }
        }

        public void Dispose()
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }

        void Look(string? line)
        {
            if (line is null) port.TrySetException(new InvalidOperationException("It ended before it listened."));
            else if (says.Match(line) is { Success: true } match) port.TrySetResult(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        }
    }
}
