using System.Text.Json;

namespace TaskBot.Testing.Models;

/// <summary>One request that a fake model server received.</summary>
/// <param name="Authorization">The header with the key as it was sent; null when there was none.</param>
/// <param name="Body">The JSON that was sent.</param>
public sealed record FakeRequest(string? Authorization, JsonElement Body)
{
    public bool Streams => Body.TryGetProperty("stream", out var stream) && stream.GetBoolean();

    public string Model => Body.GetProperty("model").GetString()!;

    /// <summary>The texts of all messages, one a line.</summary>
    public string Text => string.Join('\n', Body.GetProperty("messages").EnumerateArray().SelectMany(Texts));

    private static IEnumerable<string> Texts(JsonElement message) =>
        !message.TryGetProperty("content", out var content) ? []
        : content.ValueKind == JsonValueKind.String ? [content.GetString()!]
        : content.ValueKind == JsonValueKind.Array ? content.EnumerateArray().Where(part => part.TryGetProperty("text", out _))
            .Select(part => part.GetProperty("text").GetString()!)
        : [];
}
