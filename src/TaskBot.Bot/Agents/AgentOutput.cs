using System.Text.Json;

namespace TaskBot.Bot.Agents;

/// <summary>Reads the JSON that agents print, forgiving what is between: warnings, progress, a line that was cut.</summary>
static class AgentOutput
{
    /// <summary>The lines that are JSON objects.</summary>
    public static IEnumerable<JsonElement> Lines(string output) => output.Split('\n').Select(Parse).OfType<JsonElement>();

    /// <summary>One JSON object over several lines, whatever was printed before and after it; null where there is none.</summary>
    public static JsonElement? Whole(string output)
    {
        var from = output.IndexOf('{', StringComparison.Ordinal);
        var to = output.LastIndexOf('}');
        return from < 0 || to < from ? null : Parse(output[from..(to + 1)]);
    }

    /// <summary>A field; null where it is not there or is null.</summary>
    public static JsonElement? At(this JsonElement value, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value) || value.ValueKind == JsonValueKind.Null)
                return null;
        return value;
    }

    public static string? Text(this JsonElement value, params ReadOnlySpan<string> path) =>
        value.At(path) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A count; 0 where there is none.</summary>
    public static long Count(this JsonElement value, params ReadOnlySpan<string> path) =>
        value.At(path) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var count) && count > 0 ? count : 0;

    /// <summary>An amount of at least 0; null where there is none.</summary>
    public static decimal? Amount(this JsonElement value, params ReadOnlySpan<string> path) =>
        value.At(path) is { ValueKind: JsonValueKind.Number } number && number.TryGetDecimal(out var amount) && amount >= 0 ? amount : null;

    static JsonElement? Parse(string text)
    {
        if (!text.AsSpan().Trim().StartsWith('{')) return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null; // Cut off, or no JSON at all.
        }
    }
}
