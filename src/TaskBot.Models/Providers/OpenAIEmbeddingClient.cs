using System.Runtime.InteropServices;
using Microsoft.Extensions.AI;

namespace TaskBot.Models.Providers;

/// <summary>
/// Gives a vector for each message of a request: OpenAI's <c>/embeddings</c>. The answer has a message for each, with the vector's numbers as little-endian 32-bit floats; see
/// <see cref="Embeddings.ChatEmbedder"/>.
/// </summary>
public sealed class OpenAIEmbeddingClient(string model, OpenAIEndpoint endpoint, TimeProvider time) : OpenAIMediaClient(model, endpoint, time)
{
    /// <summary>How the vectors are called in an answer.</summary>
    internal const string MediaType = "application/octet-stream";

    private protected override async Task<ChatResponse> AskAsync(IReadOnlyList<string> texts, ChatOptions? options, CancellationToken cancellationToken)
    {
        var client = Connection.GetEmbeddingClient(Model);
        var embedded = (await client.GenerateEmbeddingsAsync(texts, options: null, cancellationToken)).Value;
        var usage = embedded.Usage is { } counted ? new UsageDetails { InputTokenCount = counted.InputTokenCount, OutputTokenCount = 0 } : null;
        if (embedded.Count != texts.Count)
            throw Errors.Malformed($"the answer has {embedded.Count} vectors for {texts.Count} texts", inner: null, usage);
        var vectors = embedded.OrderBy(one => one.Index).Select(one => one.ToFloats());
        return new ChatResponse([.. vectors.Select(vector => new ChatMessage(ChatRole.Assistant, [new DataContent(MemoryMarshal.AsBytes(vector.Span).ToArray(), MediaType)]))])
        {
            FinishReason = ChatFinishReason.Stop,
            Usage = usage,
        };
    }
}
