using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace TaskBot.Workspaces.Commands;

/// <summary>
/// Ends everything that a command started: its process group, and also what left the group (daemons), known by a variable that every
/// process inherits.
/// </summary>
static class ProcessGroup
{
    /// <summary>The variable whose value marks the processes of one command.</summary>
    public const string MarkName = "TASKBOT_COMMAND";

    const int SigKill = 9;
    const int MostRounds = 20;

    public static void Kill(int leader, string mark)
    {
        if (OperatingSystem.IsWindows())
            return;
        // A group may be gone already; then there is nobody to signal.
        _ = Signal(-leader, SigKill);
        if (!OperatingSystem.IsLinux())
            return;
        var sought = Sought(mark);
        // A process that forks while we look is found in the next round.
        for (var round = 0; round < MostRounds && KillMarked(sought); round++)
        {
        }
    }

    static bool KillMarked(byte[] sought)
    {
        var any = false;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && HasMark(folder, sought))
                any |= Signal(id, SigKill) == 0;
        }
        return any;
    }

    /// <summary>What the variables of a command's processes have in them.</summary>
    public static byte[] Sought(string mark) => Encoding.UTF8.GetBytes($"{MarkName}={mark}");

    public static bool HasMark(string folder, byte[] sought)
    {
        try
        {
            return File.ReadAllBytes(folder + "/environ").AsSpan().IndexOf(sought) >= 0;
        }
        catch (IOException)
        {
            return false; // It ended meanwhile.
        }
        catch (UnauthorizedAccessException)
        {
            return false; // Another user's, so none of ours.
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Signal(int process, int signal);
}
