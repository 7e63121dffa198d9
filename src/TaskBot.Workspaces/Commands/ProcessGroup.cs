using System.Globalization;
using System.Runtime.InteropServices;

namespace TaskBot.Workspaces.Commands;

/// <summary>
/// Ends everything that a command started: its process group, and also what left the group (daemons), known by its mark.
/// </summary>
static class ProcessGroup
{
    const int SigKill = 9;
    const int MostRounds = 20;

    public static void Kill(int leader, CommandMark mark)
    {
        if (OperatingSystem.IsWindows())
            return;
        // A group may be gone already; then there is nobody to signal.
        _ = Signal(-leader, SigKill);
        if (!OperatingSystem.IsLinux())
            return;
        // A process that forks while we look is found in the next round.
        for (var round = 0; round < MostRounds && KillMarked(mark); round++)
        {
        }
    }

    static bool KillMarked(CommandMark mark)
    {
        var any = false;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && mark.IsOn(folder))
                any |= Signal(id, SigKill) == 0;
        }
        return any;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Signal(int process, int signal);
}
