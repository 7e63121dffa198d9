using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Models.Recordings;
using TaskBot.Storage.Ledger;

namespace TaskBot.Storage.Tests.Ledger;

public sealed class SqliteLedgerStoreTests : IAsyncDisposable
{
    readonly TemporaryDatabase temporary = new();

    SqliteLedgerStore Store => new(temporary.Database);

    [Fact]
    public async Task A_reservation_counts_until_it_is_settled_and_its_cost_from_then_on()
    {
        var scope = LedgerScope.Unlimited.Enter(BudgetLevel.Run, "r", 1m).Enter(BudgetLevel.Issue, "octo/cat#1");
        var reservation = Reservation(scope, 0.123456789m);

        (await Store.TryReserveAsync(reservation, default)).ShouldBeNull();
        (await Store.GetBalanceAsync(scope.Accounts[1], default)).ShouldBe(new BudgetBalance(0, 0.123456789m));
        await temporary.ReopenAsync();
        await Store.SettleAsync(Call(reservation, 0.1m), default);
        await Store.SettleAsync(Call(reservation, 0.1m), default);

        foreach (var account in scope.Accounts) (await Store.GetBalanceAsync(account, default)).ShouldBe(new BudgetBalance(0.1m, 0));
        (await Store.GetBalanceAsync(new BudgetAccount(BudgetLevel.Node, "r", null), default)).ShouldBe(default);
    }

    [Fact]
    public async Task A_reservation_that_is_given_back_counts_no_more_and_giving_it_back_twice_changes_nothing()
    {
        var scope = LedgerScope.Unlimited.Enter(BudgetLevel.Run, "r", 1m).Enter(BudgetLevel.Issue, "octo/cat#1");
        var reservation = Reservation(scope, 0.75m);
        await Store.TryReserveAsync(reservation, default);

        await Store.ReleaseAsync(reservation.Id, default);
        await Store.ReleaseAsync(reservation.Id, default);

        foreach (var account in scope.Accounts) (await Store.GetBalanceAsync(account, default)).ShouldBe(new BudgetBalance(0, 0));
        (await Store.TryReserveAsync(Reservation(scope, 1m), default)).ShouldBeNull();
    }

    [Fact]
    public async Task What_does_not_fit_in_one_account_is_reserved_in_none()
    {
        var scope = LedgerScope.Unlimited.Enter(BudgetLevel.Node, "n", 5m).Enter(BudgetLevel.Run, "r", 1m);
        await Store.TryReserveAsync(Reservation(scope, 0.6m), default);

        var refusal = (await Store.TryReserveAsync(Reservation(scope, 0.400000001m), default)).ShouldNotBeNull();

        refusal.ShouldBe(new BudgetRefusal(scope.Accounts[1], 0, 0.6m, 0.400000001m));
        (await Store.GetBalanceAsync(scope.Accounts[0], default)).ShouldBe(new BudgetBalance(0, 0.6m));
        (await Store.TryReserveAsync(Reservation(scope, 0.4m), default)).ShouldBeNull();
        (await Store.TryReserveAsync(Reservation(scope, 0), default)).ShouldBeNull();
    }

    [Fact]
    public async Task Of_many_at_once_only_as_many_are_reserved_as_fit()
    {
        var scope = LedgerScope.Unlimited.Enter(BudgetLevel.Run, "r", 1m);

        var refusals = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(async () => await Store.TryReserveAsync(Reservation(scope, 0.1m), default))));

        refusals.Count(refusal => refusal is null).ShouldBe(10);
    }

    [Fact]
    public async Task Calls_come_back_as_they_were_in_the_order_they_were_settled()
    {
        var run = LedgerScope.Unlimited.Enter(BudgetLevel.Run, "r", 1m);
        var node = run.Enter(BudgetLevel.Node, "n");
        var (first, second) = (Reservation(run, 0.5m), Reservation(node, 0.2m));
        await Store.TryReserveAsync(first, default);
        await Store.TryReserveAsync(second, default);
        var calls = new[]
        {
            Call(second, 0.000000001m) with { Prompt = "refine", Outcome = ModelCallOutcome.Failed, Error = ModelErrorKind.Timeout },
            Call(first, 0.5m),
        };
        foreach (var call in calls) await Store.SettleAsync(call, default);

        var read = await ReadAsync(run.Accounts[0]);

        read.Select(call => call with { Scope = LedgerScope.Unlimited }).ShouldBe(calls.Select(call => call with { Scope = LedgerScope.Unlimited }));
        read[0].Scope.Accounts.ShouldBe(node.Accounts);
        (await ReadAsync(node.Accounts[1])).Select(call => call.Id).ShouldBe([second.Id]);
    }

    [Fact]
    public async Task An_answer_is_kept_with_its_call_once_and_a_failure_by_itself()
    {
        var scope = LedgerScope.Unlimited.Enter(BudgetLevel.Run, "r", 1m);
        var reservation = Reservation(scope, 0.5m);
        var answer = new Recording("r", "r/1 r/a", "key", "llm.edit", "code", "m@p", new string('q', 100_000), "{\"é\": 1}", null);
        var refusal = new RecordedError(null, "", "", "Over budget.", new BudgetRefusal(scope.Accounts[0], 0.1m, 0.2m, 0.3m));
        await Store.TryReserveAsync(reservation, default);
        await Store.SettleAsync(Call(reservation, 0.1m) with { Answer = answer }, default);
        await Store.SettleAsync(Call(reservation, 0.1m) with { Answer = answer }, default);
        await Store.AppendAsync(answer with { Response = null, Error = new RecordedError(ModelErrorKind.Timeout, "m", "h", "slow", null) }, default);
        await Store.AppendAsync(answer with { Run = "s", Response = null, Error = refusal }, default);
        await temporary.ReopenAsync();

        (await RecordingsAsync("r")).ShouldBe([answer, answer with { Response = null, Error = new RecordedError(ModelErrorKind.Timeout, "m", "h", "slow", null) }]);
        (await RecordingsAsync("s")).ShouldHaveSingleItem().Error.ShouldBe(refusal);
        (await Store.FindAnswersAsync("r", "r/1 r/a", "key", default)).ShouldBe([answer.Response!]);
        (await Store.FindAnswersAsync("r", "r/2 r/a", "key", default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_call_that_was_never_reserved_is_a_mistake_and_leaves_nothing()
    {
        var scope = LedgerScope.Unlimited.Enter(BudgetLevel.Run, "r");

        await Should.ThrowAsync<InvalidOperationException>(async () => await Store.SettleAsync(Call(Reservation(scope, 1), 1), default));

        (await ReadAsync(scope.Accounts[0])).ShouldBeEmpty();
    }

    public ValueTask DisposeAsync() => temporary.DisposeAsync();

    async Task<List<ModelCall>> ReadAsync(BudgetAccount account)
    {
        var calls = new List<ModelCall>();
        await foreach (var call in Store.ReadCallsAsync(account, default)) calls.Add(call);
        return calls;
    }

    Reservation Reservation(LedgerScope scope, decimal amount) => new(Guid.NewGuid(), scope, amount, temporary.Time.GetUtcNow());

    ModelCall Call(Reservation reservation, decimal cost) => new(
        reservation.Id, reservation.Scope, "model", "openai", Prompt: null, ModelCallOutcome.Succeeded, Error: null, 1000, 200, 300, 100, cost,
        Estimated: true, temporary.Time.GetUtcNow(), TimeSpan.FromMilliseconds(1234.567));

    async Task<List<Recording>> RecordingsAsync(string run)
    {
        var recordings = new List<Recording>();
        await foreach (var recording in Store.ReadAsync(run, default)) recordings.Add(recording);
        return recordings;
    }
}
