using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Forges;
using TaskBot.GitHub.Actions;

namespace TaskBot.Actions;

/// <summary>The server does not want what this job does; the message says why.</summary>
sealed class ServerRefusalException(HttpStatusCode status, string reason) : Exception(reason)
{
    /// <summary>Whether the work is merely not wanted any more.</summary>
    public bool IsOver => status == HttpStatusCode.Gone;
}

/// <summary>Speaks with the server that gave this job its work. What fails on the way is tried again, for a while.</summary>
sealed class ServerClient(HttpClient http, Uri server, string dispatch, OidcTokenSource tokens, TimeProvider time)
{
    /// <summary>A server that is restarted is back by then.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public Task<WorkOffer> ClaimAsync(CancellationToken cancellationToken) =>
        SendAsync("claim", content: null, DispatchJsonContext.Default.WorkOffer, Patience, cancellationToken);

    /// <param name="patience">For how long it is tried again where the server cannot be reached.</param>
    public Task<RunnerAnswer> TellAsync(IReadOnlyList<RunnerLine> lines, TimeSpan patience, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var line in lines) text.Append(JsonSerializer.Serialize(line, DispatchJsonContext.Default.RunnerLine)).Append('\n');
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        return SendAsync("lines", () => Content(bytes, "application/x-ndjson"), DispatchJsonContext.Default.RunnerAnswer, patience, cancellationToken);
    }

    /// <param name="lines">How many lines were told in all.</param>
    public Task<RunnerAnswer> LeaveAsync(SealedWork work, long lines, CancellationToken cancellationToken)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(work, DispatchJsonContext.Default.SealedWork);
        var digest = $"sha-256=:{Convert.ToBase64String(SHA256.HashData(bytes))}:";
        return SendAsync(
            $"result?lines={lines}",
            () =>
            {
                var content = Content(bytes, "application/json");
                content.Headers.Add("Content-Digest", digest);
                return content;
            },
            DispatchJsonContext.Default.RunnerAnswer, Patience, cancellationToken);
    }

    static ByteArrayContent Content(byte[] bytes, string type) => new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };

    /// <exception cref="ServerRefusalException">The server refused it.</exception>
    /// <exception cref="HttpRequestException">It could not be reached for as long as there was patience.</exception>
    async Task<T> SendAsync<T>(string what, Func<HttpContent>? content, JsonTypeInfo<T> type, TimeSpan patience, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await SendOnceAsync(what, content, type, cancellationToken);
            }
            catch (Exception e) when (IsLost(e, cancellationToken) && time.GetElapsedTime(begun) + TransientFailure.WaitAfter(tries) < patience)
            {
                await Task.Delay(TransientFailure.WaitAfter(tries), time, cancellationToken);
            }
        }
    }

    async Task<T> SendOnceAsync<T>(string what, Func<HttpContent>? content, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{server.OriginalString.TrimEnd('/')}/api/v1/dispatches/{Uri.EscapeDataString(dispatch)}/{what}") { Content = content?.Invoke() };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await tokens.GetAsync(cancellationToken));
        using var response = await http.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode)
            return JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(cancellationToken), type) ?? throw new HttpRequestException("The server answered nothing.");
        if (response.StatusCode >= HttpStatusCode.InternalServerError) throw new HttpRequestException($"The server answered {(int)response.StatusCode}.", inner: null, response.StatusCode);
        throw new ServerRefusalException(response.StatusCode, $"The server answered {(int)response.StatusCode}: {await ReasonAsync(response, cancellationToken)}");
    }

    static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            return body.RootElement.TryGetProperty("title", out var title) && title.ValueKind == JsonValueKind.String ? title.GetString()! : response.ReasonPhrase ?? "no reason";
        }
        catch (JsonException)
        {
            // Something else than the server answered, such as a proxy in front of it.
            return response.ReasonPhrase ?? "no reason";
        }
    }

    /// <summary>Whether it is the way that failed, and not the server that refused.</summary>
    public static bool IsLost(Exception e, CancellationToken cancellationToken) =>
        e is HttpRequestException or IOException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
