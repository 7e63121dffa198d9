using TaskBot.Engine.Nodes;
using TaskBot.Engine.Plans;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Scheduling;

/// <summary>
/// Says which ready node of a run starts next, and holds for each that runs what it demanded of the pool. Nodes with one demand stand in one
/// line, ordered by <see cref="Rank"/>; a line whose first cannot have what it asks for stands aside until something of that is given back,
/// and the lines behind it go on. A start costs O(log n), however many nodes are ready. Used by the run's loop alone.
/// </summary>
sealed class Scheduler : IDisposable
{
    /// <summary>What a refused line stands aside for where no named resource is short: a slot, or the turn of others.</summary>
    const string Turn = "";

    readonly RunnerOptions options;
    readonly TimeProvider time;
    readonly ResourceShare share;
    readonly Func<TaskNode, TimeSpan> expected;
    readonly long started;
    readonly Dictionary<(Demand Demand, bool IsSpeculative), Line> lines = [];
    readonly PriorityQueue<Line, Rank> open = new(Rank.UrgentFirst);
    readonly PriorityQueue<Line, Rank> refused = new(Rank.UrgentFirst);
    readonly Dictionary<string, PriorityQueue<Line, Rank>> aside = new(StringComparer.Ordinal);
    readonly PriorityQueue<Ticket, long> startLimits = new();
    readonly ITimer alarm;
    readonly HashSet<NodeRow> speculative = [];
    CriticalPath? path;
    GraphPlan plan;
    int order;
    int running;
    volatile bool isWoken;

    /// <param name="expected">How long a leaf is expected to take.</param>
    /// <param name="wake">Called, from anywhere, when <see cref="TryNext"/> may say something new.</param>
    public Scheduler(GraphPlan plan, ResourcePool pool, string repository, RunnerOptions options, TimeProvider time, Func<TaskNode, TimeSpan> expected, Action wake)
    {
        (this.plan, this.options, this.time, this.expected) = (plan, options, time, expected);
        started = time.GetTimestamp();
        share = pool.Join(repository, () =>
        {
            isWoken = true;
            wake();
        });
        alarm = time.CreateTimer(_ => wake(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Nodes that wait for a slot or for resources.</summary>
    public int Waiting { get; private set; }

    /// <summary>The longest ways of the plan; measured when first asked for, so that a run in which nothing starts pays nothing.</summary>
    public CriticalPath Path => path ??= new(plan, expected);

    /// <summary>A place in a line; void once its row was taken out, or became ready again.</summary>
    readonly record struct Ticket(NodeRow Row, int Number)
    {
        public bool IsValid => Row.Ticket == Number;
    }

    sealed class Line(Demand demand)
    {
        public Demand Demand => demand;

        public PriorityQueue<Ticket, Rank> Tickets { get; } = new(Rank.UrgentFirst);

        /// <summary>What it stands aside for; null while it is open.</summary>
        public string? AsideFor { get; set; }

        /// <summary>The rank that it is queued under; entries with any other are void.</summary>
        public Rank? Queued { get; set; }

        public bool TryPeek(out NodeRow row, out Rank rank)
        {
            while (Tickets.TryPeek(out var ticket, out rank))
            {
                row = ticket.Row;
                if (ticket.IsValid) return true;
                Tickets.Dequeue();
            }

            (row, rank) = (null!, default);
            return false;
        }
    }

    /// <summary>The plan changed: ways are measured anew for what becomes ready from now on.</summary>
    public void Follow(GraphPlan next) => (plan, path) = (next, null);

    public void Add(NodeRow row)
    {
        var demand = Demand.Of(row.Node, row.Type!.Schema);
        var key = (demand, row.Node.IsSpeculative);
        if (!lines.TryGetValue(key, out var line)) lines.Add(key, line = new(demand));
        var now = time.GetElapsedTime(started).Ticks;
        var rank = RankOf(row, now);
        row.Ticket = rank.Order;
        Waiting++;
        line.Tickets.Enqueue(new(row, rank.Order), rank);
        if (line.Queued is not { } queued || Rank.UrgentFirst.Compare(rank, queued) < 0) Queue(line, rank);
        if (row.Node.StartLimit is not { } limit) return;
        startLimits.Enqueue(new(row, rank.Order), now + limit.Ticks);
        SetAlarm(now);
    }

    /// <summary>Takes a row out that is not to start any more; others may have stood aside for it.</summary>
    public void Remove(NodeRow row)
    {
        if (row.Ticket == 0) return;
        TakeOut(row);
        isWoken = true;
    }

    /// <summary>The next row that may start; it holds what it demanded until <see cref="Release"/>.</summary>
    public bool TryNext(out NodeRow row)
    {
        if (isWoken)
        {
            isWoken = false;
            foreach (var resource in aside.Keys.ToArray()) Reopen(resource);
        }

        row = null!;
        while (running < options.Jobs && open.TryDequeue(out var line, out var rank))
        {
            if (line.AsideFor is not null || !IsFirst(line, rank, out row)) continue;
            var shortOf = Turn;
            row.Grant = rank.IsSpeculative && FirstRefused() is not null ? null : share.TryTake(line.Demand, rank.IsSpeculative, out shortOf);
            if (row.Grant is null)
            {
                line.AsideFor = shortOf ?? Turn;
                Queue(line, rank);
                continue;
            }

            line.Tickets.Dequeue();
            TakeOut(row);
            running++;
            if (rank.IsSpeculative) speculative.Add(row);
            line.Queued = null;
            if (line.TryPeek(out _, out var next)) Queue(line, next);

            // Who stands aside for the same may find enough of it left.
            Reopen(Turn);
            foreach (var (resource, _) in line.Demand.Amounts) Reopen(resource);
            return true;
        }

        if (running == options.Jobs && speculative.Count > 0 && IsSomethingNeeded() && !GivingWay().Any()) speculative.First().Grant!.IsRevoked = true;
        share.Want(running < options.Jobs ? FirstRefused()?.Demand : null);
        return false;
    }

    public void Release(NodeRow row)
    {
        if (row.Grant is not { } grant) return;
        row.Grant = null;
        running--;
        speculative.Remove(row);
        share.GiveBack(grant);
        Reopen(Turn);
        foreach (var (resource, _) in grant.Demand.Amounts) Reopen(resource);
    }

    /// <summary>Speculative rows whose place is needed.</summary>
    public IEnumerable<NodeRow> GivingWay() => speculative.Where(row => row.Grant!.IsRevoked);

    /// <summary>Takes out the next row that waited for its start longer than it may.</summary>
    public bool TryExpired(out NodeRow row)
    {
        row = null!;
        if (startLimits.Count == 0) return false;
        var now = time.GetElapsedTime(started).Ticks;
        while (startLimits.TryPeek(out var ticket, out var due) && (due <= now || !ticket.IsValid))
        {
            startLimits.Dequeue();
            if (!ticket.IsValid) continue;
            row = ticket.Row;
            return true;
        }

        SetAlarm(now);
        return false;
    }

    public void Dispose()
    {
        alarm.Dispose();
        share.Dispose();
    }

    void TakeOut(NodeRow row)
    {
        row.Ticket = 0;
        Waiting--;
    }

    Rank RankOf(NodeRow row, long now)
    {
        var way = Path.Way(row.Index).Ticks;
        var since = now - way - (row.Node.Priority * options.PriorityStep.Ticks);

        // Who has a deadline counts as waiting from an hour before the moment at which it must start to keep it.
        if (row.Node.Deadline is { } deadline) since = Math.Min(since, deadline.Ticks - way - TimeSpan.TicksPerHour);
        return new(row.Node.IsSpeculative, since, ++order);
    }

    /// <summary>Queues a line by its first ticket, where it is open or stands aside.</summary>
    void Queue(Line line, Rank rank)
    {
        line.Queued = rank;
        if (line.AsideFor is not { } resource)
        {
            open.Enqueue(line, rank);
            return;
        }

        if (!aside.TryGetValue(resource, out var waiting)) aside.Add(resource, waiting = new(Rank.UrgentFirst));
        waiting.Enqueue(line, rank);
        refused.Enqueue(line, rank);
    }

    /// <summary>Whether an entry taken from a queue is the line's, and its first ticket's; a line that another ticket leads now is queued anew.</summary>
    bool IsFirst(Line line, Rank rank, out NodeRow row)
    {
        row = null!;
        if (line.Queued != rank) return false;
        if (line.TryPeek(out row, out var first) && first == rank) return true;
        line.Queued = null;
        if (row is null) line.AsideFor = null;
        else Queue(line, first);
        return false;
    }

    /// <summary>Lets the first line that stands aside for a resource try again; when it starts, the next one.</summary>
    void Reopen(string resource)
    {
        if (!aside.TryGetValue(resource, out var waiting)) return;
        while (waiting.TryDequeue(out var line, out var rank))
        {
            if (line.AsideFor != resource || !IsFirst(line, rank, out _)) continue;
            line.AsideFor = null;
            Queue(line, rank);
            return;
        }

        aside.Remove(resource);
    }

    /// <summary>The line that stands aside with the most urgent node.</summary>
    Line? FirstRefused()
    {
        while (refused.TryPeek(out var line, out var rank))
        {
            if (line.AsideFor is not null && !rank.IsSpeculative && line.Queued == rank && line.TryPeek(out _, out var first) && first == rank) return line;
            refused.Dequeue();
            if (line.AsideFor is not null && !rank.IsSpeculative) IsFirst(line, rank, out _);
        }

        return null;
    }

    /// <summary>Whether something that is not speculative waits.</summary>
    bool IsSomethingNeeded()
    {
        while (open.TryPeek(out var line, out var rank))
        {
            if (line.AsideFor is null && line.Queued == rank && line.TryPeek(out _, out var first) && first == rank) return !rank.IsSpeculative;
            open.Dequeue();
            if (line.AsideFor is null) IsFirst(line, rank, out _);
        }

        return FirstRefused() is not null;
    }

    void SetAlarm(long now)
    {
        if (startLimits.TryPeek(out _, out var due)) alarm.Change(TimeSpan.FromTicks(Math.Max(due - now, 0)), Timeout.InfiniteTimeSpan);
    }
}
