using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using TaskBot.GitHub.Client;

namespace TaskBot.GitHub.Authentication;

/// <summary>
/// The keys that an issuer signs with, found through its discovery document, kept for an hour, and asked for once more where a token names one that
/// is not known; that no more often than once a minute, whatever tokens name.
/// </summary>
sealed class OidcKeys(Uri issuer, HttpClient http, TimeProvider time) : IDisposable
{
    static readonly TimeSpan Fresh = TimeSpan.FromHours(1);

    /// <summary>Known keys hold for this long while the issuer cannot be reached.</summary>
    static readonly TimeSpan Stale = TimeSpan.FromHours(24);

    static readonly TimeSpan BetweenTries = TimeSpan.FromMinutes(1);

    /// <summary>Shorter keys can be broken.</summary>
    const int LeastBytes = 2048 / 8;

    readonly SemaphoreSlim _fetching = new(1, 1);
    FrozenDictionary<string, RSAParameters> _keys = FrozenDictionary<string, RSAParameters>.Empty;
    DateTimeOffset? _fetchedAt;
    DateTimeOffset? _triedAt;

    /// <returns>The key; null where the issuer has none of that id.</returns>
    /// <exception cref="HttpRequestException">The keys cannot be had.</exception>
    public async Task<RSAParameters?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await _fetching.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            var isKnown = _keys.ContainsKey(id);
            if ((!isKnown || now - _fetchedAt > Fresh) && (_triedAt is null || now - _triedAt >= BetweenTries)) await TryFetchAsync(now, isKnown, cancellationToken);
            if (_fetchedAt is null || now - _fetchedAt > Stale) throw new HttpRequestException($"The keys of {issuer} could not be read.");
            return _keys.TryGetValue(id, out var key) ? key : null;
        }
        finally
        {
            _fetching.Release();
        }
    }

    public void Dispose() => _fetching.Dispose();

    async Task TryFetchAsync(DateTimeOffset now, bool isKnown, CancellationToken cancellationToken)
    {
        _triedAt = now;
        try
        {
            _keys = await FetchAsync(cancellationToken);
            _fetchedAt = now;
        }
        catch (HttpRequestException) when (isKnown)
        {
            // A known key holds until it is stale.
        }
    }

    async Task<FrozenDictionary<string, RSAParameters>> FetchAsync(CancellationToken cancellationToken)
    {
        var discovery = await GetAsync<OidcDiscovery>(new Uri($"{issuer.AbsoluteUri.TrimEnd('/')}/.well-known/openid-configuration"), cancellationToken);
        if (!OidcTokenValidator.IsIssuer(issuer, discovery.Issuer) || !Uri.TryCreate(discovery.JwksUri, UriKind.Absolute, out var address) || address.Scheme != issuer.Scheme)
            throw new HttpRequestException($"The discovery document of {issuer} is of another issuer, or names no keys.");
        var set = await GetAsync<JsonWebKeySet>(address, cancellationToken);
        return set.Keys.Select(key => (key.Kid, Key: Read(key))).Where(key => key is { Kid: not null, Key: not null })
            .DistinctBy(key => key.Kid, StringComparer.Ordinal).ToFrozenDictionary(key => key.Kid!, key => key.Key!.Value, StringComparer.Ordinal);
    }

    async Task<T> GetAsync<T>(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            return JsonSerializer.Deserialize(await http.GetByteArrayAsync(address, cancellationToken), GitHubJson.Of<T>())!;
        }
        catch (Exception e) when (e is JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new HttpRequestException($"{address} did not answer, or with something else.", e);
        }
    }

    static RSAParameters? Read(JsonWebKey key)
    {
        if (key is not { Kty: "RSA", N: { } modulus, E: { } exponent } || key.Use is not (null or "sig") || key.Alg is not (null or "RS256")) return null;
        try
        {
            var parameters = new RSAParameters { Modulus = Base64Url.DecodeFromChars(modulus), Exponent = Base64Url.DecodeFromChars(exponent) };
            return parameters.Modulus.Length >= LeastBytes ? parameters : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

sealed record OidcDiscovery(string? Issuer, string? JwksUri);

sealed record JsonWebKeySet(IReadOnlyList<JsonWebKey> Keys);

sealed record JsonWebKey(string? Kid = null, string? Kty = null, string? N = null, string? E = null, string? Use = null, string? Alg = null);
