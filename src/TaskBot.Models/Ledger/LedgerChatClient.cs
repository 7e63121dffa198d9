using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Pricing;
using TaskBot.Models.Prompts;
using TaskBot.Models.Recordings;

namespace TaskBot.Models.Ledger;

/// <summary>What one model's calls are charged as.</summary>
/// <param name="Model">Without its provider.</param>
/// <param name="Provider">The provider's name in the configuration.</param>
/// <param name="Price">What its tokens cost.</param>
/// <param name="MaxOutputTokens">The limit on output of a request that names none; a request may ask for less, never for more.</param>
public sealed record LedgerTariff(string Model, string Provider, ModelPrice Price, int MaxOutputTokens);

/// <summary>
/// Reserves the most that a call can cost before it is sent, and settles it after with what it did cost. It stands around each single request
/// to a server: a retry is a call of its own.
/// </summary>
internal sealed class LedgerChatClient(IChatClient inner, BudgetLedger ledger, LedgerTariff tariff, LedgerScope scope, TimeProvider time)
    : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var call = await BeginAsync([.. messages], options, cancellationToken);
        try
        {
            var response = await base.GetResponseAsync(call.Messages, call.Options, cancellationToken);
            await call.SucceedAsync(response);
            return response;
        }
        catch (ModelException e)
        {
            await call.FailAsync(e);
            throw;
        }
        finally
        {
            await call.AbandonAsync();
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var call = await BeginAsync([.. messages], options, cancellationToken);
        try
        {
            var read = new List<ChatResponseUpdate>();
            await using var updates = base.GetStreamingResponseAsync(call.Messages, call.Options, cancellationToken)
                .GetAsyncEnumerator(cancellationToken);
            while (await call.MoveNextAsync(updates))
            {
                read.Add(updates.Current);
                yield return updates.Current;
            }
            await call.SucceedAsync(read.ToChatResponse());
        }
        finally
        {
            await call.AbandonAsync();
        }
    }

    private async Task<Charge> BeginAsync(IReadOnlyList<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        var limited = options?.Clone() ?? new ChatOptions();
        limited.MaxOutputTokens = Math.Min(options?.MaxOutputTokens ?? tariff.MaxOutputTokens, tariff.MaxOutputTokens);
        var inputCeiling = TokenEstimate.Ceiling(messages, options, tariff.Price.ImageTokens ?? ModelPrice.DefaultImageTokens);
        var reservation = new Reservation(
            Guid.CreateVersion7(time.GetUtcNow()), scope, tariff.Price.CeilingUsd(inputCeiling, limited.MaxOutputTokens.Value), time.GetUtcNow());
        await ledger.ReserveAsync(reservation, cancellationToken);
        return new Charge(ledger, tariff, reservation, messages, limited, time);
    }

    /// <summary>How Anthropic's package calls the tokens that were put into the server's cache.</summary>
    private const string CacheWrites = "CacheCreationInputTokens";

    /// <summary>One call between its reservation and its settlement, which happens exactly once.</summary>
    private sealed class Charge(
        BudgetLedger ledger, LedgerTariff tariff, Reservation reservation, IReadOnlyList<ChatMessage> messages, ChatOptions options, TimeProvider time)
    {
        private readonly long _start = time.GetTimestamp();
        private bool _settled;

        public IReadOnlyList<ChatMessage> Messages => messages;

        public ChatOptions Options => options;

        public async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<ChatResponseUpdate> updates)
        {
            try
            {
                return await updates.MoveNextAsync();
            }
            catch (ModelException e)
            {
                await FailAsync(e);
                throw;
            }
        }

        public Task SucceedAsync(ChatResponse response)
        {
            var usage = response.Usage;
            // A server that counts nothing is charged by estimate; the reservation is the most it can have been.
            var estimated = usage?.InputTokenCount is null || usage.OutputTokenCount is null;
            var counted = estimated
                ? new UsageDetails { InputTokenCount = TokenEstimate.Likely(messages, options), OutputTokenCount = TokenEstimate.Likely(string.Concat(response.Messages.Select(TokenEstimate.TextOf))) }
                : usage!;
            // Of pictures and speech no estimate can be made: they cost what was reserved.
            var cost = estimated && response.Messages.Any(message => message.Contents.OfType<DataContent>().Any()) ? reservation.AmountUsd : Cost(counted);
            return SettleAsync(ModelCallOutcome.Succeeded, null, counted, estimated ? Math.Min(cost, reservation.AmountUsd) : cost, estimated,
                Exchange.Of(options)?.Answered(response));
        }

        public Task FailAsync(ModelException e) => e.Usage is { InputTokenCount: not null, OutputTokenCount: not null } usage
            ? SettleAsync(ModelCallOutcome.Failed, e.Kind, usage, Cost(usage), estimated: false)
            : SettleAsync(ModelCallOutcome.Failed, e.Kind, null, e.MayHaveCost ? reservation.AmountUsd : 0, estimated: e.MayHaveCost);

        /// <summary>Nobody waited for the end: cancelled, or a reader that stopped reading. What the server did is not known.</summary>
        public Task AbandonAsync() =>
            _settled ? Task.CompletedTask : SettleAsync(ModelCallOutcome.Cancelled, null, null, reservation.AmountUsd, estimated: true);

        private decimal Cost(UsageDetails usage) => tariff.Price.CostUsd(
            usage.InputTokenCount ?? 0, usage.CachedInputTokenCount ?? 0, usage.OutputTokenCount ?? 0,
            usage.AdditionalCounts?.TryGetValue(CacheWrites, out var written) == true ? written : 0);

        private Task SettleAsync(ModelCallOutcome outcome, ModelErrorKind? error, UsageDetails? usage, decimal costUsd, bool estimated,
            Recording? answer = null)
        {
            _settled = true;
            var input = usage?.InputTokenCount ?? (estimated ? TokenEstimate.Likely(messages, options) : 0);
            return ledger.SettleAsync(new ModelCall(
                reservation.Id, reservation.Scope, tariff.Model, tariff.Provider, options.GetPromptName(), outcome, error,
                input, usage?.CachedInputTokenCount ?? 0, usage?.OutputTokenCount ?? 0, usage?.ReasoningTokenCount ?? 0,
                costUsd, estimated, reservation.At, time.GetElapsedTime(_start))
            {
                Answer = answer,
            });
        }
    }
}
