using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.Models.Pricing;

namespace TaskBot.Models.Capabilities;

/// <summary>What is known of models; <c>Capabilities/models.json</c> ships and says as of when, and a configured model is known better.</summary>
public static class CapabilityList
{
    private static readonly ImmutableDictionary<string, ModelCapabilities> Shipped = Read();

    /// <summary>By the rules of <see cref="PriceList"/>: as it is, without its publisher, without the date of a snapshot.</summary>
    public static ModelCapabilities Find(string model, IDictionary<string, CapabilityOptions> configured)
    {
        var known = PriceList.NamesOf(model).Select(name => Shipped.GetValueOrDefault(name)).FirstOrDefault(found => found is not null) ?? new ModelCapabilities();
        return configured.TryGetValue(model, out var own) ? known.Under(own.ToCapabilities()) : known;
    }

    private static ImmutableDictionary<string, ModelCapabilities> Read()
    {
        using var stream = typeof(CapabilityList).Assembly.GetManifestResourceStream("TaskBot.Models.Capabilities.models.json")!;
        return JsonSerializer.Deserialize(stream, CapabilityJson.Default.CapabilityFile)!.Models.ToImmutableDictionary();
    }
}

/// <summary>The shape of <c>models.json</c>.</summary>
internal sealed record CapabilityFile(string AsOf, Dictionary<string, ModelCapabilities> Models);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CapabilityFile))]
internal sealed partial class CapabilityJson : JsonSerializerContext;
