namespace TaskBot.Workspaces.Commands;

/// <summary>A program to run, where, and what it may use.</summary>
public sealed record CommandRequest
{
    /// <summary>The program, looked up on PATH or (with a slash) from the working folder, and its arguments.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>An absolute folder; writable.</summary>
    public required string WorkingFolder { get; init; }

    /// <summary>Absolute folders that are writable besides, such as the top of the checkout that the working folder is a part of.</summary>
    public IReadOnlyList<string> WritableFolders { get; init; } = [];

    /// <summary>Variables that the project declares. Names that look like secrets are withheld and told in the result.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Variables that whoever runs this program means the command to have, secrets as they are. Whatever the command runs can read them, so they never come from a project.
    /// </summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the command may use the network. Without a sandbox nothing keeps it from doing so.</summary>
    public bool Network { get; init; }

    public CommandLimits Limits { get; init; } = new();

    /// <summary>Told of output as it comes, one call at a time.</summary>
    public Action<CommandOutput>? OnOutput { get; init; }

    /// <summary>A line for the shell: bash, which stops at the first error also within a pipe, or else sh.</summary>
    public static CommandRequest Shell(string line, string workingFolder) =>
        new() { Arguments = [ShellProgram, line], WorkingFolder = workingFolder };

    /// <summary>Stands for the shell and its options, as the machine has bash or not.</summary>
    internal const string ShellProgram = "\0shell";
}

/// <summary>What ends a command, and how much of its output is kept.</summary>
public sealed record CommandLimits
{
    /// <summary>From the start to the end.</summary>
    public TimeSpan Total { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Without any output; null: as long as it likes.</summary>
    public TimeSpan? Idle { get; init; }

    /// <summary>Bytes kept from the beginning of the output.</summary>
    public int HeadBytes { get; init; } = 64 * 1024;

    /// <summary>Bytes kept from the end of the output.</summary>
    public int TailBytes { get; init; } = 192 * 1024;

    /// <summary>Memory of all its processes together; each alone can neither ask for more where prlimit is installed. Null: no limit.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Processes at one time; null: no limit.</summary>
    public int? Processes { get; init; }

    /// <summary>Bytes that all its processes write to disk in all; null: no limit.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>The largest file that may be written; null: no limit. Needs prlimit.</summary>
    public long? FileBytes { get; init; }
}

/// <summary>Which of its two streams a command wrote to.</summary>
public enum CommandStream
{
    Output,
    Error,
}

/// <summary>A piece of output as it came; not cut within a character.</summary>
public readonly record struct CommandOutput(CommandStream Stream, string Text);
