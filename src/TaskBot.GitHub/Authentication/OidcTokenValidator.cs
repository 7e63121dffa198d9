using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace TaskBot.GitHub.Authentication;

/// <summary>
/// Checks the tokens by which jobs of GitHub Actions prove who they are. Closed by default: one way to sign (RS256, the only one that GitHub uses), one
/// issuer, one audience, and every claim that is asked for has to be there.
/// </summary>
public sealed class OidcTokenValidator : IDisposable
{
    /// <summary>What clocks may differ by.</summary>
    static readonly TimeSpan Leeway = TimeSpan.FromSeconds(60);

    /// <summary>Characters; GitHub's are about 1,500.</summary>
    const int LongestToken = 16_384;

    const long LongestAnswer = 1 << 20;

    readonly Uri _issuer;
    readonly TimeProvider _time;
    readonly HttpClient _http;
    readonly OidcKeys _keys;

    /// <param name="handler">What requests for keys go through, owned by the caller; null for the network.</param>
    public OidcTokenValidator(IOptions<GitHubOptions> options, TimeProvider time, HttpMessageHandler? handler = null)
    {
        _issuer = options.Value.OidcIssuerAddress;
        _time = time;
        _http = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }, disposeHandler: handler is null)
        {
            MaxResponseContentBufferSize = LongestAnswer,
            Timeout = options.Value.RequestTimeout,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(GitHubOptions.UserAgent);
        _keys = new OidcKeys(_issuer, _http, time);
    }

    /// <param name="token">As it came; null where none did.</param>
    /// <param name="expected">Whom it has to be of.</param>
    /// <param name="cancellationToken">Ends the asking for keys.</param>
    public async Task<OidcCheck> CheckAsync(string? token, OidcExpectation expected, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(token)) return new(OidcTokenResult.Missing);
        if (token.Length > LongestToken || token.Split('.') is not [var head, var body, var signed]) return new(OidcTokenResult.Malformed);
        if (Json(head) is not { } header || Json(body) is not { } claims || Bytes(signed) is not { } signature) return new(OidcTokenResult.Malformed);
        // Before any key is looked at, so that no token chooses how it is checked.
        if (OidcClaims.Text(header, "alg") != "RS256" || header.TryGetProperty("crit", out _)) return new(OidcTokenResult.AlgorithmRefused);
        if (!IsIssuer(_issuer, OidcClaims.Text(claims, "iss"))) return new(OidcTokenResult.OtherIssuer);
        try
        {
            if (OidcClaims.Text(header, "kid") is not { } id || await _keys.FindAsync(id, cancellationToken) is not { } key) return new(OidcTokenResult.KeyUnknown);
            using var rsa = RSA.Create(key);
            if (!rsa.VerifyData(Encoding.ASCII.GetBytes($"{head}.{body}"), signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)) return new(OidcTokenResult.SignatureWrong);
        }
        catch (HttpRequestException)
        {
            return new(OidcTokenResult.KeysUnreachable);
        }

        return CheckClaims(claims, expected);
    }

    public void Dispose()
    {
        _keys.Dispose();
        _http.Dispose();
    }

    /// <summary>An issuer is a text, and compared as one; only a last slash is not told apart.</summary>
    internal static bool IsIssuer(Uri issuer, string? named) => named is not null && named.TrimEnd('/') == issuer.OriginalString.TrimEnd('/');

    OidcCheck CheckClaims(JsonElement claims, OidcExpectation expected)
    {
        var now = _time.GetUtcNow();
        if (!IsFor(claims, expected.Audience)) return new(OidcTokenResult.OtherAudience);
        if (Moment(claims, "exp") is not { } end || Moment(claims, "iat") is not { } issued) return new(OidcTokenResult.ClaimsMissing);
        if (end + Leeway <= now) return new(OidcTokenResult.Expired);
        if (issued - Leeway > now || Moment(claims, "nbf") - Leeway > now) return new(OidcTokenResult.NotYetValid);
        if (OidcClaims.Read(claims) is not { } read) return new(OidcTokenResult.ClaimsMissing);
        if (read.RepositoryId != expected.RepositoryId) return new(OidcTokenResult.OtherRepository);
        return expected.RunId is { } run && read.RunId != run ? new(OidcTokenResult.OtherRun) : new(OidcTokenResult.Valid, read);
    }

    static bool IsFor(JsonElement claims, string audience) => claims.TryGetProperty("aud", out var named) && named.ValueKind switch
    {
        JsonValueKind.String => named.ValueEquals(audience),
        JsonValueKind.Array => named.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.ValueEquals(audience)),
        _ => false,
    };

    static DateTimeOffset? Moment(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var claim) && claim.ValueKind == JsonValueKind.Number && claim.TryGetInt64(out var seconds) && seconds is > 0 and < 253_402_300_000
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    static JsonElement? Json(string part)
    {
        try
        {
            return Bytes(part) is { } bytes && JsonDocument.Parse(bytes).RootElement is { ValueKind: JsonValueKind.Object } element ? element : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static byte[]? Bytes(string part)
    {
        try
        {
            return Base64Url.DecodeFromChars(part);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
