using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace TaskBot.Models.Recordings;

/// <summary>Takes secrets out of texts that are kept: the keys that this process knows, and what has the shape of a key or token.</summary>
/// <param name="secrets">Known keys; those shorter than eight characters are too common to be replaced.</param>
public sealed partial class SecretRedaction(IEnumerable<string?> secrets)
{
    /// <summary>What stands in a secret's place.</summary>
    public const string Mask = "***";

    private readonly ImmutableArray<string> _secrets =
        [.. secrets.OfType<string>().Where(secret => secret.Length >= 8).Distinct().OrderByDescending(secret => secret.Length)];

    public string Redact(string text)
    {
        foreach (var secret in _secrets)
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        return Shapes().Replace(text, match => match.Groups["keep"].Value + Mask);
    }

    // OpenAI's and Anthropic's keys, GitHub's, Hugging Face's, Google's, AWS's and Slack's tokens, JWTs, bearer headers and PEM keys.
    [GeneratedRegex(
        """
        \bsk-[A-Za-z0-9_\-]{16,}
        | \b(gh[a-z]_|github_pat_)[A-Za-z0-9_.\-]{16,}
        | \bhf_[A-Za-z0-9]{20,}
        | \bAIza[A-Za-z0-9_\-]{30,}
        | \bAKIA[A-Z0-9]{16}\b
        | \bxox[a-z]-[A-Za-z0-9\-]{10,}
        | \beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+
        | (?<keep>\bBearer[ ])[A-Za-z0-9_.\-+/=]{16,}
        | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----.*?(-----END[ ][A-Z ]*PRIVATE[ ]KEY-----|\z)
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Shapes();
}
