using System.ClientModel;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;

namespace TaskBot.Models.Providers;

/// <summary>Says every failure of one OpenAI endpoint as a <see cref="ModelException"/>, without repeating what the server wrote.</summary>
internal sealed partial class OpenAIErrors(string model, string host, TimeProvider time)
{
    public ModelException Refused(UsageDetails? usage) =>
        new(ModelErrorKind.Refused, model, host, "the model refused to answer") { Usage = usage };

    public ModelException Empty(bool outOfTokens, UsageDetails? usage) =>
        new(ModelErrorKind.Empty, model, host,
            outOfTokens ? "it used all of its output tokens before it began to answer" : "the answer is empty")
        { Usage = usage };

    public ModelException Malformed(string what, Exception? inner, UsageDetails? usage = null) =>
        new(ModelErrorKind.Malformed, model, host, what, inner) { Usage = usage };

    public ModelException CutOff(Exception? inner) =>
        new(ModelErrorKind.ServerError, model, host, "the connection ended before the answer did", inner);

    /// <summary>
    /// What the package throws when a connection fails, a server says no, or an answer is not one: it reads answers without checks, and the
    /// last five are what its readers then throw.
    /// </summary>
    public static bool IsWorldFailing(Exception exception) => exception is ClientResultException or HttpRequestException or IOException
        or OperationCanceledException or JsonException or FormatException or ArgumentException or InvalidOperationException
        or KeyNotFoundException;

    public Exception Translate(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        // A request that is cancelled may end as a broken connection.
        _ when cancellationToken.IsCancellationRequested => new OperationCanceledException(exception.Message, exception, cancellationToken),
        OperationCanceledException => new ModelException(ModelErrorKind.Timeout, model, host, "the connection timed out", exception)
        {
            Phase = TimeoutPhase.Total,
        },
        ClientResultException { Status: not 0 } e => FromStatus(e),
        // Whatever fails after a connection was made may have reached the model.
        ClientResultException or HttpRequestException or IOException => Causes(exception).OfType<HttpRequestException>()
            .Any(e => e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError)
            ? Unreachable(exception) : CutOff(exception),
        _ => Malformed("the answer is not a chat completion", exception),
    };

    private ModelException Unreachable(Exception e)
    {
        var reason = Causes(e).OfType<SocketException>().FirstOrDefault()?.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "connection refused",
            SocketError.HostNotFound or SocketError.NoData => "the host name is unknown",
            SocketError.TryAgain => "the host name cannot be looked up now",
            SocketError.NetworkUnreachable or SocketError.HostUnreachable => "no route to the host",
            SocketError.TimedOut => "the connection timed out",
            { } code => $"connection failed ({code})",
            null when Causes(e).OfType<System.Security.Authentication.AuthenticationException>().Any() => "TLS failed",
            null => "no connection",
        };
        return new ModelException(ModelErrorKind.Unreachable, model, host, reason, e);
    }

    private static IEnumerable<Exception> Causes(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            yield return e;
    }

    private ModelException FromStatus(ClientResultException e)
    {
        var response = e.GetRawResponse();
        var code = ErrorCode(response?.Content);
        var suffix = code is null ? "" : $", {code}";
        var (kind, detail) = e.Status switch
        {
            200 => (ModelErrorKind.Malformed, "the answer is not a chat completion"),
            401 or 403 => (ModelErrorKind.Unauthorized, $"the key is not accepted ({e.Status}{suffix})"),
            408 => (ModelErrorKind.Timeout, "the server timed out (408)"),
            413 => (ModelErrorKind.ContextTooLong, "the request is too large (413)"),
            429 => (ModelErrorKind.RateLimited, $"too many requests (429{suffix})"),
            >= 500 => (ModelErrorKind.ServerError, $"the server failed ({e.Status}{suffix})"),
            _ when code == "context_length_exceeded" || ContextWords().IsMatch(response?.Content?.ToString() ?? "") =>
                (ModelErrorKind.ContextTooLong, $"the request is longer than the model's context ({e.Status}{suffix})"),
            404 => (ModelErrorKind.BadRequest, $"the model or the address is unknown ({e.Status}{suffix})"),
            _ => (ModelErrorKind.BadRequest, $"the request is not accepted ({e.Status}{suffix})"),
        };
        // The package's exception quotes the body, so it does not become the inner one.
        return new ModelException(kind, model, host, detail)
        {
            Status = e.Status,
            RetryAfter = response is null ? null : RetryAfter(response.Headers),
            Phase = kind == ModelErrorKind.Timeout ? TimeoutPhase.Total : null,
        };
    }

    private TimeSpan? RetryAfter(System.ClientModel.Primitives.PipelineResponseHeaders headers)
    {
        const NumberStyles style = NumberStyles.AllowDecimalPoint;
        if (headers.TryGetValue("retry-after-ms", out var text)
            && double.TryParse(text, style, CultureInfo.InvariantCulture, out var milliseconds))
            return TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue));
        if (!headers.TryGetValue("retry-after", out text))
            return null;
        if (double.TryParse(text, style, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue));
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            return null;
        var wait = at - time.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>The protocol's short machine-readable code. The message beside it may quote the key or the prompt, so it stays unread.</summary>
    private static string? ErrorCode(BinaryData? body)
    {
        if (body is null || body.ToMemory().Length > 1 << 20)
            return null;
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
                && (error.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.String
                    || error.TryGetProperty("type", out code) && code.ValueKind == JsonValueKind.String)
                && code.GetString() is { } text && ShortCode().IsMatch(text) ? text : null;
        }
        catch (JsonException)
        {
            return null; // A proxy's HTML page has no code.
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9_.]{1,48}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ShortCode();

    [GeneratedRegex("context (length|window|size)|maximum context|too many tokens|prompt is too long|exceeds? the (available )?context",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ContextWords();
}
