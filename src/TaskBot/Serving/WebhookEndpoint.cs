using Microsoft.Extensions.Options;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Events;
using TaskBot.GitHub;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Serving;

/// <summary>
/// <c>POST /webhooks/github</c>: answers 202 only after the delivery is durable, or, where nobody acts on it, the knowledge that it came. 401 for a missing or wrong signature, 400 for a message that is
/// none, 413 over GitHub's own limit, 503 while too many wait.
/// </summary>
static partial class WebhookEndpoint
{
    public const string Path = "/webhooks/github";

    /// <summary>GitHub never sends more (25 MB).</summary>
    public const long MaximumBody = 25 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost(Path, HandleAsync);

    static async Task<IResult> HandleAsync(
        HttpRequest request, EventDispatcher dispatcher, IDeliveryStore deliveries, IOptions<GitHubOptions> options, TimeProvider time, ILogger<Delivery> logger,
        CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaximumBody) return Refuse(StatusCodes.Status413PayloadTooLarge, "The body is over 25 MB.");
        byte[] body;
        try
        {
            body = await ReadAsync(request, cancellationToken);
        }
        catch (BadHttpRequestException e)
        {
            return Refuse(e.StatusCode, e.Message);
        }

        if (body.Length > MaximumBody) return Refuse(StatusCodes.Status413PayloadTooLarge, "The body is over 25 MB.");
        var signature = WebhookSignature.Check(body, request.Headers["X-Hub-Signature-256"], options.Value.WebhookSecrets);
        if (signature != WebhookSignatureResult.Valid)
        {
            LogRefused(logger, request.Headers["X-GitHub-Delivery"].ToString(), signature);
            return Refuse(StatusCodes.Status401Unauthorized, "The signature is missing or does not match the webhook secret.");
        }

        if (request.Headers["X-GitHub-Delivery"].ToString() is not { Length: > 0 and <= 200 } id)
            return Refuse(StatusCodes.Status400BadRequest, "X-GitHub-Delivery is missing.");
        if (request.Headers["X-GitHub-Event"].ToString() is not { Length: > 0 and <= 100 } name)
            return Refuse(StatusCodes.Status400BadRequest, "X-GitHub-Event is missing.");
        if (!request.HasJsonContentType())
            return Refuse(StatusCodes.Status415UnsupportedMediaType, "Set the webhook's content type to application/json.");
        if (!IsJsonObject(body)) return Refuse(StatusCodes.Status400BadRequest, "The body is not a JSON object.");

        var delivery = new Delivery(id, name, body, time.GetUtcNow());
        var isForSomebody = await IsForSomebodyAsync(dispatcher, delivery, cancellationToken);
        return await (isForSomebody ? deliveries.AddAsync(delivery, cancellationToken) : deliveries.RememberAsync(delivery, cancellationToken)) switch
        {
            DeliveryAdmission.QueueFull => Refuse(StatusCodes.Status503ServiceUnavailable, "Too many deliveries wait; send it again later."),
            DeliveryAdmission.Duplicate => Results.Text("already received", statusCode: StatusCodes.Status202Accepted),
            _ => Results.Text("accepted", statusCode: StatusCodes.Status202Accepted),
        };
    }

    /// <summary>What cannot be read is kept, so that whoever handles it says so in the log.</summary>
    static async ValueTask<bool> IsForSomebodyAsync(EventDispatcher dispatcher, Delivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            return await dispatcher.ConcernsAnybodyAsync(delivery, cancellationToken);
        }
        catch (WebhookPayloadException)
        {
            return true;
        }
    }

    static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength is { } length)
        {
            var body = new byte[length];
            await request.Body.ReadExactlyAsync(body, cancellationToken);
            return body;
        }

        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancellationToken);
        return buffer.ToArray();
    }

    /// <summary>A look at both ends: GitHub signed it, and whoever handles it reads the rest.</summary>
    static bool IsJsonObject(ReadOnlySpan<byte> body)
    {
        var text = body.Trim(" \t\r\n"u8);
        return text is [(byte)'{', .., (byte)'}'];
    }

    static IResult Refuse(int status, string reason) => Results.Problem(statusCode: status, title: reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Delivery {Delivery} was refused: its signature is {Signature}")]
    static partial void LogRefused(ILogger logger, string delivery, WebhookSignatureResult signature);
}
