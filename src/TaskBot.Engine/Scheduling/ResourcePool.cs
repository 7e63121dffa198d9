using System.Collections.Concurrent;
using System.Collections.Frozen;
using Polly;
using Polly.CircuitBreaker;
using TaskBot.Engine.Nodes;

namespace TaskBot.Engine.Scheduling;

/// <summary>
/// The slots and named resources of one process, shared by all its runs. What is free goes to the repository that holds least, of its runs to
/// the one that holds least, of these to the one that was served longest ago; so a big run never keeps a small one from its next slot. Who
/// was refused for longer than <see cref="RunnerOptions.Patience"/> has what it asked for reserved as it becomes free, so that smaller demands
/// cannot keep a large one waiting for ever. Speculative work gives back what other work asks for. Safe for concurrent use.
/// </summary>
/// <remarks>Each resource is a bulkhead: who floods one leaves the others alone. Around each <c>rate:</c> resource stands a circuit breaker.</remarks>
public sealed class ResourcePool : IDisposable
{
    readonly Lock gate = new();
    readonly TimeProvider time;
    readonly TimeSpan patience;
    readonly long started;
    readonly FrozenDictionary<string, Resource> resources;
    readonly Dictionary<(string Repository, string Name), Resource> locks = [];
    readonly Dictionary<string, Tally> tallies = new(StringComparer.Ordinal);
    readonly List<ResourceShare> hungry = [];
    readonly LinkedList<ResourceGrant> speculative = [];
    readonly ConcurrentDictionary<string, ResiliencePipeline<NodeResult>> circuits = new(StringComparer.Ordinal);
    readonly ITimer refill;
    int freeSlots;
    long served;

    /// <param name="options">Says how many slots there are, and how much of each resource.</param>
    /// <exception cref="ArgumentException">A capacity is no amount.</exception>
    public ResourcePool(RunnerOptions options, TimeProvider time)
    {
        this.time = time;
        patience = options.Patience;
        started = time.GetTimestamp();
        freeSlots = Math.Max(options.Slots, options.Jobs);
        resources = options.Resources.Select(resource => new Resource(resource.Key, CapacityOf(resource.Key, resource.Value)))
            .ToFrozenDictionary(resource => resource.Name, StringComparer.Ordinal);
        refill = time.CreateTimer(_ => WakeWhoFits(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Held by the nodes of one repository that work now.</summary>
    internal sealed class Tally
    {
        public int Held { get; set; }

        public int Shares { get; set; }
    }

    sealed class Resource(string name, long capacity)
    {
        public string Name => name;

        public long Capacity { get; } = capacity;

        public bool IsRate { get; } = name.StartsWith(Demand.RatePrefix, StringComparison.Ordinal);

        /// <summary>For all but rates.</summary>
        public long Free { get; set; } = capacity;

        /// <summary>For rates: when all that was used will have come back.</summary>
        public long FullAt { get; set; }

        /// <summary>For rates: how long it takes for an amount to come back, in ticks.</summary>
        public long TicksFor(long amount) => (long)((Int128)amount * TimeSpan.TicksPerMinute / Capacity);
    }

    /// <summary>How much there is of a resource, in thousandths; null where nothing is known of it. Locks are there as soon as someone names them.</summary>
    internal long? CapacityOf(string resource) =>
        resources.GetValueOrDefault(resource)?.Capacity ?? (resource.StartsWith(Demand.LockPrefix, StringComparison.Ordinal) ? Demand.One : null);

    internal IEnumerable<string> Names => resources.Keys;

    /// <summary>Lets a run take part.</summary>
    /// <param name="wake">Called when it is worth to try again, or to look at <see cref="ResourceGrant.IsRevoked"/>; must not block nor call back.</param>
    internal ResourceShare Join(string repository, Action wake)
    {
        lock (gate)
        {
            if (!tallies.TryGetValue(repository, out var tally)) tallies.Add(repository, tally = new());
            tally.Shares++;
            return new(this, repository, tally, wake);
        }
    }

    /// <summary>The circuit breaker around a <c>rate:</c> resource: opens for half a minute when most of at least five calls failed transiently.</summary>
    internal ResiliencePipeline<NodeResult> CircuitOf(string resource) => circuits.GetOrAdd(resource, _ =>
        new ResiliencePipelineBuilder<NodeResult> { TimeProvider = time }.AddCircuitBreaker(new CircuitBreakerStrategyOptions<NodeResult>
        {
            FailureRatio = 0.5,
            MinimumThroughput = 5,
            SamplingDuration = TimeSpan.FromSeconds(30),
            BreakDuration = TimeSpan.FromSeconds(30),
            ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Result is NodeResult.Failed { IsTransient: true }),
        }).Build());

    /// <param name="shortOf">Where it is refused: what there is too little of; null for slots, or where others come first.</param>
    internal ResourceGrant? TryTake(ResourceShare share, Demand demand, bool isSpeculative, out string? shortOf)
    {
        lock (gate)
        {
            shortOf = null;
            if (freeSlots == 0 || (!demand.Amounts.IsEmpty && !Fits(share, demand, out shortOf)) || !MayTake(share, demand, isSpeculative)) return null;
            freeSlots--;
            foreach (var (name, amount) in demand.Amounts)
            {
                var resource = Find(share, name)!;
                if (resource.IsRate) resource.FullAt = Math.Max(resource.FullAt, Now) + resource.TicksFor(amount);
                else resource.Free -= amount;
            }

            share.Held++;
            share.Tally.Held++;
            share.ServedAt = ++served;
            var grant = new ResourceGrant(demand);
            if (isSpeculative) (grant.Share, grant.Entry) = (share, speculative.AddLast(grant));
            return grant;
        }
    }

    internal void GiveBack(ResourceShare share, ResourceGrant grant)
    {
        lock (gate)
        {
            freeSlots++;
            share.Held--;
            share.Tally.Held--;
            if (grant.Entry is { } entry) speculative.Remove(entry);
            foreach (var (name, amount) in grant.Demand.Amounts)
            {
                var resource = Find(share, name)!;
                if (resource.IsRate) continue;
                resource.Free += amount;
                if (resource.Free == resource.Capacity) locks.Remove((share.Repository, name));
            }

            WakeOthersThatFit(share);
        }
    }

    /// <summary>Notes what the share waits for most, or that it waits for nothing; who waits is woken when it may have it.</summary>
    internal void Want(ResourceShare share, Demand? demand)
    {
        lock (gate)
        {
            if (demand is null)
            {
                if (share.Wanted is null) return;
                share.Wanted = null;
                hungry.Remove(share);
                WakeOthersThatFit(share);

                // What was kept for it may have kept the share's own other work waiting.
                share.Wake();
                return;
            }

            if (!demand.Equals(share.Wanted))
            {
                if (share.Wanted is null) hungry.Add(share);
                (share.Wanted, share.WantedSince) = (demand, Now);
            }

            // What was given back since the share was refused would otherwise go unnoticed.
            if (freeSlots > 0 && Fits(share, demand, out _))
            {
                if (MayTake(share, demand, isSpeculative: false)) share.Wake();
            }
            else
            {
                Revoke(share, demand);
                WaitForRates(demand);
            }
        }
    }

    internal void Leave(ResourceShare share)
    {
        lock (gate)
        {
            hungry.Remove(share);
            if (--share.Tally.Shares == 0) tallies.Remove(share.Repository);
            WakeOthersThatFit(share);
        }
    }

    /// <summary>Stops the timer that brings rates back.</summary>
    public void Dispose() => refill.Dispose();

    long Now => time.GetElapsedTime(started).Ticks;

    Resource? Find(ResourceShare share, string name)
    {
        if (resources.TryGetValue(name, out var resource)) return resource;
        if (!name.StartsWith(Demand.LockPrefix, StringComparison.Ordinal)) return null;
        if (!locks.TryGetValue((share.Repository, name), out resource)) locks.Add((share.Repository, name), resource = new(name, Demand.One));
        return resource;
    }

    bool Fits(ResourceShare share, Demand demand, out string? shortOf)
    {
        foreach (var (name, amount) in demand.Amounts)
        {
            shortOf = name;
            if (Find(share, name) is not { } resource || !Has(resource, amount)) return false;
        }

        shortOf = null;
        return true;
    }

    bool Has(Resource resource, long amount) => resource.IsRate
        ? Math.Max(resource.FullAt - Now, 0) + resource.TicksFor(amount) <= TimeSpan.TicksPerMinute
        : resource.Free >= amount;

    /// <summary>Whether taking what is free is fair: nobody comes first who could have it, and nobody's reservation is broken.</summary>
    bool MayTake(ResourceShare share, Demand demand, bool isSpeculative)
    {
        if (hungry.Count == 0) return true;
        var starving = Starving();
        if (starving is not null)
        {
            if (starving == share && demand.Equals(share.Wanted)) return true;
            if (!LeavesRoom(starving, share, demand)) return false;
        }

        foreach (var other in hungry)
        {
            if (other == share || LeavesRoom(other, share, demand)) continue;
            if (isSpeculative) return false;
            if (ComesBefore(other, share) && Fits(other, other.Wanted!, out _)
                && (starving is null || starving == other || LeavesRoom(starving, other, other.Wanted!))) return false;
        }

        return true;
    }

    /// <summary>Who has waited longest, and longer than patience lasts.</summary>
    ResourceShare? Starving()
    {
        ResourceShare? starving = null;
        var now = Now;
        foreach (var other in hungry)
            if (now - other.WantedSince >= patience.Ticks && (starving is null || other.WantedSince < starving.WantedSince)) starving = other;
        return starving;
    }

    /// <summary>Whether what both ask for is there for both.</summary>
    bool LeavesRoom(ResourceShare other, ResourceShare share, Demand demand)
    {
        if (freeSlots < 2) return false;
        foreach (var (name, amount) in other.Wanted!.Amounts)
        {
            if (demand.AmountOf(name) is not (> 0 and var taken)) continue;
            var isSame = other.Repository == share.Repository || !name.StartsWith(Demand.LockPrefix, StringComparison.Ordinal);
            if (isSame && !Has(Find(other, name)!, amount + taken)) return false;
        }

        return true;
    }

    static bool ComesBefore(ResourceShare left, ResourceShare right) =>
        (left.Tally.Held, left.Held, left.ServedAt).CompareTo((right.Tally.Held, right.Held, right.ServedAt)) < 0;

    /// <summary>Takes back what speculative work holds, the newest first, where that is enough.</summary>
    void Revoke(ResourceShare share, Demand demand)
    {
        var slots = freeSlots;
        var missing = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, amount) in demand.Amounts)
            if (Find(share, name) is { IsRate: false } resource && resource.Free < amount) missing[name] = amount - resource.Free;
        var revoked = new List<ResourceGrant>();
        for (var entry = speculative.Last; entry is not null && (slots == 0 || missing.Count > 0); entry = entry.Previous)
        {
            var grant = entry.Value;
            var helps = slots == 0;
            foreach (var (name, amount) in grant.Demand.Amounts)
            {
                if (!missing.TryGetValue(name, out var left) || (name.StartsWith(Demand.LockPrefix, StringComparison.Ordinal) && grant.Share!.Repository != share.Repository)) continue;
                helps = true;
                if (left <= amount) missing.Remove(name);
                else missing[name] = left - amount;
            }

            if (!helps) continue;
            slots++;
            revoked.Add(grant);
        }

        if (slots == 0 || missing.Count > 0) return;
        foreach (var grant in revoked)
        {
            if (grant.IsRevoked) continue;
            grant.IsRevoked = true;
            grant.Share!.Wake();
        }
    }

    void WaitForRates(Demand demand)
    {
        var wait = long.MaxValue;
        foreach (var (name, amount) in demand.Amounts)
        {
            if (resources.GetValueOrDefault(name) is not { IsRate: true } rate) continue;
            var until = Math.Max(rate.FullAt - Now, 0) + rate.TicksFor(amount) - TimeSpan.TicksPerMinute;
            if (until > 0) wait = Math.Min(wait, until);
        }

        if (wait < long.MaxValue) refill.Change(TimeSpan.FromTicks(wait) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    void WakeWhoFits()
    {
        lock (gate)
        {
            foreach (var share in hungry)
            {
                if (freeSlots > 0 && Fits(share, share.Wanted!, out _)) share.Wake();
                else WaitForRates(share.Wanted!);
            }
        }
    }

    void WakeOthersThatFit(ResourceShare share)
    {
        if (freeSlots == 0) return;
        foreach (var other in hungry)
            if (other != share && Fits(other, other.Wanted!, out _)) other.Wake();
    }

    static long CapacityOf(string name, string capacity) => Demand.ReadAmount(capacity) is > 0 and var amount
        ? amount
        : throw new ArgumentException($"'{capacity}' is no capacity of '{name}'. Write a number above 0, or bytes such as 8GB.", nameof(capacity));
}
