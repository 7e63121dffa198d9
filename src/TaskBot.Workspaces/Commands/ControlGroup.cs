using System.Globalization;

namespace TaskBot.Workspaces.Commands;

/// <summary>
/// A control group (cgroup v2) for one command: the kernel itself keeps its limits, counts its peak and ends all of it at once. There only
/// where this process may make groups below its own, as under systemd with <c>Delegate=yes</c> or in a container with a writable hierarchy.
/// </summary>
sealed class ControlGroup : IDisposable
{
    static readonly string[] Needed = ["memory", "pids"];
    static readonly Lazy<string?> Parent = new(FindParent);

    readonly string folder;

    ControlGroup(string folder) => this.folder = folder;

    /// <summary>Whether this process may make groups. Looked up once.</summary>
    public static bool IsAvailable => Parent.Value is not null;

    /// <summary>A group with these limits; null where this process may not make one.</summary>
    public static ControlGroup? TryCreate(CommandLimits limits)
    {
        if (Parent.Value is not { } parent)
            return null;
        var made = new ControlGroup(Path.Combine(parent, $"taskbot-{Guid.NewGuid():N}"));
        try
        {
            Directory.CreateDirectory(made.folder);
            if (limits.MemoryBytes is { } memory)
            {
                made.Write("memory.max", memory.ToString(CultureInfo.InvariantCulture));
                made.Write("memory.oom.group", "1");
                if (File.Exists(made.FileOf("memory.swap.max")))
                    made.Write("memory.swap.max", "0");
            }
            if (limits.Processes is { } processes)
                made.Write("pids.max", processes.ToString(CultureInfo.InvariantCulture));
            return made;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            made.Dispose();
            return null;
        }
    }

    /// <summary>Puts before a command line: a shell enters the group and becomes the command.</summary>
    public IEnumerable<string> Entrance => ["/bin/sh", "-c", "echo 0 > \"$0\" && exec \"$@\"", FileOf("cgroup.procs")];

    /// <summary>Bytes; null where the kernel does not say (before 5.19).</summary>
    public long? PeakMemory => long.TryParse(Read("memory.peak"), CultureInfo.InvariantCulture, out var bytes) ? bytes : null;

    /// <summary>The limit that the kernel kept by ending or refusing a process; null while there was none.</summary>
    public CommandEnd? Passed => Count("memory.events", "oom_kill") > 0 ? CommandEnd.OverMemory : Count("pids.events", "max") > 0 ? CommandEnd.OverProcesses : null;

    /// <summary>Ends every process in the group.</summary>
    public void Kill()
    {
        if (File.Exists(FileOf("cgroup.kill")))
            Write("cgroup.kill", "1");
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // A process that was killed is not yet gone. An empty group costs nothing, and goes with its parent.
        }
        catch (UnauthorizedAccessException)
        {
            // It was never made.
        }
    }

    string FileOf(string name) => Path.Combine(folder, name);

    string Read(string name) => File.Exists(FileOf(name)) ? File.ReadAllText(FileOf(name)).Trim() : "";

    void Write(string name, string value) => File.WriteAllText(FileOf(name), value);

    long Count(string name, string counter) =>
        Read(name).Split('\n').Select(line => line.Split(' ')).Where(pair => pair is [var key, _] && key == counter)
            .Select(pair => long.Parse(pair[1], CultureInfo.InvariantCulture)).FirstOrDefault();

    /// <summary>This process's own group or the one above it, where memory and processes can be limited below it.</summary>
    static string? FindParent()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/proc/self/cgroup"))
            return null;
        // 35 24 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw
        var mount = File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')).FirstOrDefault(words => words.Contains("cgroup2", StringComparer.Ordinal))?[4];
        var own = File.ReadLines("/proc/self/cgroup").FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal))?["0::/".Length..];
        if (mount is null || own is null)
            return null;
        var group = Path.Combine(mount, own);
        string?[] candidates = own.Length == 0 ? [group] : [group, Path.GetDirectoryName(group)];
        return candidates.OfType<string>().FirstOrDefault(CanLimit);
    }

    static bool CanLimit(string group)
    {
        try
        {
            if (!Has(group, "cgroup.controllers"))
                return false;
            if (!Has(group, "cgroup.subtree_control"))
                File.WriteAllText(Path.Combine(group, "cgroup.subtree_control"), string.Join(' ', Needed.Select(name => "+" + name)));
            var probe = Directory.CreateDirectory(Path.Combine(group, $"taskbot-probe-{Guid.NewGuid():N}"));
            var works = File.Exists(Path.Combine(probe.FullName, "memory.max")) && File.Exists(Path.Combine(probe.FullName, "pids.max"));
            probe.Delete();
            return works;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // Not ours to divide: the hierarchy is read-only, or the group has processes of its own.
        }
    }

    static bool Has(string group, string file) =>
        Needed.Except(File.ReadAllText(Path.Combine(group, file)).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal).Any() is false;
}
