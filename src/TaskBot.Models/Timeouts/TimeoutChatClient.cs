using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;

namespace TaskBot.Models.Timeouts;

/// <summary>
/// Limits one call in time and size. Answers are streamed even when the caller wants them whole, since only a stream tells a model that
/// thinks from one that hangs; <paramref name="stream"/> is false for servers that cannot stream, where only the total counts.
/// </summary>
internal sealed class TimeoutChatClient(
    IChatClient inner, TimeoutOptions timeouts, bool stream, string model, string host, TimeProvider time) : DelegatingChatClient(inner)
{
    /// <summary>Four million characters: no answer is longer, and a server that never ends must not fill the memory.</summary>
    private const long MaxAnswerLength = 4_000_000;

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (stream)
            return await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);
        using var clock = new Clock(timeouts, timeouts.Total, time, cancellationToken);
        try
        {
            return await base.GetResponseAsync(messages, options, clock.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw TimedOut(TimeoutPhase.Total);
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var clock = new Clock(timeouts, timeouts.FirstToken, time, cancellationToken);
        await using var updates = base.GetStreamingResponseAsync(messages, options, clock.Token).GetAsyncEnumerator(clock.Token);
        var length = 0L;
        while (true)
        {
            try
            {
                if (!await updates.MoveNextAsync())
                    yield break;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw TimedOut(clock.Phase);
            }
            var update = updates.Current;
            length += update.Text.Length;
            if (length > MaxAnswerLength)
                throw new ModelException(ModelErrorKind.Malformed, model, host, $"the answer is longer than {MaxAnswerLength:N0} characters");
            clock.Pause(update);
            yield return update;
            clock.Resume();
        }
    }

    private ModelException TimedOut(TimeoutPhase phase) =>
        new(ModelErrorKind.Timeout, model, host, phase switch
        {
            TimeoutPhase.NoFirstToken => $"no first token within {timeouts.FirstToken.TotalSeconds:0.#} s",
            TimeoutPhase.Stalled => $"the answer stalled for {timeouts.Stall.TotalSeconds:0.#} s",
            _ => $"the answer was not complete within {timeouts.Total.TotalSeconds:0.#} s",
        })
        { Phase = phase };

    /// <summary>The two clocks of one call. The time that the reader takes for a piece is not the model's.</summary>
    private sealed class Clock : IDisposable
    {
        private readonly TimeSpan _stall;
        private readonly CancellationTokenSource _total;
        private readonly CancellationTokenSource _piece;
        private readonly CancellationTokenSource _linked;
        private int _pieces;
        private bool _begun;

        public Clock(TimeoutOptions timeouts, TimeSpan first, TimeProvider time, CancellationToken cancellationToken)
        {
            _stall = timeouts.Stall;
            _total = new CancellationTokenSource(timeouts.Total, time);
            _piece = new CancellationTokenSource(first, time);
            _linked = CancellationTokenSource.CreateLinkedTokenSource(_total.Token, _piece.Token, cancellationToken);
        }

        public CancellationToken Token => _linked.Token;

        public TimeoutPhase Phase => _total.IsCancellationRequested ? TimeoutPhase.Total
            : _begun ? TimeoutPhase.Stalled : TimeoutPhase.NoFirstToken;

        public void Pause(ChatResponseUpdate update)
        {
            // The first piece often names only the role and is sent before the model begins: it proves nothing. Later empty ones are
            // thinking that the protocol does not show.
            _begun |= update.Contents.Count > 0 || ++_pieces > 1;
            if (_begun)
                _piece.CancelAfter(Timeout.InfiniteTimeSpan);
        }

        public void Resume()
        {
            if (_begun)
                _piece.CancelAfter(_stall);
        }

        public void Dispose()
        {
            _linked.Dispose();
            _piece.Dispose();
            _total.Dispose();
        }
    }
}
