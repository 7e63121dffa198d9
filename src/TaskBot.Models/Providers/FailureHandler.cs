using System.Buffers;
using System.Text;

namespace TaskBot.Models.Providers;

/// <summary>
/// Turns an answer that is no success into a <see cref="Errors.ModelException"/> before a vendor's package sees it, so that what a status and its
/// headers mean is said in one place, and no package's exception quotes a body.
/// </summary>
internal sealed class FailureHandler(ProviderErrors errors, Action<HttpResponseMessage>? onResponse) : DelegatingHandler(Connections)
{
    /// <summary>An error's body is short; one that is not is a page for people.</summary>
    private const int MostOfABody = 64 * 1024;

    /// <summary>One pool of connections for all models; it follows changes of DNS.</summary>
    private static readonly SocketsHttpHandler Connections = new() { PooledConnectionLifetime = TimeSpan.FromMinutes(5) };

    /// <summary>A client that waits for ever: timeouts are its callers'.</summary>
    public static HttpClient CreateClient(ProviderErrors errors, Action<HttpResponseMessage>? onResponse) =>
        new(new FailureHandler(errors, onResponse), disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        onResponse?.Invoke(response);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw errors.FromStatus(response, await BeginningOfAsync(response.Content, cancellationToken));
    }

    private static async Task<string> BeginningOfAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MostOfABody);
        try
        {
            await using var body = await content.ReadAsStreamAsync(cancellationToken);
            return Encoding.UTF8.GetString(buffer, 0, await body.ReadAtLeastAsync(buffer.AsMemory(0, MostOfABody), MostOfABody, throwOnEndOfStream: false, cancellationToken));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
