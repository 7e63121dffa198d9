namespace TaskBot.Models.Pricing;

/// <summary>A configured price, in US dollars per million tokens; see <see cref="ModelPrice"/>.</summary>
public sealed class PriceOptions
{
    public decimal? Input { get; set; }

    public decimal? Output { get; set; }

    /// <summary>Not given means no discount.</summary>
    public decimal? CachedInput { get; set; }

    /// <summary>Not given means nothing extra.</summary>
    public decimal? CacheWrite { get; set; }

    public long? ImageTokens { get; set; }
}
