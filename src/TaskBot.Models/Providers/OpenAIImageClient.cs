using Microsoft.Extensions.AI;

namespace TaskBot.Models.Providers;

/// <summary>Draws what the request's texts describe: OpenAI's <c>/images/generations</c>. The answer is one picture, in the model's own size and format.</summary>
public sealed class OpenAIImageClient(string model, OpenAIEndpoint endpoint, TimeProvider time) : OpenAIMediaClient(model, endpoint, time)
{
    private protected override async Task<ChatResponse> AskAsync(IReadOnlyList<string> texts, ChatOptions? options, CancellationToken cancellationToken)
    {
        var client = Connection.GetImageClient(Model);
        var drawn = (await client.GenerateImagesAsync(string.Join("\n\n", texts), imageCount: 1, options: null, cancellationToken)).Value;
        if (drawn.Count == 0 || drawn[0].ImageBytes is not { } bytes)
            throw Errors.Malformed("the answer holds no picture", inner: null);
#pragma warning disable OPENAI001 // Marked as new in the package; nothing else says how many tokens it took.
        var usage = drawn.Usage is { } counted ? new UsageDetails { InputTokenCount = counted.InputTokenCount, OutputTokenCount = counted.OutputTokenCount } : null;
#pragma warning restore OPENAI001
        return Answer(bytes, MediaType(bytes), usage);
    }

    /// <summary>By the file's own first bytes: not every server says.</summary>
    private static string MediaType(BinaryData bytes) => bytes.ToMemory().Span switch
    {
        [0xFF, 0xD8, ..] => "image/jpeg",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => "image/webp",
        _ => "image/png",
    };
}
