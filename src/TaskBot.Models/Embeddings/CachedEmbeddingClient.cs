using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;
using TaskBot.Models.Providers;
using TaskBot.Models.Recordings;

namespace TaskBot.Models.Embeddings;

/// <summary>
/// Asks a model only for the vectors that are not kept yet. A run's recording has the whole answer all the same, so that it can be played again when the vectors are
/// forgotten.
/// </summary>
/// <param name="model">With its provider: two servers may mean different weights by one name.</param>
internal sealed class CachedEmbeddingClient(IChatClient inner, IEmbeddingStore kept, IRecordingStore recordings, string model) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var keys = request.Select(message => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{model}\n{message.Text}")))).ToList();
        var vectors = (await kept.FindAsync(keys, cancellationToken)).ToArray();
        var missing = Enumerable.Range(0, vectors.Length).Where(at => vectors[at] is null).ToList();
        var exchange = Exchange.Of(options);
        var response = new ChatResponse { ModelId = model, FinishReason = ChatFinishReason.Stop, Usage = new UsageDetails { InputTokenCount = 0, OutputTokenCount = 0 } };
        if (missing.Count > 0)
        {
            var isWhole = missing.Count == vectors.Length;
            response = await (isWhole || exchange is null ? InnerClient : exchange.Part(InnerClient, recordings))
                .GetResponseAsync(missing.Select(at => request[at]), isWhole ? options : Part(options), cancellationToken);
            var answered = response.Messages.Select(message => message.Contents.OfType<DataContent>().FirstOrDefault()?.Data.ToArray()).ToList();
            // What is no list of vectors is for the caller to refuse.
            if (answered.Count != missing.Count || answered.Contains(null)) return response;
            foreach (var (at, vector) in missing.Zip(answered)) vectors[at] = vector;
            await kept.AddAsync([.. missing.Select(at => KeyValuePair.Create(keys[at], vectors[at]!))], CancellationToken.None);
            if (isWhole) return response;
        }
        response.Messages = [.. vectors.Select(vector => new ChatMessage(ChatRole.Assistant, [new DataContent(vector!, OpenAIEmbeddingClient.MediaType)]))];
        if (exchange is not null) await recordings.AppendAsync(exchange.Answered(response), CancellationToken.None);
        return response;
    }

    /// <summary>The same options for some of the texts; a part's answer is recorded as this model's, since another may be asked for other parts.</summary>
    private ChatOptions Part(ChatOptions? options)
    {
        var part = Exchange.Detach(options);
        part.ModelId = model;
        return part;
    }
}
