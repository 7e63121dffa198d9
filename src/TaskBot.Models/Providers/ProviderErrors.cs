using System.ClientModel;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Anthropic.Exceptions;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;

namespace TaskBot.Models.Providers;

/// <summary>
/// Says every failure of one model at one endpoint as a <see cref="ModelException"/>, whichever protocol it speaks, without repeating what the
/// server wrote.
/// </summary>
internal sealed partial class ProviderErrors(string model, string host, TimeProvider time)
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
    /// What the packages throw when a connection fails or an answer is not one: they read answers without checks, and the last five are what
    /// their readers then throw. An answer that says no is a <see cref="ModelException"/> already; see <see cref="FailureHandler"/>.
    /// </summary>
    public static bool IsWorldFailing(Exception exception) => exception is ClientResultException or AnthropicException or HttpRequestException or IOException
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
        AnthropicSseException e => FromEvent(e),
        ClientResultException { Status: not 0 } or AnthropicInvalidDataException => Malformed("the answer is not a chat completion", exception),
        // Whatever fails after a connection was made may have reached the model.
        ClientResultException or AnthropicException or HttpRequestException or IOException => Causes(exception).OfType<HttpRequestException>()
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

    /// <summary>An answer with a status that is no success.</summary>
    /// <param name="response">The answer; it is not disposed.</param>
    /// <param name="body">The beginning of its body.</param>
    public ModelException FromStatus(HttpResponseMessage response, string body)
    {
        var status = (int)response.StatusCode;
        var code = ErrorCode(body);
        var suffix = code is null ? "" : $", {code}";
        var (kind, detail) = status switch
        {
            401 or 403 => (ModelErrorKind.Unauthorized, $"the key is not accepted ({status}{suffix})"),
            408 => (ModelErrorKind.Timeout, "the server timed out (408)"),
            413 => (ModelErrorKind.ContextTooLong, "the request is too large (413)"),
            429 => (ModelErrorKind.RateLimited, $"too many requests (429{suffix})"),
            >= 500 => (ModelErrorKind.ServerError, $"the server failed ({status}{suffix})"),
            _ when code == "context_length_exceeded" || ContextWords().IsMatch(body) =>
                (ModelErrorKind.ContextTooLong, $"the request is longer than the model's context ({status}{suffix})"),
            404 => (ModelErrorKind.BadRequest, $"the model or the address is unknown ({status}{suffix})"),
            _ => (ModelErrorKind.BadRequest, $"the request is not accepted ({status}{suffix})"),
        };
        return new ModelException(kind, model, host, detail)
        {
            Status = status,
            RetryAfter = RetryAfter(response),
            Phase = kind == ModelErrorKind.Timeout ? TimeoutPhase.Total : null,
        };
    }

    /// <summary>Anthropic's <c>error</c> event in the middle of a stream: what was answered until then may have cost something.</summary>
    private ModelException FromEvent(AnthropicSseException e)
    {
        // The package gives the event's data only as part of its message, which does not become ours: it may quote the prompt.
        var code = EventCode().Match(e.Message) is { Success: true } match ? match.Value : "error";
        return new ModelException(
            code switch
            {
                "rate_limit_error" => ModelErrorKind.RateLimited,
                "invalid_request_error" or "not_found_error" => ModelErrorKind.BadRequest,
                "authentication_error" or "permission_error" or "billing_error" => ModelErrorKind.Unauthorized,
                "request_too_large" => ModelErrorKind.ContextTooLong,
                _ => ModelErrorKind.ServerError,
            },
            model, host, $"the answer ended in an error ({code})");
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        if (response.Headers.TryGetValues("retry-after-ms", out var values)
            && double.TryParse(values.First(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var milliseconds))
            return TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue));
        if (!response.Headers.TryGetValues("retry-after", out values))
            return null;
        var text = values.First();
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue));
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            return null;
        var wait = at - time.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>The protocol's short machine-readable code. The message beside it may quote the key or the prompt, so it stays unread.</summary>
    private static string? ErrorCode(string body)
    {
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

    [GeneratedRegex("(?<=\"type\"\\s*:\\s*\")([a-z]+_)+error(?=\")|request_too_large", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex EventCode();

    [GeneratedRegex("context (length|window|size)|maximum context|too many tokens|prompt is too long|exceeds? the (available )?context",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ContextWords();
}
