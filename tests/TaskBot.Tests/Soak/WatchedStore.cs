using System.Collections.Immutable;
using System.Reflection;
using TaskBot.Bot.Deliveries;

namespace TaskBot.Tests.Soak;

/// <summary>
/// Knows when the workers of the stores that it watches have nothing left to do: nothing is claimed, and whoever looked last found nothing,
/// after the last change.
/// </summary>
sealed class Stillness
{
    readonly Lock looking = new();
    readonly Dictionary<object, long> emptyAt = [];
    TaskCompletionSource woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    TaskCompletionSource? still;
    long version;
    int busy;
    int looks;
    int claims;

    /// <summary>How often someone found something to do.</summary>
    public int Claims { get { lock (looking) return claims; } }

    public void Watch(object store)
    {
        lock (looking) emptyAt[store] = -1;
    }

    void Wake()
    {
        TaskCompletionSource now;
        lock (looking) (now, woken) = (woken, new(TaskCreationOptions.RunContinuationsAsynchronously));
        now.SetResult();
    }

    /// <summary>Completes when nothing is left to do.</summary>
    public Task StillAsync()
    {
        lock (looking)
        {
            if (IsStill) return Task.CompletedTask;
            still ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return still.Task;
        }
    }

    public Task WokenAsync(CancellationToken cancellationToken)
    {
        lock (looking) return woken.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Something may be due now that was not: everybody looks again.</summary>
    public void Changed()
    {
        lock (looking) version++;
        Wake();
    }

    /// <summary>Someone looks for something to do: what it finds counts from here on, however late it hears of it.</summary>
    /// <returns>What it will have seen.</returns>
    public long Claiming()
    {
        lock (looking)
        {
            looks++;
            return version;
        }
    }

    public void Claimed(object store, long asOf, int found)
    {
        lock (looking)
        {
            looks--;
            if (found > 0) (busy, version, claims) = (busy + found, version + 1, claims + found);
            else emptyAt[store] = Math.Max(emptyAt[store], asOf);
            Tell();
        }
    }

    public void GaveBack(int count)
    {
        lock (looking) (busy, version) = (busy - count, version + 1);
        Wake();
    }

    bool IsStill => busy == 0 && looks == 0 && emptyAt.Values.All(seen => seen == version);

    void Tell()
    {
        if (!IsStill || still is null) return;
        still.SetResult();
        still = null;
    }
}

/// <summary>A store whose claims and changes are watched; all else is the store's own.</summary>
public class WatchedStore<TStore> : DispatchProxy
    where TStore : class
{
    static readonly HashSet<string> GivesBack = new(StringComparer.Ordinal) { "ReleaseAsync", "CompleteAsync", "AbandonAsync" };
    static readonly HashSet<string> Changes = new(StringComparer.Ordinal) { "AddAsync", "CreateAsync", "SaveAsync" };

    static readonly MethodInfo AfterValue = typeof(WatchedStore<TStore>).GetMethod(nameof(AfterValueAsync), BindingFlags.NonPublic | BindingFlags.Instance)!;

    TStore store = null!;
    Stillness stillness = null!;

    internal static TStore Create(TStore store, Stillness stillness)
    {
        var proxy = Create<TStore, WatchedStore<TStore>>();
        var watched = (WatchedStore<TStore>)(object)proxy;
        (watched.store, watched.stillness) = (store, stillness);
        stillness.Watch(store);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var name = targetMethod!.Name;
        if (name == "WaitAsync") return stillness.WokenAsync((CancellationToken)args![0]!);
        var asOf = name == "ClaimAsync" ? stillness.Claiming() : 0;
        var result = targetMethod.Invoke(store, BindingFlags.DoNotWrapExceptions, binder: null, args, culture: null);
        if (name != "ClaimAsync" && !GivesBack.Contains(name) && !Changes.Contains(name)) return result;
        if (targetMethod.ReturnType != typeof(ValueTask))
            return AfterValue.MakeGenericMethod(targetMethod.ReturnType.GetGenericArguments()).Invoke(this, [name, asOf, result]);
#pragma warning disable CA2012 // A proxy returns every result in a box; the caller takes it out and awaits it once.
        return AfterAsync(name, (args![0] as IReadOnlyCollection<string>)?.Count ?? 1, (ValueTask)result!);
#pragma warning restore CA2012
    }

    async ValueTask AfterAsync(string name, int count, ValueTask work)
    {
        try
        {
            await work;
        }
        finally
        {
            if (GivesBack.Contains(name)) stillness.GaveBack(count);
            else stillness.Changed();
        }
    }

    async ValueTask<T> AfterValueAsync<T>(string name, long asOf, ValueTask<T> work)
    {
        var value = await work;
        if (name == "ClaimAsync") stillness.Claimed(store, asOf, value is ImmutableArray<Delivery> many ? many.Length : value is null ? 0 : 1);
        else stillness.Changed();
        return value;
    }
}
