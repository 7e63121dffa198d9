using Microsoft.Extensions.AI;

namespace TaskBot.Models.Ledger;

/// <summary>Something between its reservation and its settlement. Disposing what was not settled settles it as cancelled, at the whole reservation.</summary>
public sealed class OutsideCharge : IAsyncDisposable
{
    private readonly BudgetLedger _ledger;
    private readonly Reservation _reservation;
    private readonly string _model;
    private readonly string _provider;
    private readonly string? _prompt;
    private readonly TimeProvider _time;
    private readonly long _start;
    private bool _settled;

    internal OutsideCharge(BudgetLedger ledger, Reservation reservation, string model, string provider, string? prompt, TimeProvider time)
    {
        (_ledger, _reservation, _model, _provider, _prompt, _time) = (ledger, reservation, model, provider, prompt, time);
        _start = time.GetTimestamp();
    }

    /// <summary>Writes down how it ended; later calls change nothing.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="usage">The tokens of all its requests; null where it did not say.</param>
    /// <param name="usd">What it cost, in US dollars, even where that is more than was reserved; null where it is not known, which costs the whole reservation.</param>
    public async Task SettleAsync(ModelCallOutcome outcome, UsageDetails? usage, decimal? usd)
    {
        if (_settled)
            return;
        _settled = true;
        var cost = usd is { } known ? Math.Ceiling(known * 1_000_000_000m) / 1_000_000_000m : _reservation.AmountUsd;
        await _ledger.SettleAsync(new ModelCall(
            _reservation.Id, _reservation.Scope, _model, _provider, _prompt, outcome, null,
            usage?.InputTokenCount ?? 0, usage?.CachedInputTokenCount ?? 0, usage?.OutputTokenCount ?? 0, usage?.ReasoningTokenCount ?? 0,
            cost, usd is null, _reservation.At, _time.GetElapsedTime(_start)));
    }

    public async ValueTask DisposeAsync() => await SettleAsync(ModelCallOutcome.Cancelled, usage: null, usd: null);
}
