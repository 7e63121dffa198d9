using System.Net.Http.Headers;
using System.Text.Json;
using TaskBot.GitHub.Client;

namespace TaskBot.GitHub.Actions;

/// <summary>Gets the tokens by which a job proves who it is; they live a few minutes, so each is asked for anew when it has lived half a minute.</summary>
public sealed class OidcTokenSource(ActionsEnvironment job, string audience, HttpClient http, TimeProvider time)
{
    static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    string? _token;
    long _askedAt;

    /// <exception cref="InvalidOperationException">The job may not have tokens; the message says what to write in the workflow.</exception>
    /// <exception cref="HttpRequestException">The runner's own service did not answer, or not with a token.</exception>
    public async Task<string> GetAsync(CancellationToken cancellationToken)
    {
        if (_token is { } known && time.GetElapsedTime(_askedAt) < Kept) return known;
        if (job.IdTokenRequestUrl is not { } address || job.IdTokenRequestToken is not { } secret)
            throw new InvalidOperationException("This job may not prove who it is. Give it 'id-token: write' under 'permissions' in the workflow.");
        _askedAt = time.GetTimestamp();
        // The address has a query of its own already.
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{address}&audience={Uri.EscapeDataString(audience)}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        try
        {
            var answer = JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(cancellationToken), GitHubJson.Of<IdTokenAnswer>());
            return _token = answer?.Value ?? throw new HttpRequestException("The runner's service of tokens gave none.");
        }
        catch (JsonException e)
        {
            throw new HttpRequestException("The runner's service of tokens gave something else.", e);
        }
    }
}

sealed record IdTokenAnswer(string? Value);
