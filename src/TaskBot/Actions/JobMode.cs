using TaskBot.Commands;

namespace TaskBot.Actions;

/// <summary>What a job does of what its event asks for.</summary>
enum JobMode
{
    /// <summary>All of it.</summary>
    Run,

    /// <summary>It says that a command was seen, and no more: another job takes longer.</summary>
    Acknowledge,

    /// <summary>It thinks and may not write: what it would write is sealed.</summary>
    Plan,

    /// <summary>It writes what another job sealed, and asks no model.</summary>
    Publish,
}

/// <summary>How people write the modes.</summary>
static class JobModes
{
    /// <exception cref="UsageException">There is no such mode.</exception>
    public static JobMode Parse(string? text) => text switch
    {
        null or "run" => JobMode.Run,
        "acknowledge" => JobMode.Acknowledge,
        "plan" => JobMode.Plan,
        "publish" => JobMode.Publish,
        _ => throw new UsageException(
            $"mode is '{text}'; write run (think and write in one job), acknowledge (say that a command was seen), plan (think, and seal what would be written) or publish (write what was sealed)."),
    };

    /// <summary>As people write it.</summary>
    public static string Word(this JobMode mode) => mode.ToString().ToLowerInvariant();
}
