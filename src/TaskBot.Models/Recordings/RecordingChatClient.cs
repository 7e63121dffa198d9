using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;

namespace TaskBot.Models.Recordings;

/// <summary>
/// Records what one node asks, and never asks twice: when a process was killed after an answer came and before its node had ended, the node runs
/// again and gets the answer that is already paid for. A node that means to ask the same several times gets the first answer for the first
/// time, and so on. Cancelled calls and streams that were not read to their end have no answer and are not kept.
/// </summary>
internal sealed class RecordingChatClient(IChatClient inner, IRecordingStore store, RecordingPlace place, Func<string, string> redact)
    : DelegatingChatClient(inner)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _asked = [];

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var exchange = new Exchange(place, request, options, redact);
        if (await FindAsync(exchange, cancellationToken) is { } known)
            return known;
        try
        {
            return await base.GetResponseAsync(request, exchange.AttachTo(options), cancellationToken);
        }
        catch (Exception e) when (Error(e) is { } error)
        {
            await store.AppendAsync(exchange.Failed(error), CancellationToken.None);
            throw;
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var exchange = new Exchange(place, request, options, redact);
        if (await FindAsync(exchange, cancellationToken) is { } known)
        {
            foreach (var update in known.ToChatResponseUpdates())
                yield return update;
            yield break;
        }
        await using var updates = base.GetStreamingResponseAsync(request, exchange.AttachTo(options), cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await updates.MoveNextAsync())
                    yield break;
            }
            catch (Exception e) when (Error(e) is { } error)
            {
                await store.AppendAsync(exchange.Failed(error), CancellationToken.None);
                throw;
            }
            yield return updates.Current;
        }
    }

    private static RecordedError? Error(Exception e) => e switch
    {
        ModelException failed => RecordedError.Of(failed),
        OverBudgetException refused => RecordedError.Of(refused),
        _ => null,
    };

    private async ValueTask<ChatResponse?> FindAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        int earlier;
        lock (_lock)
        {
            earlier = _asked.GetValueOrDefault(exchange.Key);
            _asked[exchange.Key] = earlier + 1;
        }
        var answers = await store.FindAnswersAsync(place.Run, place.Place, exchange.Key, cancellationToken);
        return earlier < answers.Length ? Exchange.Read(answers[earlier]) : null;
    }
}
