using System.Collections.Immutable;
using TaskBot.Bot.Dispatches;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Tests.Dispatches;

/// <summary>Dispatches in memory, with the versions of a durable store.</summary>
public sealed class MemoryDispatchStore : IDispatchStore
{
    readonly Lock gate = new();
    readonly List<Dispatch> all = [];
    readonly Dictionary<string, ReadOnlyMemory<byte>> results = new(StringComparer.Ordinal);

    public ValueTask AddAsync(Dispatch dispatch, CancellationToken cancellationToken)
    {
        lock (gate)
            if (all.TrueForAll(known => known.Id != dispatch.Id)) all.Add(dispatch with { Version = 1 });
        return ValueTask.CompletedTask;
    }

    public ValueTask<Dispatch?> FindAsync(string id, CancellationToken cancellationToken)
    {
        lock (gate) return new(all.Find(dispatch => dispatch.Id == id));
    }

    public ValueTask<Dispatch?> FindByActionsRunAsync(string repository, long actionsRun, CancellationToken cancellationToken)
    {
        lock (gate) return new(all.FindLast(dispatch => dispatch.Repository == repository && dispatch.ActionsRun == actionsRun));
    }

    public ValueTask<ImmutableArray<Dispatch>> ListAsync(RunId run, CancellationToken cancellationToken)
    {
        lock (gate) return new([.. all.Where(dispatch => dispatch.RunId == run)]);
    }

    public ValueTask<ImmutableArray<Dispatch>> ListOpenAsync(int limit, CancellationToken cancellationToken)
    {
        lock (gate) return new([.. all.Where(dispatch => dispatch.IsOpen).Take(limit)]);
    }

    public ValueTask<Dispatch?> SaveAsync(Dispatch dispatch, ReadOnlyMemory<byte>? result, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var at = all.FindIndex(known => known.Id == dispatch.Id);
            if (all[at].Version != dispatch.Version) return new((Dispatch?)null);
            if (result is { } bytes) results[dispatch.Id] = bytes;
            return new(all[at] = dispatch with { Version = dispatch.Version + 1 });
        }
    }

    public ValueTask<ReadOnlyMemory<byte>?> FindResultAsync(string id, CancellationToken cancellationToken)
    {
        lock (gate) return new(results.TryGetValue(id, out var bytes) ? bytes : default(ReadOnlyMemory<byte>?));
    }
}
