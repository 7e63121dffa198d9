using System.Globalization;
using System.Net;

namespace TaskBot.GitHub.Client;

/// <summary>Reads from an answer how long GitHub wants a client to wait.</summary>
static class RateLimit
{
    static readonly TimeSpan SecondaryStart = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Null when the answer is not about limits. Else the wait: <c>Retry-After</c> first, then <c>x-ratelimit-reset</c> when nothing
    /// remains, else a minute doubled with every attempt.
    /// </summary>
    public static LimitedBy? Read(HttpResponseMessage response, ReadOnlySpan<byte> body, DateTimeOffset now, int attempt)
    {
        if (response.StatusCode is not (HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests)) return null;
        if (RetryAfter(response, now) is { } after) return new(after, Primary: false);
        if (GitHubErrors.Header(response, "x-ratelimit-remaining") == "0"
            && long.TryParse(GitHubErrors.Header(response, "x-ratelimit-reset"), NumberStyles.None, CultureInfo.InvariantCulture, out var reset)
            && reset <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            // One second more: the reset is given in whole seconds.
            var wait = DateTimeOffset.FromUnixTimeSeconds(reset) - now + TimeSpan.FromSeconds(1);
            return new(wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait, Primary: true);
        }

        if (response.StatusCode == HttpStatusCode.TooManyRequests || Mentions(body)) return new(SecondaryStart * (1 << Math.Min(attempt - 1, 10)), Primary: false);
        return null;
    }

    /// <summary>The <c>Retry-After</c> header in either of its forms; null when absent.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > now ? date - now : TimeSpan.Zero,
        _ => null
    };

    static bool Mentions(ReadOnlySpan<byte> body) =>
        body.IndexOf("secondary rate limit"u8) >= 0 || body.IndexOf("rate limit exceeded"u8) >= 0 || body.IndexOf("abuse detection"u8) >= 0;
}

/// <summary>How long to wait, and for what: the hourly budget of one API, or the secondary limits that hold for all.</summary>
readonly record struct LimitedBy(TimeSpan Wait, bool Primary);
