using System.Globalization;
using System.Text;

namespace TaskBot.Workspaces.Commands;

/// <summary>
/// Looks at all processes of one command together, from /proc: memory of their own, how many they are, bytes that they wrote. Often at
/// first, so that a short command is seen too, then four times a second. Ends the command that goes beyond a limit. Linux only.
/// </summary>
/// <remarks>Needs no rights and binds root as well, unlike the limits that the system keeps for each process.</remarks>
sealed class CommandWatch(int leader, CommandMark mark, CommandLimits limits, TimeProvider time)
{
    static readonly TimeSpan First = TimeSpan.FromMilliseconds(5);
    static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);

    /// <summary>The command's processes: the time of start by number, as numbers come again.</summary>
    readonly Dictionary<int, string> ours = [];

    readonly HashSet<(int Id, string Start)> others = [];

    /// <summary>Bytes; null before the first look and where there is no /proc.</summary>
    public long? PeakMemory { get; private set; }

    /// <summary>The limit that was passed; null while none was.</summary>
    public CommandEnd? Passed { get; private set; }

    /// <summary>Looks until told to stop.</summary>
    /// <param name="ended">Cancelled when a limit is passed.</param>
    public async Task WatchAsync(CancellationTokenSource ended, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var pause = First;
        while (!stop.IsCancellationRequested)
        {
            Look();
            if (Passed is not null)
            {
                await ended.CancelAsync();
                return;
            }
            await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < Longest ? pause * 2 : Longest;
        }
    }

    void Look()
    {
        var (memory, shared, largest, written, count) = (0L, 0L, 0L, 0L, 0);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !IsOurs(id, folder))
                continue;
            var pages = Text(folder + "/statm").Split(' ');
            if (pages.Length < 3)
                continue;
            count++;
            // What they share, such as libraries, is there once.
            memory += (Number(pages[1]) - Number(pages[2])) * Environment.SystemPageSize;
            shared = Math.Max(shared, Number(pages[2]) * Environment.SystemPageSize);
            largest = Math.Max(largest, Field(folder + "/status", "VmHWM:") * 1024);
            written += Math.Max(0, Field(folder + "/io", "write_bytes:") - Field(folder + "/io", "cancelled_write_bytes:"));
        }
        if (count == 0)
            return;
        PeakMemory = Math.Max(PeakMemory ?? 0, Math.Max(memory + shared, largest));
        Passed = memory > limits.MemoryBytes ? CommandEnd.OverMemory
            : count > limits.Processes ? CommandEnd.OverProcesses
            : written > limits.DiskBytes ? CommandEnd.OverDisk : null;
    }

    bool IsOurs(int id, string folder)
    {
        var stat = Text(folder + "/stat");
        // The name in brackets may have blanks and brackets; after it the fields are numbers. The twentieth of them is the start.
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 20)
            return false;
        var start = fields[19];
        if (ours.TryGetValue(id, out var known) && known == start)
            return true;
        if (others.Contains((id, start)))
            return false;
        var isOurs = id == leader || ours.ContainsKey((int)Number(fields[1])) || mark.IsOn(folder);
        if (isOurs)
            ours[id] = start;
        else
            others.Add((id, start));
        return isOurs;
    }

    static long Field(string file, string name)
    {
        var text = Text(file);
        var at = text.StartsWith(name, StringComparison.Ordinal) ? 0 : text.IndexOf("\n" + name, StringComparison.Ordinal) + 1;
        if (at == 0 && !text.StartsWith(name, StringComparison.Ordinal))
            return 0;
        var rest = text.AsSpan(at + name.Length).TrimStart();
        var end = rest.IndexOfAnyExceptInRange('0', '9');
        return Number(end < 0 ? rest : rest[..end]);
    }

    static long Number(ReadOnlySpan<char> digits) => long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;

    static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file, Encoding.Latin1);
        }
        catch (IOException)
        {
            return ""; // It ended meanwhile.
        }
        catch (UnauthorizedAccessException)
        {
            return ""; // Another user's, so none of ours.
        }
    }
}
