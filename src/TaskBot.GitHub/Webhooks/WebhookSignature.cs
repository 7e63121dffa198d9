using System.Security.Cryptography;
using System.Text;

namespace TaskBot.GitHub.Webhooks;

/// <summary>What a delivery's <c>X-Hub-Signature-256</c> header turned out to be.</summary>
public enum WebhookSignatureResult
{
    /// <summary>Made over exactly these bytes with one of the secrets.</summary>
    Valid,

    /// <summary>No header.</summary>
    Missing,

    /// <summary>Not <c>sha256=</c> and 64 hexadecimal digits.</summary>
    Malformed,

    /// <summary>Made with another secret or over other bytes.</summary>
    Wrong
}

/// <summary>Checks webhook signatures: HMAC-SHA256 over the raw body, compared in constant time.</summary>
public static class WebhookSignature
{
    const string Prefix = "sha256=";

    /// <summary>Checks a signature against each live secret; two are live while one is being rotated.</summary>
    /// <exception cref="ArgumentException">There is no secret, or an empty one: that is a mistake of ours and never "valid".</exception>
    public static WebhookSignatureResult Check(ReadOnlySpan<byte> body, string? header, params IReadOnlyList<string> secrets)
    {
        if (secrets.Count == 0 || secrets.Any(string.IsNullOrEmpty)) throw new ArgumentException("A signature is checked by a secret.", nameof(secrets));
        if (string.IsNullOrEmpty(header)) return WebhookSignatureResult.Missing;
        Span<byte> claimed = stackalloc byte[SHA256.HashSizeInBytes];
        if (!header.StartsWith(Prefix, StringComparison.Ordinal)
            || header.Length != Prefix.Length + (2 * SHA256.HashSizeInBytes)
            || Convert.FromHexString(header.AsSpan(Prefix.Length), claimed, out _, out _) != System.Buffers.OperationStatus.Done)
            return WebhookSignatureResult.Malformed;

        // All secrets are tried, whichever fits: the time taken tells nothing about which one it was.
        var valid = false;
        Span<byte> computed = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (var secret in secrets)
        {
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body, computed);
            valid |= CryptographicOperations.FixedTimeEquals(computed, claimed);
        }

        return valid ? WebhookSignatureResult.Valid : WebhookSignatureResult.Wrong;
    }

    /// <summary>The header for a body: what GitHub would send. For rehearsal and tests.</summary>
    public static string Sign(ReadOnlySpan<byte> body, string secret) =>
        Prefix + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));
}
