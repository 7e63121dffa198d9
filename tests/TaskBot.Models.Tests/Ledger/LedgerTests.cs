using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Models.Pricing;
using TaskBot.Models.Prompts;
using TaskBot.Testing;

namespace TaskBot.Models.Tests.Ledger;

public sealed class LedgerTests
{
    private static readonly BudgetAccount Run = new(BudgetLevel.Run, "r1", 0.10m);
    private readonly InMemoryLedgerStore _store = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_call_is_settled_at_what_it_cost_in_every_account_around_it()
    {
        var scope = LedgerScope.Unlimited.Enter(BudgetLevel.Run, "r1", 1).Enter(BudgetLevel.Node, "r1/plan");
        using var ledger = new BudgetLedger(_store);
        using var client = Client(ledger, scope, new Answering(new UsageDetails
        {
            InputTokenCount = 1000,
            CachedInputTokenCount = 400,
            OutputTokenCount = 200,
            ReasoningTokenCount = 50,
        }));
        await client.GetResponseAsync("hello", new ChatOptions().WithPromptName("core/plan"));

        var call = await SingleCallAsync(Run);
        call.CostUsd.ShouldBe((600 * 2m + 400 * 0.5m + 200 * 8m) / 1_000_000);
        (call.Model, call.Provider, call.Prompt, call.Outcome).ShouldBe(("m", "p", "core/plan", ModelCallOutcome.Succeeded));
        (call.InputTokens, call.CachedInputTokens, call.OutputTokens, call.ReasoningTokens).ShouldBe((1000, 400, 200, 50));
        foreach (var account in scope.Accounts)
            (await BalanceAsync(account)).ShouldBe(new BudgetBalance(call.CostUsd, 0));
    }

    [Fact]
    public async Task A_call_that_may_not_fit_is_refused_before_it_is_sent()
    {
        using var ledger = new BudgetLedger(_store);
        var inner = new Answering(new UsageDetails { InputTokenCount = 1, OutputTokenCount = 1 });
        using var client = Client(ledger, new LedgerScope([Run with { CapUsd = 0.0001m }]), inner);

        var e = await Should.ThrowAsync<OverBudgetException>(() => client.GetResponseAsync("hello"));

        e.Refusal.Account.Key.ShouldBe("r1");
        inner.Calls.ShouldBe(0);
        (await BalanceAsync(Run)).ShouldBe(default);
    }

    [Theory]
    [InlineData(ModelErrorKind.Unreachable, false)]
    [InlineData(ModelErrorKind.RateLimited, false)]
    [InlineData(ModelErrorKind.Unauthorized, false)]
    [InlineData(ModelErrorKind.Timeout, true)]
    [InlineData(ModelErrorKind.Malformed, true)]
    [InlineData(ModelErrorKind.Refused, true)]
    public async Task A_failure_costs_its_reservation_when_the_server_may_have_worked_and_nothing_otherwise(ModelErrorKind kind, bool costs)
    {
        using var ledger = new BudgetLedger(_store);
        using var client = Client(ledger, new LedgerScope([Run]), new Failing(kind));

        await Should.ThrowAsync<ModelException>(() => client.GetResponseAsync("hello"));

        var call = await SingleCallAsync(Run);
        (call.Outcome, call.Error).ShouldBe((ModelCallOutcome.Failed, kind));
        (call.CostUsd > 0).ShouldBe(costs);
        (await BalanceAsync(Run)).ShouldBe(new BudgetBalance(call.CostUsd, 0));
    }

    [Fact]
    public async Task A_reader_who_leaves_a_stream_pays_the_reservation()
    {
        using var ledger = new BudgetLedger(_store);
        using var client = Client(ledger, new LedgerScope([Run]), new Answering(new UsageDetails { InputTokenCount = 1, OutputTokenCount = 1 }));

        await foreach (var _ in client.GetStreamingResponseAsync("hello"))
            break;

        var call = await SingleCallAsync(Run);
        call.Outcome.ShouldBe(ModelCallOutcome.Cancelled);
        call.CostUsd.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_server_that_counts_no_tokens_is_charged_by_estimate()
    {
        using var ledger = new BudgetLedger(_store);
        using var client = Client(ledger, new LedgerScope([Run]), new Answering(usage: null));
        await client.GetResponseAsync("hello");

        var call = await SingleCallAsync(Run);
        call.Estimated.ShouldBeTrue();
        (call.InputTokens, call.OutputTokens).ShouldBe((2, 1));
    }

    [Theory]
    [InlineData("2026-01-30T23:59:59Z", "2026-01-30T00:00:00Z", true, true)]
    [InlineData("2026-01-30T23:59:59Z", "2026-01-31T00:00:00Z", false, true)]
    [InlineData("2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", false, false)]
    [InlineData("2026-01-31T23:59:59Z", "2026-02-01T00:30:00+02:00", true, true)]
    public async Task A_day_and_a_month_are_those_of_utc_and_each_begins_with_nothing_spent(string first, string second, bool isSameDay, bool isSameMonth)
    {
        var store = new InMemoryLedgerStore();
        async Task<bool> FitsAsync(string at, string repository, decimal? day, decimal? month)
        {
            var now = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture);
            var scope = LedgerScope.Unlimited.EnterOrganisationMonth("o", now, month).EnterRepositoryDay(repository, now, day);
            return await store.TryReserveAsync(new Reservation(Guid.NewGuid(), scope, 0.75m, now), CancellationToken.None) is null;
        }

        (await FitsAsync(first, "o/a", 1m, 1m)).ShouldBeTrue();
        (await FitsAsync(second, "o/a", 1m, null)).ShouldBe(!isSameDay);
        (await FitsAsync(second, "o/b", 1m, null)).ShouldBeTrue("another repository has a day of its own");
        (await FitsAsync(first, "o/c", 1m, 1m)).ShouldBeFalse("and all share the organisation's month");
        if (!isSameMonth) (await FitsAsync(second, "o/d", 1m, 3m)).ShouldBeTrue();
    }

    [Fact]
    public async Task Settling_twice_counts_once()
    {
        var reservation = new Reservation(Guid.NewGuid(), new LedgerScope([Run]), 0.05m, _time.GetUtcNow());
        (await _store.TryReserveAsync(reservation, default)).ShouldBeNull();
        var call = new ModelCall(reservation.Id, reservation.Scope, "m", "p", null, ModelCallOutcome.Succeeded, null,
            1, 0, 1, 0, 0.02m, false, _time.GetUtcNow(), TimeSpan.Zero);
        await _store.SettleAsync(call, default);
        await _store.SettleAsync(call, default);

        (await BalanceAsync(Run)).ShouldBe(new BudgetBalance(0.02m, 0));
    }

    [Fact]
    public async Task A_reservation_that_was_never_settled_keeps_counting_and_nobody_waits_for_it()
    {
        await _store.TryReserveAsync(new Reservation(Guid.NewGuid(), new LedgerScope([Run]), 0.09m, _time.GetUtcNow()), default);
        using var ledger = new BudgetLedger(_store);

        var e = await Should.ThrowAsync<OverBudgetException>(() =>
            ledger.ReserveAsync(new Reservation(Guid.NewGuid(), new LedgerScope([Run]), 0.02m, _time.GetUtcNow()), default));
        e.Refusal.ReservedUsd.ShouldBe(0.09m);
    }

    [Fact]
    public async Task A_call_that_only_calls_under_way_stand_in_the_way_of_waits_for_them()
    {
        using var ledger = new BudgetLedger(_store);
        var first = new Reservation(Guid.NewGuid(), new LedgerScope([Run]), 0.09m, _time.GetUtcNow());
        await ledger.ReserveAsync(first, default);
        var second = ledger.ReserveAsync(new Reservation(Guid.NewGuid(), new LedgerScope([Run]), 0.05m, _time.GetUtcNow()), default);
        second.IsCompleted.ShouldBeFalse();

        await ledger.SettleAsync(new ModelCall(first.Id, first.Scope, "m", "p", null, ModelCallOutcome.Succeeded, null,
            1, 0, 1, 0, 0.01m, false, _time.GetUtcNow(), TimeSpan.Zero));

        await second;
        (await BalanceAsync(Run)).ShouldBe(new BudgetBalance(0.01m, 0.05m));
    }

    /// <summary>
    /// A thousand runs with random prices, sizes, failures, cancellations, caps at random levels and up to eight nodes at once: what the servers charged
    /// never passes a cap of any level, the ledger knows every bit of it, and nothing stays reserved.
    /// </summary>
    [Fact]
    public Task A_cap_is_never_passed() => Task.Run(() =>
    {
        var runs =
            from seed in Gen.Choose(0, int.MaxValue)
            from nodes in Gen.Choose(1, 8)
            from calls in Gen.Choose(1, 12)
            from input in Gen.Choose(0, 30)
            from output in Gen.Choose(0, 80)
            select (seed, nodes, calls, price: new ModelPrice(input, output, input / 4m));
        Prop.ForAll(runs.ToArbitrary(), run => RunAsync(run.seed, run.nodes, run.calls, run.price).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    });

    private async Task<bool> RunAsync(int seed, int nodes, int callsEach, ModelPrice price)
    {
        var store = new InMemoryLedgerStore();
        using var ledger = new BudgetLedger(store);
        var caps = new Random(seed);
        decimal? Cap() => caps.Next(3) == 0 ? caps.Next(1, 200) / 1000m : null;
        var run = new BudgetAccount(BudgetLevel.Run, "r", 0.10m);
        var around = LedgerScope.Unlimited.EnterOrganisationMonth("o", _time.GetUtcNow(), Cap()).EnterRepositoryDay("o/r", _time.GetUtcNow(), Cap())
            .Enter(BudgetLevel.Issue, "o/r#1", Cap());
        var attempts = new[] { Cap(), Cap() };
        var scopes = Enumerable.Range(0, nodes).Select(node => new LedgerScope(around.Accounts.Add(run))
            .Enter(BudgetLevel.Attempt, $"r/{node % 2}", attempts[node % 2]).Enter(BudgetLevel.Node, $"n{node}", node % 2 == 0 ? null : 0.03m)).ToList();
        var charged = new long[1];
        await Task.WhenAll(Enumerable.Range(0, nodes).Select(node => Task.Run(async () =>
        {
            var random = new Random(seed + node);
            using var inner = new RandomServer(random, price, charged);
            using var client = new LedgerChatClient(inner, ledger, new LedgerTariff("m", "p", price, 500), scopes[node], _time);
            for (var call = 0; call < callsEach; call++)
            {
                try
                {
                    using var cancel = new CancellationTokenSource();
                    if (random.Next(10) == 0)
                        await cancel.CancelAsync();
                    var text = new string('é', random.Next(1, 400));
                    var options = new ChatOptions { MaxOutputTokens = random.Next(1, 900) };
                    if (random.Next(2) == 0)
                        await client.GetResponseAsync(text, options, cancel.Token);
                    else
                        await foreach (var _ in client.GetStreamingResponseAsync(text, options, cancel.Token))
                            if (random.Next(4) == 0)
                                break;
                }
                catch (ModelException)
                {
                    // The server failed at random, which is part of the run.
                }
                catch (OperationCanceledException)
                {
                    // Cancelled at random.
                }
                catch (OverBudgetException)
                {
                    return;
                }
            }
        })));
        var balance = await store.GetBalanceAsync(run, default);
        var really = charged[0] / 1_000_000_000m;
        foreach (var account in scopes.SelectMany(scope => scope.Accounts))
        {
            var full = await store.GetBalanceAsync(account, default);
            if (full.SpentUsd > account.CapUsd || full.ReservedUsd != 0)
                return false;
        }
        return really <= 0.10m && balance.SpentUsd <= 0.10m && balance.SpentUsd >= really && balance.ReservedUsd == 0;
    }

    private LedgerChatClient Client(BudgetLedger ledger, LedgerScope scope, IChatClient inner) =>
        new(inner, ledger, new LedgerTariff("m", "p", new ModelPrice(2, 8, 0.5m), 1000), scope, _time);

    private async Task<ModelCall> SingleCallAsync(BudgetAccount account)
    {
        var calls = new List<ModelCall>();
        await foreach (var call in _store.ReadCallsAsync(account, default))
            calls.Add(call);
        return calls.ShouldHaveSingleItem();
    }

    private ValueTask<BudgetBalance> BalanceAsync(BudgetAccount account) => _store.GetBalanceAsync(account, default);

    private abstract class Server : IChatClient
    {
        public int Calls { get; private set; }

        public abstract Task<ChatResponse> AnswerAsync(IEnumerable<ChatMessage> messages, ChatOptions options, CancellationToken cancellationToken);

        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            Calls++;
            return AnswerAsync(messages, options!, cancellationToken);
        }

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
                yield return update;
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }

    private sealed class Answering(UsageDetails? usage) : Server
    {
        public override Task<ChatResponse> AnswerAsync(IEnumerable<ChatMessage> messages, ChatOptions options, CancellationToken cancellationToken) =>
            Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "ok")) { Usage = usage });
    }

    private sealed class Failing(ModelErrorKind kind) : Server
    {
        public override Task<ChatResponse> AnswerAsync(IEnumerable<ChatMessage> messages, ChatOptions options, CancellationToken cancellationToken) =>
            throw new ModelException(kind, "m", "p", "failed");
    }

    /// <summary>Charges at most what its request allows, like a real one: a token for every byte at worst, and no more output than asked for.</summary>
    private sealed class RandomServer(Random random, ModelPrice price, long[] charged) : Server
    {
        public override async Task<ChatResponse> AnswerAsync(IEnumerable<ChatMessage> messages, ChatOptions options, CancellationToken cancellationToken)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if (random.Next(6) == 0)
                throw new ModelException(ModelErrorKind.RateLimited, "m", "p", "slow down");
            var bytes = messages.Sum(message => System.Text.Encoding.UTF8.GetByteCount(message.Text));
            var usage = new UsageDetails
            {
                InputTokenCount = random.Next(1, bytes + 4),
                OutputTokenCount = random.Next(0, options.MaxOutputTokens!.Value + 1),
            };
            usage.CachedInputTokenCount = random.Next(0, (int)usage.InputTokenCount);
            var cost = price.CostUsd(usage.InputTokenCount.Value, usage.CachedInputTokenCount.Value, usage.OutputTokenCount.Value);
            Interlocked.Add(ref charged[0], (long)(cost * 1_000_000_000));
            return random.Next(5) switch
            {
                0 => throw new ModelException(ModelErrorKind.Timeout, "m", "p", "too slow"),
                1 => throw new ModelException(ModelErrorKind.ServerError, "m", "p", "cut"),
                2 => throw new ModelException(ModelErrorKind.Refused, "m", "p", "no") { Usage = usage },
                _ => new ChatResponse(new ChatMessage(ChatRole.Assistant, "ok")) { Usage = usage },
            };
        }
    }
}
