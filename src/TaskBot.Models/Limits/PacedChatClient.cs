using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;

namespace TaskBot.Models.Limits;

/// <summary>
/// Waits before a request that the endpoint has said it would not take, instead of being told so again. Where that is longer than a retry may
/// wait, nothing is sent, and another model or endpoint may be asked.
/// </summary>
internal sealed class PacedChatClient(IChatClient inner, RateLimits limits, TimeSpan longestWait, string model, string host, TimeProvider time) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        await WaitAsync(request, options, cancellationToken);
        limits.Begin();
        try
        {
            return await base.GetResponseAsync(request, options, cancellationToken);
        }
        finally
        {
            limits.End();
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        await WaitAsync(request, options, cancellationToken);
        limits.Begin();
        try
        {
            await foreach (var update in base.GetStreamingResponseAsync(request, options, cancellationToken))
                yield return update;
        }
        finally
        {
            limits.End();
        }
    }

    private async Task WaitAsync(IReadOnlyList<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        var wait = limits.WaitFor(TokenEstimate.Likely(messages, options));
        if (wait > longestWait)
            throw new ModelException(ModelErrorKind.RateLimited, model, host, FormattableString.Invariant($"not asked: its rate limit is used up for {wait.TotalSeconds:0} s"))
            {
                RetryAfter = wait,
            };
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken);
    }
}
