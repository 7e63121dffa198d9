using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Runs;

/// <summary>Changing a run that others may be changing too.</summary>
public static class RunStoreExtensions
{
    /// <summary>Whoever works on a run saves it a few times a minute; more collisions in a row than this are a bug.</summary>
    const int MaximumTries = 20;

    /// <summary>Applies a change to a run as it is now, and again where someone else was faster. A change that gives the same record saves nothing.</summary>
    /// <returns>The run with the change; null where there is no such run.</returns>
    public static async Task<RunRecord?> ChangeAsync(this IRunStore runs, RunId id, Func<RunRecord, RunRecord> change, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            if (await runs.FindAsync(id, cancellationToken) is not { } run) return null;
            var changed = change(run);
            if (ReferenceEquals(changed, run)) return run;
            try
            {
                return await runs.SaveAsync(changed, cancellationToken);
            }
            catch (StaleRunException) when (tries < MaximumTries)
            {
                // What was decided was decided of an older record; it is decided again.
                continue;
            }
        }
    }
}
