using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace TaskBot.Models.Discovery;

/// <summary>
/// Looks for model servers on this machine, and nowhere else, by asking each known address for its list of models, which costs nothing. The addresses are those of
/// <see cref="ModelsOptions.LocalServers"/>.
/// </summary>
public sealed class LocalServers(IOptions<ModelsOptions> options, TimeProvider time)
{
    /// <summary>A list of models is short.</summary>
    private const int LargestList = 1 << 20;

    /// <summary>A server on this machine that takes longer than this does not answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>What answers, in the order of the names; addresses where nobody listens are left out.</summary>
    public async Task<ImmutableArray<LocalServer>> FindAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        var found = await Task.WhenAll(options.Value.LocalServers.OrderBy(place => place.Key, StringComparer.Ordinal)
            .Select(place => AskAsync(client, place.Key, place.Value, cancellationToken)));
        return [.. found.OfType<LocalServer>()];
    }

    private async Task<LocalServer?> AskAsync(HttpClient client, string name, Uri baseUrl, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var response = await client.GetAsync(new Uri($"{baseUrl.AbsoluteUri.TrimEnd('/')}/models"), HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (!response.IsSuccessStatusCode)
                return Unusable($"what answers there is no such server, or wants a key (status {(int)response.StatusCode})");
            return await ReadAsync(response, either.Token) is { } models
                ? new LocalServer(name, baseUrl, models, models.IsEmpty ? "it has no model yet" : null)
                : Unusable("what answers there has no list of models");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unusable($"it takes connections and does not answer within {Patience.TotalSeconds:0} s");
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
        {
            return null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Unusable("what answers there does not speak HTTP, or cut the connection");
        }

        LocalServer Unusable(string why) => new(name, baseUrl, [], why);
    }

    private static async Task<ImmutableArray<string>?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LargestList);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var length = await body.ReadAtLeastAsync(buffer.AsMemory(0, LargestList), LargestList, throwOnEndOfStream: false, cancellationToken);
            using var list = JsonDocument.Parse(buffer.AsMemory(0, length));
            if (list.RootElement.ValueKind != JsonValueKind.Object || !list.RootElement.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array)
                return null;
            return [.. data.EnumerateArray().Where(model => model.ValueKind == JsonValueKind.Object && model.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String)
                .Select(model => model.GetProperty("id").GetString()!)];
        }
        catch (JsonException)
        {
            return null; // A page for people, or a list that never ends.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
