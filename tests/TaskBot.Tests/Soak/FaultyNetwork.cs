using System.Net;
using System.Net.Http.Headers;
using System.Text;
using TaskBot.Testing.GitHub;

namespace TaskBot.Tests.Soak;

/// <summary>
/// The way to a simulated GitHub, which fails as networks and GitHub do: limits (403, 429), errors (500, 502, 503), connections that break and
/// requests that nobody answers, each before GitHub did what it was asked or after.
/// </summary>
/// <param name="faults">Chooses; null for a network without faults.</param>
sealed class FaultyNetwork(SimulatedGitHub github, SoakClock clock, Random? faults, double rate, int most) : HttpMessageHandler
{
    readonly Lock choosing = new();
    int made;

    /// <summary>How many faults there were.</summary>
    public int Faults => made;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var fault = Choose();
        switch (fault)
        {
            case 0:
                var limited = Message(request, HttpStatusCode.Forbidden, """{"message":"You have exceeded a secondary rate limit."}""");
                limited.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(20));
                return limited;
            case 1:
                var exhausted = Message(request, HttpStatusCode.Forbidden, """{"message":"API rate limit exceeded."}""");
                exhausted.Headers.Add("x-ratelimit-remaining", "0");
                exhausted.Headers.Add("x-ratelimit-reset", clock.GetUtcNow().AddSeconds(45).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
                return exhausted;
            case 2: return Message(request, HttpStatusCode.TooManyRequests, """{"message":"Too many requests."}""");
            case 3: return Message(request, HttpStatusCode.ServiceUnavailable, "<html>Unicorn!</html>");
            case 4: throw new HttpRequestException(HttpRequestError.ConnectionError, "The connection was reset.");
            case 5: await NobodyAnswersAsync(cancellationToken); break;
        }

        var body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        var answer = github.ReadLog(request.RequestUri!.AbsolutePath) is { } log
            ? new SimulatedAnswer(200, Text: log)
            : github.Answer(request.Method.Method, request.RequestUri.PathAndQuery, body, request.Headers.Authorization?.Parameter);
        switch (fault)
        {
            case 6: return Message(request, HttpStatusCode.BadGateway, """{"message":"Server Error"}""");
            case 7: throw new HttpRequestException(HttpRequestError.ResponseEnded, "The answer broke off.");
            case 8: await NobodyAnswersAsync(cancellationToken); break;
        }

        var response = Message(request, (HttpStatusCode)answer.Status, answer.Text ?? answer.Body?.ToJsonString() ?? "");
        if (answer.Location is not null) response.Headers.Location = new Uri(answer.Location);
        if (answer.Link is not null) response.Headers.TryAddWithoutValidation("Link", answer.Link);
        return response;
    }

    int Choose()
    {
        if (faults is null) return -1;
        lock (choosing)
        {
            if (made >= most || faults.NextDouble() >= rate) return -1;
            made++;
            return faults.Next(9);
        }
    }

    /// <summary>Time goes by until the client gives up.</summary>
    async Task NobodyAnswersAsync(CancellationToken cancellationToken)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var told = cancellationToken.Register(over.SetResult);
        clock.Advance(TimeSpan.FromMinutes(5));
        await over.Task;
        cancellationToken.ThrowIfCancellationRequested();
    }

    static HttpResponseMessage Message(HttpRequestMessage request, HttpStatusCode status, string text) =>
        new(status) { RequestMessage = request, Content = new StringContent(text, Encoding.UTF8, "application/json") };
}
