using System.Globalization;
using System.Text.RegularExpressions;

namespace TaskBot.Models.Limits;

/// <summary>
/// What one endpoint said, for one key, of how much more it will take: in OpenAI's <c>x-ratelimit-*</c> and Anthropic's <c>anthropic-ratelimit-*</c>
/// headers, and in <c>Retry-After</c>. Safe for concurrent use.
/// </summary>
internal sealed partial class RateLimits(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Remaining, DateTimeOffset Reset)> _limits = [];
    private DateTimeOffset _closedUntil;
    private int _underWay;

    /// <summary>Requests that are being answered now.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    public void Begin() => Interlocked.Increment(ref _underWay);

    public void End() => Interlocked.Decrement(ref _underWay);

    /// <summary>How long a request of about so many tokens should be held back; zero when it may go.</summary>
    public TimeSpan WaitFor(long tokens)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            var until = _closedUntil;
            foreach (var (name, limit) in _limits)
                if (limit.Reset > until && limit.Remaining < (name.Contains("requests", StringComparison.Ordinal) ? 1 : Needed(name, tokens)))
                    until = limit.Reset;
            return until > now ? until - now : TimeSpan.Zero;
        }
    }

    public void Observe(HttpResponseMessage response)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            foreach (var (name, values) in response.Headers.NonValidated)
                if (Remaining().Match(name) is { Success: true } match && long.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var remaining)
                    && ResetOf(response, match, now) is { } reset)
                    _limits[(match.Groups["openai"].Value + match.Groups["anthropic"].Value).ToLowerInvariant()] = (remaining, reset);
            if ((int)response.StatusCode == 429 && response.Headers.RetryAfter is { } pause && (pause.Delta is { } delta ? now + delta : pause.Date) is { } until && until > _closedUntil)
                _closedUntil = until;
        }
    }

    /// <summary>A request larger than what is ever left must still be tried when the limit is full again; the server decides.</summary>
    private static long Needed(string name, long tokens) => name.Contains("output", StringComparison.Ordinal) ? 1 : Math.Max(1, tokens);

    private static DateTimeOffset? ResetOf(HttpResponseMessage response, Match match, DateTimeOffset now)
    {
        var header = match.Groups["openai"] is { Success: true } openAI ? $"x-ratelimit-reset-{openAI.Value}" : $"anthropic-ratelimit-{match.Groups["anthropic"].Value}-reset";
        if (!response.Headers.NonValidated.TryGetValues(header, out var values))
            return null;
        var text = values.ToString();
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && text.Contains('T', StringComparison.Ordinal))
            return at;
        var parts = Duration().Matches(text);
        return parts.Count == 0 ? null : now + parts.Aggregate(TimeSpan.Zero, (sum, part) =>
        {
            var number = double.Parse(part.Groups["number"].Value, CultureInfo.InvariantCulture);
            return sum + (part.Groups["unit"].Value switch
            {
                "ms" => TimeSpan.FromMilliseconds(number),
                "m" => TimeSpan.FromMinutes(number),
                "h" => TimeSpan.FromHours(number),
                "d" => TimeSpan.FromDays(number),
                _ => TimeSpan.FromSeconds(number),
            });
        });
    }

    [GeneratedRegex("^(x-ratelimit-remaining-(?<openai>requests|tokens)|anthropic-ratelimit-(?<anthropic>requests|tokens|input-tokens|output-tokens)-remaining)$",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Remaining();

    // OpenAI writes 12ms, 1.5s, 6m0s.
    [GeneratedRegex(@"(?<number>\d+(\.\d+)?)(?<unit>ms|s|m|h|d)?", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Duration();
}
