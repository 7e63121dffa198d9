using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace TaskBot.GitHub.Authentication;

/// <summary>A GitHub App's own token: a JWT signed with RS256, valid ten minutes at most, made anew a minute before it ends.</summary>
public sealed class AppCredential : IGitHubCredential, IDisposable
{
    // A clock that runs ahead of GitHub's would otherwise make tokens "issued in the future"; GitHub allows ten minutes in all.
    static readonly TimeSpan Backdate = TimeSpan.FromMinutes(1);
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(8);
    static readonly string Header = Base64Url.EncodeToString("""{"alg":"RS256","typ":"JWT"}"""u8);

    readonly Lock _signing = new();
    readonly string _issuer;
    readonly RSA _key;
    readonly TimeProvider _time;
    string? _token;
    DateTimeOffset _renewAt;

    /// <param name="issuer">The App's client id (recommended by GitHub) or its numeric id.</param>
    /// <param name="privateKey">The key in PEM, PKCS#1 as GitHub gives it or PKCS#8.</param>
    /// <exception cref="ArgumentException">The text is not an RSA private key in PEM.</exception>
    public AppCredential(string issuer, string privateKey, TimeProvider time)
    {
        _issuer = issuer;
        _key = ReadKey(privateKey);
        _time = time;
    }

    /// <summary>The App that the options name.</summary>
    /// <exception cref="InvalidOperationException">They name none.</exception>
    internal static AppCredential From(GitHubOptions options, TimeProvider time) =>
        options.AppId is { Length: > 0 } issuer && options.ReadPrivateKey() is { } key
            ? new AppCredential(issuer, key, time)
            : throw new InvalidOperationException(
                $"No GitHub App is configured: set {GitHubOptions.Section}:AppId and {GitHubOptions.Section}:PrivateKey or PrivateKeyPath.");

    public ValueTask<string?> GetTokenAsync(CancellationToken cancellationToken)
    {
        lock (_signing)
        {
            var now = _time.GetUtcNow();
            if (_token is null || now >= _renewAt)
            {
                _token = Sign(now);
                _renewAt = now + Lifetime - TimeSpan.FromMinutes(1);
            }

            return ValueTask.FromResult<string?>(_token);
        }
    }

    public bool Forget(string token) => false;

    public void Dispose() => _key.Dispose();

    /// <summary>Reads an RSA private key; also one whose line breaks were written as <c>\n</c>, as in environment variables.</summary>
    internal static RSA ReadKey(string pem)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem.Replace("\\n", "\n", StringComparison.Ordinal));
            // A public key imports as well; only exporting tells that the private part is there.
            _ = key.ExportParameters(includePrivateParameters: true);
            return key;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new ArgumentException("The private key is not an RSA private key in PEM.", nameof(pem), exception);
        }
    }

    string Sign(DateTimeOffset now)
    {
        var claims = $$"""{"iat":{{(now - Backdate).ToUnixTimeSeconds()}},"exp":{{(now + Lifetime).ToUnixTimeSeconds()}},"iss":"{{JsonEncodedText.Encode(_issuer)}}"}""";
        var signed = $"{Header}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        var signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }
}
