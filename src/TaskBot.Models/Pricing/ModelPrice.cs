namespace TaskBot.Models.Pricing;

/// <summary>What a model's tokens cost, in US dollars per million.</summary>
/// <param name="Input">Input tokens.</param>
/// <param name="Output">Output tokens, reasoning included.</param>
/// <param name="CachedInput">Input tokens that the server had cached; null when it gives no discount.</param>
/// <param name="ImageTokens">The most tokens that one image counts; null means <see cref="DefaultImageTokens"/>.</param>
public sealed record ModelPrice(decimal Input, decimal Output, decimal? CachedInput = null, long? ImageTokens = null)
{
    public const long DefaultImageTokens = 8_192;

    public static ModelPrice Free { get; } = new(0, 0);

    /// <summary>The cost of one call, rounded up to a billionth of a dollar.</summary>
    public decimal CostUsd(long inputTokens, long cachedInputTokens, long outputTokens)
    {
        var cached = Math.Clamp(cachedInputTokens, 0, inputTokens);
        var millionths = (inputTokens - cached) * Input + cached * (CachedInput ?? Input) + outputTokens * Output;
        return Math.Ceiling(millionths * 1_000m) / 1_000_000_000m;
    }
}
