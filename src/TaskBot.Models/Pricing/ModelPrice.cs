namespace TaskBot.Models.Pricing;

/// <summary>What a model's tokens cost, in US dollars per million.</summary>
/// <param name="Input">Input tokens.</param>
/// <param name="Output">Output tokens, reasoning included.</param>
/// <param name="CachedInput">Input tokens that the server had cached; null when it gives no discount.</param>
/// <param name="ImageTokens">The most tokens that one image counts; null means <see cref="DefaultImageTokens"/>.</param>
/// <param name="CacheWrite">Input tokens that the server put into its cache; null when it takes nothing extra.</param>
public sealed record ModelPrice(decimal Input, decimal Output, decimal? CachedInput = null, long? ImageTokens = null, decimal? CacheWrite = null)
{
    public const long DefaultImageTokens = 8_192;

    public static ModelPrice Free { get; } = new(0, 0);

    /// <summary>The cost of one call, rounded up to a billionth of a dollar.</summary>
    /// <param name="inputTokens">All of them.</param>
    /// <param name="cachedInputTokens">Those of them that were read from the cache.</param>
    /// <param name="outputTokens">All of them, reasoning included.</param>
    /// <param name="cacheWriteTokens">Those of the input tokens that were put into the cache.</param>
    public decimal CostUsd(long inputTokens, long cachedInputTokens, long outputTokens, long cacheWriteTokens = 0)
    {
        var cached = Math.Clamp(cachedInputTokens, 0, inputTokens);
        var written = Math.Clamp(cacheWriteTokens, 0, inputTokens - cached);
        var millionths = (inputTokens - cached - written) * Input + cached * (CachedInput ?? Input) + written * (CacheWrite ?? Input) + outputTokens * Output;
        return Math.Ceiling(millionths * 1_000m) / 1_000_000_000m;
    }

    /// <summary>The most that one call can cost: as if every input token were of the dearest kind.</summary>
    public decimal CeilingUsd(long inputTokens, long outputTokens) =>
        CacheWrite > Input ? CostUsd(inputTokens, 0, outputTokens, inputTokens) : CostUsd(inputTokens, 0, outputTokens);
}
