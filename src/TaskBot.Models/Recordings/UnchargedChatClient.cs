using Microsoft.Extensions.AI;

namespace TaskBot.Models.Recordings;

/// <summary>Keeps the answers of what costs nothing, and so has no call in the ledger that its answer would be kept with.</summary>
internal sealed class UnchargedChatClient(IChatClient inner, IRecordingStore store) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var response = await base.GetResponseAsync(messages, options, cancellationToken);
        if (Exchange.Of(options)?.Answered(response) is { } answer)
            await store.AppendAsync(answer, CancellationToken.None);
        return response;
    }
}
