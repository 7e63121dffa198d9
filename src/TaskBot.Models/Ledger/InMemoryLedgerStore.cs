using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using TaskBot.Models.Recordings;

namespace TaskBot.Models.Ledger;

/// <summary>A ledger that lives as long as the process: for <c>taskbot run</c> without a database, and for tests.</summary>
public sealed class InMemoryLedgerStore : ILedgerStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, BudgetBalance> _balances = [];
    private readonly Dictionary<Guid, Reservation> _open = [];
    private readonly HashSet<Guid> _settled = [];
    private readonly List<ModelCall> _calls = [];
    private readonly List<Recording> _recordings = [];

    public ValueTask<BudgetRefusal?> TryReserveAsync(Reservation reservation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            foreach (var account in reservation.Scope.Accounts)
            {
                var balance = Balance(account);
                if (balance.SpentUsd + balance.ReservedUsd + reservation.AmountUsd > account.CapUsd)
                    return new(new BudgetRefusal(account, balance.SpentUsd, balance.ReservedUsd, reservation.AmountUsd));
            }
            _open.Add(reservation.Id, reservation);
            foreach (var account in reservation.Scope.Accounts)
                Add(account, new BudgetBalance(0, reservation.AmountUsd));
        }
        return new((BudgetRefusal?)null);
    }

    public ValueTask SettleAsync(ModelCall call, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_settled.Add(call.Id))
                return ValueTask.CompletedTask;
            if (!_open.Remove(call.Id, out var reservation))
                throw new InvalidOperationException($"The call {call.Id} was never reserved.");
            foreach (var account in reservation.Scope.Accounts)
                Add(account, new BudgetBalance(call.CostUsd, -reservation.AmountUsd));
            _calls.Add(call with { Answer = null });
            if (call.Answer is { } answer)
                _recordings.Add(answer);
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask ReleaseAsync(Guid reservation, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_open.Remove(reservation, out var held))
                foreach (var account in held.Scope.Accounts)
                    Add(account, new BudgetBalance(0, -held.AmountUsd));
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<BudgetBalance> GetBalanceAsync(BudgetAccount account, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(Balance(account));
    }

    public async IAsyncEnumerable<ModelCall> ReadCallsAsync(
        BudgetAccount account, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        ModelCall[] calls;
        lock (_lock)
            calls = [.. _calls.Where(call => call.Scope.Accounts.Any(charged => charged.Id == account.Id))];
        foreach (var call in calls)
            yield return call;
    }

    public ValueTask AppendAsync(Recording recording, CancellationToken cancellationToken)
    {
        lock (_lock)
            _recordings.Add(recording);
        return ValueTask.CompletedTask;
    }

    public async IAsyncEnumerable<Recording> ReadAsync(string run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        Recording[] recordings;
        lock (_lock)
            recordings = [.. _recordings.Where(recording => recording.Run == run)];
        foreach (var recording in recordings)
            yield return recording;
    }

    public ValueTask<ImmutableArray<string>> FindAnswersAsync(string run, string place, string key, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new([.. _recordings.Where(recording => recording.Run == run && recording.Place == place && recording.Key == key)
                .Select(recording => recording.Response).OfType<string>()]);
    }

    private BudgetBalance Balance(BudgetAccount account) => _balances.GetValueOrDefault(account.Id);

    private void Add(BudgetAccount account, BudgetBalance change)
    {
        var balance = Balance(account);
        _balances[account.Id] = new BudgetBalance(balance.SpentUsd + change.SpentUsd, balance.ReservedUsd + change.ReservedUsd);
    }
}
