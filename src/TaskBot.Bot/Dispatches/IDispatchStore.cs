using System.Collections.Immutable;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Dispatches;

/// <summary>Work that was given to jobs, durably. Safe for concurrent use.</summary>
public interface IDispatchStore
{
    /// <summary>Adds a new one; one with its id that is there already stays as it is.</summary>
    ValueTask AddAsync(Dispatch dispatch, CancellationToken cancellationToken);

    ValueTask<Dispatch?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>The one that this workflow run works on.</summary>
    ValueTask<Dispatch?> FindByActionsRunAsync(string repository, long actionsRun, CancellationToken cancellationToken);

    /// <summary>All of a run, oldest first.</summary>
    ValueTask<ImmutableArray<Dispatch>> ListAsync(RunId run, CancellationToken cancellationToken);

    /// <summary>Those that a job may still work on, oldest first.</summary>
    ValueTask<ImmutableArray<Dispatch>> ListOpenAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Durable when it returns, and with it the sealed result where one is given.</summary>
    /// <returns>The record with its new version; null where someone else saved it since it was read.</returns>
    ValueTask<Dispatch?> SaveAsync(Dispatch dispatch, ReadOnlyMemory<byte>? result, CancellationToken cancellationToken);

    /// <summary>The sealed result, as it came; null where there is none.</summary>
    ValueTask<ReadOnlyMemory<byte>?> FindResultAsync(string id, CancellationToken cancellationToken);
}

/// <summary>Changing a dispatch that others may be changing too.</summary>
public static class DispatchStoreExtensions
{
    /// <summary>More collisions in a row than this are a bug.</summary>
    const int MaximumTries = 20;

    /// <summary>Applies a change to a dispatch as it is now, and again where someone else was faster; the same record saves nothing.</summary>
    public static async Task<Dispatch> ChangeAsync(this IDispatchStore store, string id, Func<Dispatch, Dispatch> change, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MaximumTries; tries++)
        {
            var now = await store.FindAsync(id, cancellationToken) ?? throw new InvalidOperationException($"There is no dispatch {id}.");
            var changed = change(now);
            if (ReferenceEquals(changed, now)) return now;
            if (await store.SaveAsync(changed, result: null, cancellationToken) is { } saved) return saved;
        }

        throw new InvalidOperationException($"The dispatch {id} was changed {MaximumTries} times meanwhile.");
    }
}
