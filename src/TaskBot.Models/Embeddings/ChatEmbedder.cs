using System.Runtime.InteropServices;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;

namespace TaskBot.Models.Embeddings;

/// <summary>
/// Embeds texts through the client of a profile such as <c>embed</c>, and so within its budget, with its fallback and from its recordings. It throws what the client throws.
/// </summary>
public sealed class ChatEmbedder(IChatClient client) : IEmbeddingGenerator<string, Embedding<float>>
{
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        // A vendor refuses an empty text, and an empty file has a place in the order all the same.
        var messages = values.Select(text => new ChatMessage(ChatRole.User, text.Length == 0 ? " " : text)).ToList();
        var response = await client.GetResponseAsync(messages, options: null, cancellationToken);
        var vectors = response.Messages.Select(message => message.Contents.OfType<DataContent>().FirstOrDefault()).ToList();
        if (vectors.Count != messages.Count || vectors.Contains(null))
            throw new ModelException(ModelErrorKind.Malformed, response.ModelId ?? "the model", "its endpoint", "what answered gives no vectors: it is no model for embedding");
        return new(vectors.Select(vector => new Embedding<float>(MemoryMarshal.Cast<byte, float>(vector!.Data.Span).ToArray()))) { Usage = response.Usage };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : client.GetService(serviceType, serviceKey);

    public void Dispose() => client.Dispose();
}
