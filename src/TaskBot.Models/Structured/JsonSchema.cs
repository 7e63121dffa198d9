using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TaskBot.Models.Structured;

/// <summary>
/// JSON Schema as far as answers of models need it: <c>type, enum, const, properties, required, additionalProperties, items, minItems, maxItems,
/// uniqueItems, minLength, maxLength, pattern, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, anyOf</c> and annotations. A schema
/// with any other keyword is refused, as a keyword that is not checked would seem to hold.
/// </summary>
public static class JsonSchema
{
    private const int MaxDepth = 64;
    private const int MaxProblems = 20;
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromMilliseconds(200);
    private static readonly ImmutableHashSet<string> Annotations =
        ["$schema", "$id", "$comment", "title", "description", "default", "examples", "format", "deprecated"];

    /// <summary>What is wrong with a schema itself, each with its place as a JSON pointer; empty when it can be used.</summary>
    public static ImmutableArray<string> Check(JsonElement schema)
    {
        var problems = new List<string>();
        Check(schema, "", problems, 0);
        return [.. problems];
    }

    /// <summary>What is wrong with a value, each with its place as a JSON pointer, at most 20; empty when it fits.</summary>
    /// <exception cref="ArgumentException">The schema itself is wrong, see <see cref="Check(JsonElement)"/>.</exception>
    public static ImmutableArray<string> Validate(JsonElement schema, JsonElement value)
    {
        if (Check(schema) is { IsEmpty: false } wrong)
            throw new ArgumentException($"The schema cannot be used: {string.Join("; ", wrong)}", nameof(schema));
        var problems = new List<string>();
        Validate(schema, value, "", problems);
        return [.. problems.Take(MaxProblems)];
    }

    /// <summary>
    /// OpenAI's strict mode makes a model keep to a schema, and takes only schemas whose objects allow no further properties and require all of
    /// their own.
    /// </summary>
    internal static bool IsStrict(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            return false;
        if (IsObject(schema))
        {
            var required = schema.TryGetProperty("required", out var names)
                ? names.EnumerateArray().Select(name => name.GetString()).ToHashSet() : [];
            if (!schema.TryGetProperty("properties", out var properties)
                || !schema.TryGetProperty("additionalProperties", out var additional) || additional.ValueKind != JsonValueKind.False
                || !properties.EnumerateObject().All(property => required.Contains(property.Name) && IsStrict(property.Value)))
                return false;
        }
        return (!schema.TryGetProperty("items", out var items) || IsStrict(items))
            && (!schema.TryGetProperty("anyOf", out var any) || any.EnumerateArray().All(IsStrict));
    }

    private static bool IsObject(JsonElement schema) => schema.TryGetProperty("properties", out _)
        || schema.TryGetProperty("type", out var type) && (type.ValueKind == JsonValueKind.Array
            ? type.EnumerateArray().Any(one => one.ValueEquals("object"))
            : type.ValueKind == JsonValueKind.String && type.ValueEquals("object"));

    private static void Check(JsonElement schema, string at, List<string> problems, int depth)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False && at.Length > 0)
            return;
        if (schema.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{Place(at)} must be a schema");
            return;
        }
        if (depth > MaxDepth)
        {
            problems.Add($"{Place(at)} is nested deeper than {MaxDepth} levels");
            return;
        }
        foreach (var keyword in schema.EnumerateObject())
        {
            var value = keyword.Value;
            var ok = keyword.Name switch
            {
                "type" => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().All(IsType) : IsType(value),
                "enum" => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0,
                "required" => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String),
                "properties" => value.ValueKind == JsonValueKind.Object,
                "additionalProperties" or "items" or "const" => true,
                "anyOf" => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0,
                "minItems" or "maxItems" or "minLength" or "maxLength" => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var n) && n >= 0,
                "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" => value.ValueKind == JsonValueKind.Number,
                "multipleOf" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var d) && d > 0,
                "uniqueItems" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
                "pattern" => value.ValueKind == JsonValueKind.String && IsPattern(value.GetString()!),
                var name when Annotations.Contains(name) => true,
                _ => false,
            };
            if (!ok)
                problems.Add($"{Place(at)}: '{keyword.Name}' is not supported, or not with this value");
        }
        if (problems.Count > 0)
            return;
        if (schema.TryGetProperty("properties", out var properties))
            foreach (var property in properties.EnumerateObject())
                Check(property.Value, $"{at}/properties/{property.Name}", problems, depth + 1);
        if (schema.TryGetProperty("additionalProperties", out var additional))
            Check(additional, $"{at}/additionalProperties", problems, depth + 1);
        if (schema.TryGetProperty("items", out var items))
            Check(items, $"{at}/items", problems, depth + 1);
        if (schema.TryGetProperty("anyOf", out var any))
            foreach (var one in any.EnumerateArray())
                Check(one, $"{at}/anyOf", problems, depth + 1);
    }

    private static bool IsType(JsonElement value) => value.ValueKind == JsonValueKind.String
        && value.GetString() is "object" or "array" or "string" or "number" or "integer" or "boolean" or "null";

    private static bool IsPattern(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.ECMAScript, PatternTimeout);
            return true;
        }
        catch (ArgumentException)
        {
            return false; // Check reports it with its place.
        }
    }

    private static void Validate(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        if (problems.Count >= MaxProblems)
            return;
        if (schema.ValueKind == JsonValueKind.True)
            return;
        if (schema.ValueKind == JsonValueKind.False)
        {
            problems.Add($"{Place(at)} is not allowed");
            return;
        }
        if (schema.TryGetProperty("type", out var type))
        {
            string[] types = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(one => one.GetString()!)] : [type.GetString()!];
            if (!types.Any(name => HasType(value, name)))
            {
                problems.Add($"{Place(at)} must be {string.Join(" or ", types)}, not {Kind(value)}");
                return;
            }
        }
        if (schema.TryGetProperty("enum", out var choices) && !choices.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, value)))
            problems.Add($"{Place(at)} must be one of {string.Join(", ", choices.EnumerateArray().Select(choice => choice.GetRawText()))}");
        if (schema.TryGetProperty("const", out var constant) && !JsonElement.DeepEquals(constant, value))
            problems.Add($"{Place(at)} must be {constant.GetRawText()}");
        if (schema.TryGetProperty("anyOf", out var any) && !any.EnumerateArray().Any(one => Fits(one, value)))
            problems.Add($"{Place(at)} fits none of the {any.GetArrayLength()} forms that are allowed");
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                ValidateObject(schema, value, at, problems);
                break;
            case JsonValueKind.Array:
                ValidateArray(schema, value, at, problems);
                break;
            case JsonValueKind.String:
                ValidateText(schema, value.GetString()!, at, problems);
                break;
            case JsonValueKind.Number:
                ValidateNumber(schema, value, at, problems);
                break;
        }
    }

    private static bool Fits(JsonElement schema, JsonElement value)
    {
        var problems = new List<string>();
        Validate(schema, value, "", problems);
        return problems.Count == 0;
    }

    private static void ValidateObject(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        if (schema.TryGetProperty("required", out var required))
            foreach (var name in required.EnumerateArray())
                if (!value.TryGetProperty(name.GetString()!, out _))
                    problems.Add($"{Place(at)} lacks '{name.GetString()}'");
        var known = schema.TryGetProperty("properties", out var properties);
        var closed = schema.TryGetProperty("additionalProperties", out var additional);
        foreach (var property in value.EnumerateObject())
        {
            if (known && properties.TryGetProperty(property.Name, out var own))
                Validate(own, property.Value, $"{at}/{property.Name}", problems);
            else if (closed)
                Validate(additional, property.Value, $"{at}/{property.Name}", problems);
        }
    }

    private static void ValidateArray(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        var count = value.GetArrayLength();
        if (schema.TryGetProperty("minItems", out var min) && count < min.GetInt32())
            problems.Add($"{Place(at)} must have at least {min} items, not {count}");
        if (schema.TryGetProperty("maxItems", out var max) && count > max.GetInt32())
            problems.Add($"{Place(at)} must have at most {max} items, not {count}");
        if (schema.TryGetProperty("uniqueItems", out var unique) && unique.GetBoolean())
        {
            var items = value.EnumerateArray().ToList();
            if (items.Where((item, index) => items.Take(index).Any(other => JsonElement.DeepEquals(item, other))).Any())
                problems.Add($"{Place(at)} must not have the same item twice");
        }
        if (!schema.TryGetProperty("items", out var each))
            return;
        var position = 0;
        foreach (var item in value.EnumerateArray())
            Validate(each, item, $"{at}/{position++}", problems);
    }

    private static void ValidateText(JsonElement schema, string text, string at, List<string> problems)
    {
        // JSON Schema counts characters, not UTF-16 units.
        var length = text.EnumerateRunes().Count();
        if (schema.TryGetProperty("minLength", out var min) && length < min.GetInt32())
            problems.Add($"{Place(at)} must have at least {min} characters, not {length}");
        if (schema.TryGetProperty("maxLength", out var max) && length > max.GetInt32())
            problems.Add($"{Place(at)} must have at most {max} characters, not {length}");
        if (schema.TryGetProperty("pattern", out var pattern) && !Matches(pattern.GetString()!, text))
            problems.Add($"{Place(at)} must match {pattern.GetString()}");
    }

    private static bool Matches(string pattern, string text)
    {
        try
        {
            return Regex.IsMatch(text, pattern, RegexOptions.ECMAScript, PatternTimeout);
        }
        catch (RegexMatchTimeoutException)
        {
            return false; // A text that a pattern cannot decide about does not match it.
        }
    }

    private static void ValidateNumber(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        var number = value.GetDouble();
        if (schema.TryGetProperty("minimum", out var min) && number < min.GetDouble())
            problems.Add($"{Place(at)} must be at least {min}, not {value}");
        if (schema.TryGetProperty("maximum", out var max) && number > max.GetDouble())
            problems.Add($"{Place(at)} must be at most {max}, not {value}");
        if (schema.TryGetProperty("exclusiveMinimum", out var above) && number <= above.GetDouble())
            problems.Add($"{Place(at)} must be more than {above}, not {value}");
        if (schema.TryGetProperty("exclusiveMaximum", out var below) && number >= below.GetDouble())
            problems.Add($"{Place(at)} must be less than {below}, not {value}");
        if (schema.TryGetProperty("multipleOf", out var step) && value.TryGetDecimal(out var exact) && exact % step.GetDecimal() != 0)
            problems.Add($"{Place(at)} must be a multiple of {step}, not {value}");
    }

    private static bool HasType(JsonElement value, string name) => name switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        _ => value.ValueKind == JsonValueKind.Number && double.IsInteger(value.GetDouble()),
    };

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        _ => $"the number {value}",
    };

    private static string Place(string pointer) => pointer.Length == 0 ? "the value" : pointer;
}
