using TaskBot.Commands;

namespace TaskBot.Actions;

/// <summary>What a job does of a run.</summary>
enum JobMode
{
    /// <summary>All of it.</summary>
    Run,

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
        "plan" => JobMode.Plan,
        "publish" => JobMode.Publish,
        _ => throw new UsageException($"mode is '{text}'; write run (think and write in one job), plan (think, and seal what would be written) or publish (write what was sealed)."),
    };
}
