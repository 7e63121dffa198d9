using System.Collections.Immutable;
using TaskBot.Models.Ledger;
using TaskBot.Models.Recordings;

namespace TaskBot.Bot.Dispatches;

/// <summary>A job's ledger: what it settles is told, so that the server's own says what was spent.</summary>
public sealed class ToldLedger(ILedgerStore inner, RunnerStory story) : ILedgerStore
{
    public ValueTask<BudgetRefusal?> TryReserveAsync(Reservation reservation, CancellationToken cancellationToken) => inner.TryReserveAsync(reservation, cancellationToken);

    public async ValueTask SettleAsync(ModelCall call, CancellationToken cancellationToken)
    {
        await inner.SettleAsync(call, cancellationToken);
        story.Add(call);
    }

    public ValueTask ReleaseAsync(Guid reservation, CancellationToken cancellationToken) => inner.ReleaseAsync(reservation, cancellationToken);

    public ValueTask<BudgetBalance> GetBalanceAsync(BudgetAccount account, CancellationToken cancellationToken) => inner.GetBalanceAsync(account, cancellationToken);

    public IAsyncEnumerable<ModelCall> ReadCallsAsync(BudgetAccount account, CancellationToken cancellationToken) => inner.ReadCallsAsync(account, cancellationToken);

    public ValueTask AppendAsync(Recording recording, CancellationToken cancellationToken) => inner.AppendAsync(recording, cancellationToken);

    public IAsyncEnumerable<Recording> ReadAsync(string run, CancellationToken cancellationToken) => inner.ReadAsync(run, cancellationToken);

    public ValueTask<ImmutableArray<string>> FindAnswersAsync(string run, string place, string key, CancellationToken cancellationToken) =>
        inner.FindAnswersAsync(run, place, key, cancellationToken);
}
