using System.Text.Json.Serialization;

namespace TaskBot.Doctor;

/// <summary>One thing looked at.</summary>
/// <param name="State"><c>ok</c>, <c>missing</c> (something will not work) or <c>broken</c> (nothing will).</param>
sealed record Finding(string Subject, string State, string Message)
{
    public static Finding Ok(string subject, string message) => new(subject, "ok", message);

    public static Finding Missing(string subject, string message) => new(subject, "missing", message);

    public static Finding Broken(string subject, string message) => new(subject, "broken", message);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Finding[]))]
sealed partial class FindingJsonContext : JsonSerializerContext;
