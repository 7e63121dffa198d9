using Microsoft.Extensions.AI;
using TaskBot.Models.Pricing;

namespace TaskBot.Models.Ledger;

/// <summary>
/// Charges what asks models by itself, such as a command-line agent: an amount is reserved before it starts and settled at what it says that it cost.
/// </summary>
public sealed class OutsideLedger(BudgetLedger ledger, PriceList prices, TimeProvider time)
{
    /// <summary>Reserves, waiting while only calls under way stand in the way.</summary>
    /// <param name="scope">The accounts that it is charged to.</param>
    /// <param name="usd">The most that it is meant to cost, in US dollars.</param>
    /// <param name="model">The model, as far as it is known before.</param>
    /// <param name="provider">Who asks.</param>
    /// <param name="prompt">The prompt's name.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OverBudgetException">It might pass a cap; nothing is reserved.</exception>
    public async Task<OutsideCharge> ReserveAsync(LedgerScope scope, decimal usd, string model, string provider, string? prompt, CancellationToken cancellationToken)
    {
        var reservation = new Reservation(Guid.CreateVersion7(time.GetUtcNow()), scope, usd, time.GetUtcNow());
        await ledger.ReserveAsync(reservation, cancellationToken);
        return new OutsideCharge(ledger, reservation, model, provider, prompt, time);
    }

    /// <summary>What tokens of a model cost; null where its price is not known.</summary>
    public decimal? CostUsd(string model, UsageDetails usage) =>
        prices.Find(model)?.CostUsd(usage.InputTokenCount ?? 0, usage.CachedInputTokenCount ?? 0, usage.OutputTokenCount ?? 0);
}
