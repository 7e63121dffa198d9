using System.Text.Json;

namespace TaskBot.Models.Structured;

/// <summary>A JSON schema of the few keywords that answers of models need.</summary>
public static class JsonSchema
{
    /// <summary>
    /// OpenAI's strict mode makes a model keep to a schema, and takes only schemas whose objects allow no further properties and require all of
    /// their own.
    /// </summary>
    internal static bool IsStrict(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            return true;
        if (schema.TryGetProperty("properties", out var properties))
        {
            var required = schema.TryGetProperty("required", out var names)
                ? names.EnumerateArray().Select(name => name.GetString()).ToHashSet() : [];
            if (!schema.TryGetProperty("additionalProperties", out var additional) || additional.ValueKind != JsonValueKind.False
                || !properties.EnumerateObject().All(property => required.Contains(property.Name) && IsStrict(property.Value)))
                return false;
        }
        return !schema.TryGetProperty("items", out var items) || IsStrict(items);
    }
}
