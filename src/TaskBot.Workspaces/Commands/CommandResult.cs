namespace TaskBot.Workspaces.Commands;

/// <summary>What ended a command. A cancelled one has no result: its caller gets an <see cref="OperationCanceledException"/>.</summary>
public enum CommandEnd
{
    /// <summary>By itself; the exit code says how.</summary>
    Exited,

    /// <summary>It ran longer than <see cref="CommandLimits.Total"/>.</summary>
    TimedOut,

    /// <summary>It was silent longer than <see cref="CommandLimits.Idle"/>.</summary>
    WentIdle,

    /// <summary>There is no such program; nothing ran.</summary>
    NotFound,

    /// <summary>Its processes together had more memory than <see cref="CommandLimits.MemoryBytes"/>.</summary>
    OverMemory,

    /// <summary>It had more processes than <see cref="CommandLimits.Processes"/>.</summary>
    OverProcesses,

    /// <summary>It wrote more than <see cref="CommandLimits.DiskBytes"/>.</summary>
    OverDisk,
}

/// <summary>What kept a command's limits on memory, processes and disk.</summary>
public enum LimitKeeper
{
    /// <summary>Nothing: there is neither a control group nor /proc here. Limits of single processes hold where prlimit is installed.</summary>
    None,

    /// <summary>This process looked at the command's processes four times a second; what a burst takes between two looks is not kept from it.</summary>
    Watch,

    /// <summary>The kernel, for memory and processes, by a control group; the disk is watched.</summary>
    ControlGroup,
}

/// <summary>What kept a command from the rest of the machine.</summary>
public enum Sandbox
{
    /// <summary>Nothing but its environment and limits: it runs as this user.</summary>
    None,

    /// <summary>bubblewrap: a read-only system, private home, temporary folder and processes, and no network unless asked for.</summary>
    Bubblewrap,
}

/// <summary>How a command went.</summary>
public sealed record CommandResult
{
    public required CommandEnd End { get; init; }

    /// <summary>The program's exit code, 128 + the signal's number where one ended it; null when it did not end by itself.</summary>
    public required int? ExitCode { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>Both streams, in the order in which they came.</summary>
    public required CapturedOutput Output { get; init; }

    /// <summary>Standard output alone, for commands that answer a program.</summary>
    public required CapturedOutput StandardOutput { get; init; }

    public required Sandbox Sandbox { get; init; }

    public required LimitKeeper Limits { get; init; }

    /// <summary>The most memory that the command's processes had at once, in bytes; null where nothing could count it, or it was too short.</summary>
    public required long? PeakMemoryBytes { get; init; }

    /// <summary>Declared variables that were kept from the command because they look like secrets or steer the workflow; ordinal order.</summary>
    public required IReadOnlyList<string> WithheldVariables { get; init; }

    public bool Succeeded => End == CommandEnd.Exited && ExitCode == 0;
}

/// <summary>The beginning and the end of an output, and how much was left out between them.</summary>
/// <param name="Head">All of it when nothing was left out. Bytes that are not UTF-8 are replaced.</param>
/// <param name="OmittedBytes">Zero when <paramref name="Tail"/> is empty.</param>
/// <param name="TotalBytes">As the command wrote them.</param>
public sealed record CapturedOutput(string Head, long OmittedBytes, string Tail, long TotalBytes)
{
    /// <summary>For reading: with a line in the place of what was left out.</summary>
    public override string ToString() => OmittedBytes == 0 ? Head + Tail : $"{Head}\n[... {OmittedBytes} bytes left out ...]\n{Tail}";
}
