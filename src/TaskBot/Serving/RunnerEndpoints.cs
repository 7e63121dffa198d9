using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using TaskBot.Bot.Dispatches;

namespace TaskBot.Serving;

/// <summary>
/// Where jobs of GitHub Actions come to with work that they were given, each with its token as <c>Bearer</c>: <c>POST /api/v1/dispatches/ID/claim</c>,
/// <c>/lines</c> (NDJSON, numbered) and <c>/result</c> (JSON, with its <c>Content-Digest</c>).
/// </summary>
static class RunnerEndpoints
{
    const long LongestLines = 8 * 1024 * 1024;
    const long LongestResult = 50 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var dispatch = routes.MapGroup("/api/v1/dispatches/{id}");
        dispatch.MapPost("/claim", async (string id, HttpRequest request, RunnerDesk desk, CancellationToken cancellationToken) =>
        {
            var answer = await desk.ClaimAsync(id, TokenOf(request), cancellationToken);
            return answer.Value is { } offer ? Results.Json(offer, DispatchJsonContext.Default.WorkOffer) : Refuse(answer.Result, answer.Reason);
        });
        dispatch.MapPost("/lines", (string id, HttpRequest request, RunnerDesk desk, CancellationToken cancellationToken) =>
            AnswerAsync(() => desk.HearAsync(id, TokenOf(request), token => ReadLinesAsync(request, token), cancellationToken)));
        dispatch.MapPost("/result", (string id, long lines, HttpRequest request, RunnerDesk desk, CancellationToken cancellationToken) =>
            DigestOf(request) is { } digest
                ? AnswerAsync(() => desk.AcceptAsync(id, TokenOf(request), token => ReadAsync(request, token), digest, lines, cancellationToken))
                : Task.FromResult(Refuse(DeskResult.Malformed, "Content-Digest with sha-256 is missing.")));
    }

    static async Task<IResult> AnswerAsync(Func<Task<DeskAnswer<RunnerAnswer>>> ask)
    {
        try
        {
            var answer = await ask();
            return answer.Value is { } value
                ? Results.Json(value, DispatchJsonContext.Default.RunnerAnswer, statusCode: StatusOf(answer.Result))
                : Refuse(answer.Result, answer.Reason);
        }
        catch (BadHttpRequestException e)
        {
            return Results.Problem(statusCode: e.StatusCode, title: e.Message);
        }
        catch (JsonException e)
        {
            return Refuse(DeskResult.Malformed, e.Message);
        }
    }

    static IResult Refuse(DeskResult result, string reason) => Results.Problem(statusCode: StatusOf(result), title: reason);

    static int StatusOf(DeskResult result) => result switch
    {
        DeskResult.Accepted => StatusCodes.Status200OK,
        DeskResult.Unknown => StatusCodes.Status404NotFound,
        DeskResult.NotProven => StatusCodes.Status401Unauthorized,
        DeskResult.NotTheJob => StatusCodes.Status403Forbidden,
        DeskResult.Over => StatusCodes.Status410Gone,
        DeskResult.OutOfOrder => StatusCodes.Status409Conflict,
        DeskResult.Malformed => StatusCodes.Status400BadRequest,
        DeskResult.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => throw new InvalidOperationException($"Nothing answers {result}."),
    };

    static string? TokenOf(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) && header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? header.Parameter : null;

    /// <summary>Of RFC 9530: <c>sha-256=:BASE64:</c>.</summary>
    static byte[]? DigestOf(HttpRequest request)
    {
        const string Start = "sha-256=:";
        var value = request.Headers["Content-Digest"].ToString();
        var bytes = new byte[32];
        return value.StartsWith(Start, StringComparison.Ordinal) && value.EndsWith(':')
            && Convert.TryFromBase64String(value[Start.Length..^1], bytes, out var length) && length == bytes.Length ? bytes : null;
    }

    static async Task<IReadOnlyList<RunnerLine>> ReadLinesAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        Limit(request, LongestLines);
        using var reader = new StreamReader(request.Body);
        var lines = new List<RunnerLine>();
        // One more than is taken is enough to be refused.
        while (lines.Count <= RunnerDesk.MostLines && await reader.ReadLineAsync(cancellationToken) is { } line)
            if (line.Length > 0) lines.Add(JsonSerializer.Deserialize(line, DispatchJsonContext.Default.RunnerLine) ?? throw new JsonException("A line is null."));
        return lines;
    }

    static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        Limit(request, LongestResult);
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancellationToken);
        return buffer.ToArray();
    }

    static void Limit(HttpRequest request, long bytes)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = bytes;
    }
}
