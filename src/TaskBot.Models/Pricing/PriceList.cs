using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace TaskBot.Models.Pricing;

/// <summary>
/// Prices by model. The list that ships is <c>Pricing/prices.json</c>, with the day it was written; a configured price for the same name
/// replaces it. A name matches as it is, without its publisher (<c>openai/gpt-5</c>), and without the date of a snapshot (<c>gpt-5-2025-08-07</c>),
/// and in no other way: <c>gpt-5-pro</c> is not a kind of <c>gpt-5</c>.
/// </summary>
public sealed partial class PriceList
{
    private readonly ImmutableDictionary<string, ModelPrice> _prices;

    private PriceList(string asOf, ImmutableDictionary<string, ModelPrice> prices)
    {
        AsOf = asOf;
        _prices = prices;
    }

    /// <summary>The prices that ship.</summary>
    public static PriceList Shipped { get; } = ReadShipped();

    /// <summary>The day that the shipped prices were written, as <c>yyyy-MM-dd</c>.</summary>
    public string AsOf { get; }

    public IEnumerable<KeyValuePair<string, ModelPrice>> Prices => _prices.OrderBy(pair => pair.Key, StringComparer.Ordinal);

    /// <summary>The same list with these prices instead of, or beside, its own.</summary>
    public PriceList With(IEnumerable<KeyValuePair<string, ModelPrice>> prices) => new(AsOf, _prices.SetItems(prices));

    /// <summary>Null when the price is not known.</summary>
    public ModelPrice? Find(string model)
    {
        foreach (var name in NamesOf(model))
            if (_prices.TryGetValue(name, out var price))
                return price;
        return null;
    }

    /// <summary>The names that a model is looked up by, the most exact first.</summary>
    internal static IEnumerable<string> NamesOf(string model)
    {
        yield return model;
        var plain = model[(model.LastIndexOf('/') + 1)..];
        yield return plain;
        yield return SnapshotDate().Replace(plain, "");
    }

    private static PriceList ReadShipped()
    {
        using var stream = typeof(PriceList).Assembly.GetManifestResourceStream("TaskBot.Models.Pricing.prices.json")!;
        var file = JsonSerializer.Deserialize(stream, PriceJson.Default.PriceFile)!;
        return new PriceList(file.AsOf, file.UsdPerMillionTokens.ToImmutableDictionary());
    }

    [GeneratedRegex(@"(-\d{4}-\d{2}-\d{2}|-\d{8}|@\d{8})$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex SnapshotDate();
}

/// <summary>The shape of <c>prices.json</c>.</summary>
internal sealed record PriceFile(string AsOf, Dictionary<string, ModelPrice> UsdPerMillionTokens);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PriceFile))]
internal sealed partial class PriceJson : JsonSerializerContext;
