using System.ComponentModel.DataAnnotations;
using System.Net.Http.Headers;
using Microsoft.Extensions.Options;
using TaskBot.GitHub.Authentication;

namespace TaskBot.GitHub;

/// <summary>The section <c>GitHub</c>. Checked at start: what is wrong there stops the program with a message that names the key.</summary>
public sealed class GitHubOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "GitHub";

    /// <summary>The version of the API that every request names.</summary>
    public const string ApiVersion = "2022-11-28";

    internal static readonly ProductInfoHeaderValue UserAgent =
        new("TaskBot", typeof(GitHubOptions).Assembly.GetName().Version?.ToString(3) ?? "0");

    /// <summary>The REST API: <c>https://api.github.com</c>, or <c>https://HOST/api/v3</c> on GHES.</summary>
    [Required]
    public Uri ApiUrl { get; set; } = new("https://api.github.com");

    /// <summary>The GraphQL endpoint; derived from <see cref="ApiUrl"/> when not given.</summary>
    public Uri? GraphQLUrl { get; set; }

    /// <summary>Where people look at repositories; derived from <see cref="ApiUrl"/> when not given.</summary>
    public Uri? ServerUrl { get; set; }

    /// <summary>Who signs the tokens of Actions' jobs; derived from <see cref="ApiUrl"/> when not given.</summary>
    public Uri? OidcIssuer { get; set; }

    /// <summary>The App's client id or numeric id.</summary>
    public string? AppId { get; set; }

    /// <summary>The App's private key in PEM. Secret.</summary>
    public string? PrivateKey { get; set; }

    /// <summary>A file with the private key, instead of <see cref="PrivateKey"/>.</summary>
    public string? PrivateKeyPath { get; set; }

    /// <summary>The secret that webhooks are signed with. Secret.</summary>
    public string? WebhookSecret { get; set; }

    /// <summary>The secret before the last rotation, still accepted. Secret.</summary>
    public string? PreviousWebhookSecret { get; set; }

    /// <summary>A token to use instead of an App: <c>GITHUB_TOKEN</c> or a personal access token. Secret.</summary>
    public string? Token { get; set; }

    /// <summary>How a repository's files are brought here: by git, or where a network lets nothing but the API through, by the API.</summary>
    public ObjectTransport Objects { get; set; }

    /// <summary>The least time between the starts of two writes of one credential; GitHub asks for a second.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan WriteInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one attempt at a request may take. GitHub itself gives up after 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest wait for a limit inside a call; beyond it the call fails with the time to come back.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MaxRateLimitWait { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary><see cref="GraphQLUrl"/>, or what <see cref="ApiUrl"/> says it is: <c>/api/graphql</c> on GHES, else <c>/graphql</c>.</summary>
    public Uri GraphQLAddress => GraphQLUrl
        ?? (IsEnterprise ? new Uri(ApiUrl, "/api/graphql") : new Uri(ApiUrl.AbsoluteUri.TrimEnd('/') + "/graphql"));

    /// <summary><see cref="ServerUrl"/>, or what <see cref="ApiUrl"/> says it is.</summary>
    public Uri ServerAddress => ServerUrl
        ?? (ApiUrl.Host == "api.github.com" ? new Uri("https://github.com/") : new Uri(ApiUrl.GetLeftPart(UriPartial.Authority) + "/"));

    /// <summary><see cref="OidcIssuer"/>, or what <see cref="ApiUrl"/> says it is: <c>/_services/token</c> on GHES, else github.com's.</summary>
    public Uri OidcIssuerAddress => OidcIssuer
        ?? (IsEnterprise ? new Uri(ApiUrl.GetLeftPart(UriPartial.Authority) + "/_services/token") : new Uri("https://token.actions.githubusercontent.com"));

    /// <summary>The secrets that a delivery's signature may be made with, the current one first.</summary>
    public IReadOnlyList<string> WebhookSecrets =>
        [.. new[] { WebhookSecret, PreviousWebhookSecret }.OfType<string>().Where(secret => secret.Length > 0)];

    bool IsEnterprise => ApiUrl.AbsolutePath.TrimEnd('/') == "/api/v3";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, address) in new[] { (nameof(ApiUrl), ApiUrl), (nameof(GraphQLUrl), GraphQLUrl), (nameof(ServerUrl), ServerUrl), (nameof(OidcIssuer), OidcIssuer) })
        {
            if (address is not null && (!address.IsAbsoluteUri || address.Scheme is not ("https" or "http")))
                yield return Problem(name, $"'{address}' is not an absolute http(s) address");
            else if (address is { UserInfo.Length: > 0 })
                yield return Problem(name, "an address carries no user name or password; set Token instead");
        }

        if (PrivateKey is { Length: > 0 } && PrivateKeyPath is { Length: > 0 })
            yield return Problem(nameof(PrivateKeyPath), "give PrivateKey or PrivateKeyPath, not both");
        var hasKey = PrivateKey is { Length: > 0 } || PrivateKeyPath is { Length: > 0 };
        if (AppId is { Length: > 0 } && !hasKey) yield return Problem(nameof(PrivateKey), "an App needs PrivateKey or PrivateKeyPath besides AppId");
        if (hasKey && AppId is not { Length: > 0 }) yield return Problem(nameof(AppId), "a private key needs AppId: the App's client id or number");
        if (KeyProblem() is { } problem) yield return problem;
        if (WebhookSecret is not { Length: > 0 } && PreviousWebhookSecret is { Length: > 0 })
            yield return Problem(nameof(WebhookSecret), "PreviousWebhookSecret is set and WebhookSecret is not");
    }

    /// <summary>The private key's text, or null when none is configured.</summary>
    /// <exception cref="IOException">The key file cannot be read.</exception>
    internal string? ReadPrivateKey() =>
        PrivateKey is { Length: > 0 } ? PrivateKey : PrivateKeyPath is { Length: > 0 } path ? File.ReadAllText(path) : null;

    internal static ValidationResult Problem(string key, string what) => new($"{Section}:{key}: {what}.", [key]);

    ValidationResult? KeyProblem()
    {
        try
        {
            if (ReadPrivateKey() is { } key) AppCredential.ReadKey(key).Dispose();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Problem(nameof(PrivateKeyPath), $"the file '{PrivateKeyPath}' cannot be read");
        }
        catch (ArgumentException)
        {
            return Problem(PrivateKey is { Length: > 0 } ? nameof(PrivateKey) : nameof(PrivateKeyPath), "this is not an RSA private key in PEM");
        }
    }
}

/// <summary>How files of a repository come from GitHub.</summary>
public enum ObjectTransport
{
    /// <summary>By git's own protocol: history comes along, and files' contents when they are read.</summary>
    Git,

    /// <summary>By the REST API: an archive and what it lacks, without history.</summary>
    Api,
}

/// <summary>Checks <see cref="GitHubOptions"/> by generated code.</summary>
[OptionsValidator]
sealed partial class GitHubOptionsValidator : IValidateOptions<GitHubOptions>;
