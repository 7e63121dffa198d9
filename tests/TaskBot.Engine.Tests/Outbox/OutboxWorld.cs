using TaskBot.Engine.Outbox;
using TaskBot.Engine.Tests.Runs;

namespace TaskBot.Engine.Tests.Outbox;

/// <summary>What may still go wrong, and how often.</summary>
sealed record Faults(int Crashes, int LostAnswers, int Retries);

/// <summary>
/// Workers that do one effect through the real outbox, over a store and a world in which nothing happens unless it is chosen: every call is
/// first asked, then performed, then answered; a worker may die at any moment, an answer may be lost, and what was on its way may arrive until it
/// has settled. Time moves only when that is chosen.
/// </summary>
sealed class OutboxWorld
{
    readonly ManualTime time = new();
    readonly InMemoryOutboxStore store;
    readonly List<Worker> workers = [];
    readonly List<DateTimeOffset> underWay = [];
    Faults left;
    bool isConfirmed;
    Worker? holder;
    DateTimeOffset heldUntil;

    readonly OutboxProtocol protocol;

    /// <param name="deliveries">How many are told to do the effect, each as if it were the only one.</param>
    public OutboxWorld(int deliveries, Faults faults, OutboxProtocol protocol)
    {
        this.protocol = protocol;
        left = faults;
        store = new(time);
        for (var i = 0; i < deliveries; i++) workers.Add(new(this, i));
    }

    /// <summary>How many of the effect the world has.</summary>
    public int Effects { get; private set; }

    public IEnumerable<string> Results => workers.Select(worker => worker.Result).OfType<string>();

    public bool IsAnyoneAtWork => workers.Any(worker => worker.IsAtWork);

    /// <summary>Everything that decides what may happen from here on, whoever it happens to; times are as far away as they are.</summary>
    public string State => string.Join(
        " | ",
        [
            $"{Effects} {isConfirmed} {holder is not null} {Away(heldUntil)} {left}", string.Join(",", underWay.Order().Select(Away)),
            .. workers.Select(worker => worker.State).Where(state => state.Length > 0).Order(StringComparer.Ordinal),
        ]);

    /// <summary>What may happen next.</summary>
    public List<(string Name, Func<Task> DoAsync)> Choices()
    {
        var choices = new List<(string, Func<Task>)>();
        foreach (var worker in workers) worker.AddChoices(choices);
        if (underWay.Count > 0) choices.Add(("arrive", Now(Arrive)));
        if (NextMoment() is { } moment) choices.Add(("wait", Now(() => MoveTo(moment))));
        return choices;
    }

    /// <summary>Someone comes later and does the effect in a world in which nothing goes wrong any more.</summary>
    public async Task RecoverAsync()
    {
        left = new(0, 0, Retries: 9);
        while (underWay.Count > 0) MoveTo(underWay.Min());
        workers.Add(new(this, workers.Count));
        for (var steps = 0; IsAnyoneAtWork; steps++)
        {
            steps.ShouldBeLessThan(200, "It never ends.");
            await Choices()[0].DoAsync();
        }
    }

    static Func<Task> Now(Action happen) => () =>
    {
        happen();
        return Task.CompletedTask;
    };

    void Arrive()
    {
        underWay.Remove(underWay.Min());
        Effects++;
    }

    DateTimeOffset? NextMoment()
    {
        if (!IsAnyoneAtWork && underWay.Count == 0) return null;
        return workers.Where(worker => worker.IsAtWork).Select(worker => worker.Time.NextDue).Append(underWay.Count > 0 ? underWay.Min() : null).Min();
    }

    void MoveTo(DateTimeOffset moment)
    {
        var by = moment - time.GetUtcNow();
        time.Advance(by);
        foreach (var worker in workers.Where(worker => worker.IsAtWork).ToList()) worker.Time.Advance(by);

        // What did not arrive by now never does.
        underWay.RemoveAll(until => until <= time.GetUtcNow());
    }

    string Away(DateTimeOffset at) => at <= time.GetUtcNow() ? "past" : (at - time.GetUtcNow()).ToString();

    /// <summary>A process that does the effect, from its first call to its result or its death.</summary>
    sealed class Worker : IOutboxStore
    {
        readonly OutboxWorld world;
        readonly int number;
        readonly Task work;
        Call? pending;
        DateTimeOffset began;
        DateTimeOffset waitsUntil;
        bool isDead;

        public Worker(OutboxWorld world, int number)
        {
            this.world = world;
            this.number = number;

            // A clock of its own, whose timers go when it dies.
            Time.Advance(world.time.GetUtcNow() - Time.GetUtcNow());
            work = WorkAsync();
        }

        sealed class Call(string name, Func<Task<string>> performAsync, TaskCompletionSource<string> answer)
        {
            public string Name => name;

            public TaskCompletionSource<string> Answer => answer;

            public string? Performed { get; private set; }

            public async Task PerformAsync() => Performed = await performAsync();
        }

        public ManualTime Time { get; } = new();

        public bool IsAtWork => !isDead && !work.IsCompleted;

        public string? Result { get; private set; }

        /// <summary>
        /// What it has heard so far shows in what it asks now; its limit counts until it has acted, and until when it waits only while it does.
        /// </summary>
        public string State => isDead ? "" : work.IsCompleted ? work.Status.ToString() : string.Join(
            ' ',
            pending?.Name, pending?.Performed, world.holder == this,
            pending is { Name: "intend" or "find" or "act" } ? world.Away(began + EffectOutbox.ActLimit) : "",
            pending is null or { Performed: "theirs" } ? world.Away(waitsUntil) : "");

        public void AddChoices(List<(string, Func<Task>)> choices)
        {
            if (!IsAtWork) return;
            if (pending is { Performed: null } asked) choices.Add(($"{number} performs {asked.Name}", () => PerformAsync(asked)));
            if (pending is { Performed: not null } performed) choices.Add(($"{number} hears of {performed.Name}", Now(() => Hear(performed))));
            if (pending is { Name: "act" } act && world.left.LostAnswers > 0)
            {
                choices.Add(($"{number} loses the answer", Now(() =>
                {
                    world.left = world.left with { LostAnswers = world.left.LostAnswers - 1 };
                    CutOff(act);
                    act.Answer.SetException(new IOException("Connection lost."));
                })));
            }

            if (world.left.Crashes > 0)
            {
                choices.Add(($"{number} dies", Now(() =>
                {
                    world.left = world.left with { Crashes = world.left.Crashes - 1 };
                    isDead = true;
                    if (pending is { Name: "act" } unfinished) CutOff(unfinished);

                    // Somebody is started in its place.
                    world.workers.Add(new(world, world.workers.Count));
                })));
            }
        }

        public async ValueTask<EffectIntent> IntendAsync(string key, TimeSpan lease, TimeSpan settling, CancellationToken cancellationToken)
        {
            EffectIntent? intent = null;
            began = world.time.GetUtcNow();
            await AskAsync("intend", async () =>
            {
                intent = await world.store.IntendAsync(key, lease, settling, cancellationToken);
                switch (intent)
                {
                    case EffectIntent.Ours ours:
                        (world.holder, world.heldUntil) = (this, world.time.GetUtcNow() + lease);
                        return $"ours {ours.WasTried}";
                    case EffectIntent.Theirs theirs:
                        waitsUntil = theirs.Until;
                        return "theirs";
                    default: return "confirmed";
                }
            }, cancellationToken);
            return intent!;
        }

        public async ValueTask ConfirmAsync(string key, string result, CancellationToken cancellationToken) => await AskAsync("confirm", async () =>
        {
            (world.isConfirmed, world.holder, world.heldUntil) = (true, null, default);
            await world.store.ConfirmAsync(key, result, cancellationToken);
            return "done";
        }, cancellationToken);

        public async ValueTask ReleaseAsync(string key, string holder, TimeSpan after, CancellationToken cancellationToken) => await AskAsync("release", async () =>
        {
            await world.store.ReleaseAsync(key, holder, after, cancellationToken);
            if (world.holder == this) world.heldUntil = world.time.GetUtcNow() + after;
            return "done";
        }, cancellationToken);

        async Task WorkAsync()
        {
            while (true)
            {
                try
                {
                    Result = await world.protocol(this, Time, FindAsync, ActAsync);
                    return;
                }
                catch (Exception exception) when (exception is IOException or TimeoutException && world.left.Retries > 0)
                {
                    world.left = world.left with { Retries = world.left.Retries - 1 };
                }
            }
        }

        async Task<string?> FindAsync(CancellationToken cancellationToken) =>
            await AskAsync("find", () => Task.FromResult(world.Effects > 0 ? "effect" : "nothing"), cancellationToken) == "effect" ? "effect" : null;

        async Task<string?> ActAsync(CancellationToken cancellationToken)
        {
            await AskAsync("act", () =>
            {
                world.Effects++;
                return Task.FromResult("effect");
            }, cancellationToken);
            return "effect";
        }

        async Task<string> AskAsync(string name, Func<Task<string>> performAsync, CancellationToken cancellationToken)
        {
            var call = pending = new Call(name, performAsync, new());
            await using var told = cancellationToken.Register(() =>
            {
                if (isDead || pending != call) return;
                if (name == "act") CutOff(call);
                call.Answer.TrySetCanceled(cancellationToken);
            });
            var answer = await call.Answer.Task;
            return answer;
        }

        /// <summary>Only for an intent and the act does it matter that time may pass before the answer is heard.</summary>
        async Task PerformAsync(Call call)
        {
            await call.PerformAsync();
            if (call.Name is not ("intend" or "act")) Hear(call);
        }

        void Hear(Call call)
        {
            pending = null;
            call.Answer.SetResult(call.Performed!);
        }

        /// <summary>Nobody hears what becomes of it: it may still arrive for a while, unless it has.</summary>
        void CutOff(Call call)
        {
            pending = null;
            if (call.Performed is null) world.underWay.Add(world.time.GetUtcNow() + EffectOutbox.Settling);
        }
    }
}
