using System.Text.RegularExpressions;

namespace TaskBot.GitHub.Authentication;

/// <summary>Takes secrets out of text that is shown or logged.</summary>
public static partial class TokenRedaction
{
    /// <summary>What stands in a secret's place.</summary>
    public const string Mask = "***";

    /// <summary>
    /// Replaces GitHub's tokens of any kind and length (also the newer <c>ghs_</c> form with a JWT inside), other JWTs, credentials in URLs
    /// and headers, private keys in PEM, and the secrets named.
    /// </summary>
    public static string Redact(string text, params ReadOnlySpan<string?> secrets)
    {
        foreach (var secret in secrets)
            if (!string.IsNullOrWhiteSpace(secret)) text = text.Replace(secret, Mask, StringComparison.Ordinal);
        return Secrets().Replace(text, match => match.Groups["keep"].Value + Mask + match.Groups["tail"].Value);
    }

    [GeneratedRegex(
        """
        \b(?:gh[a-z]_|github_pat_)[A-Za-z0-9_.\-]+
        | \beyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+
        | (?<keep>\b(?:Bearer|token|Basic)\s+)[A-Za-z0-9_.\-+/=]{16,}
        | (?<keep>://)[^\s/@:]*:[^\s/@]+(?<tail>@)
        | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----.*?(?:-----END[ ][A-Z ]*PRIVATE[ ]KEY-----|\z)
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Secrets();
}
