using System.Text.Json.Serialization;

namespace TaskBot.Bot.Runs;

/// <summary>How runs are written where they are kept.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(RunRecord[]))]
public sealed partial class RunJsonContext : JsonSerializerContext;
