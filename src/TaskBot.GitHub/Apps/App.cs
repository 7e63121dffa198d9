using TaskBot.GitHub.Accounts;

namespace TaskBot.GitHub.Apps;

/// <summary>A GitHub App.</summary>
/// <param name="Slug">Its name in URLs; its bot account is <c>slug[bot]</c>.</param>
public sealed record App(long Id, string? Slug = null, string? Name = null, string? ClientId = null, User? Owner = null, string? HtmlUrl = null);

/// <summary>An App's presence in an account. Most events carry only the id.</summary>
/// <param name="RepositorySelection"><c>all</c> or <c>selected</c>.</param>
/// <param name="SuspendedAt">Not null when the account's owner suspended the App.</param>
public sealed record Installation(
    long Id,
    User? Account = null,
    long? AppId = null,
    string? AppSlug = null,
    string? TargetType = null,
    string? RepositorySelection = null,
    DateTimeOffset? SuspendedAt = null,
    IReadOnlyDictionary<string, string>? Permissions = null);

/// <summary>An installation token.</summary>
/// <param name="Token">A secret of any length: never log it, never assume its form.</param>
/// <param name="ExpiresAt">An hour after it was made.</param>
public sealed record InstallationAccessToken(
    string Token, DateTimeOffset ExpiresAt, IReadOnlyDictionary<string, string>? Permissions = null, string? RepositorySelection = null)
{
    /// <summary>Says everything but the secret.</summary>
    public override string ToString() => $"InstallationAccessToken {{ ExpiresAt = {ExpiresAt:O} }}";
}

/// <summary>What an installation token may do and where; null means all that the installation may.</summary>
/// <param name="Repositories">Names without owner, 500 at most.</param>
/// <param name="Permissions">For example <c>contents</c> to <c>read</c>.</param>
public sealed record InstallationTokenScope(
    IReadOnlyList<string>? Repositories = null,
    IReadOnlyList<long>? RepositoryIds = null,
    IReadOnlyDictionary<string, string>? Permissions = null);

/// <summary>What GitHub gives for an App that was just made from a manifest. Holds secrets.</summary>
public sealed record AppRegistration(
    long Id, string Slug, string ClientId, string ClientSecret, string Pem, string? WebhookSecret = null, string? Name = null,
    string? HtmlUrl = null)
{
    /// <summary>Says everything but the secrets.</summary>
    public override string ToString() => $"AppRegistration {{ Id = {Id}, Slug = {Slug} }}";
}

/// <summary>Where an App's webhooks go.</summary>
/// <param name="ContentType"><c>json</c> or <c>form</c>.</param>
/// <param name="Secret">Write only: GitHub answers with asterisks.</param>
public sealed record WebhookConfig(string? Url = null, string? ContentType = null, string? Secret = null)
{
    /// <summary>Says everything but the secret.</summary>
    public override string ToString() => $"WebhookConfig {{ Url = {Url}, ContentType = {ContentType} }}";
}

/// <summary>An attempt to deliver a webhook.</summary>
/// <param name="Id">The attempt; <paramref name="Guid"/> is the delivery, the same over all attempts (<c>X-GitHub-Delivery</c>).</param>
/// <param name="Status"><c>OK</c>, or why it failed.</param>
/// <param name="StatusCode">What the receiver answered; 0 when it did not.</param>
public sealed record HookDelivery(
    long Id,
    string Guid,
    DateTimeOffset DeliveredAt,
    string Status,
    int StatusCode,
    string Event,
    string? Action = null,
    bool Redelivery = false,
    long? InstallationId = null,
    long? RepositoryId = null,
    HookDeliveryRequest? Request = null);

/// <summary>What was sent in a delivery.</summary>
public sealed record HookDeliveryRequest(System.Text.Json.JsonElement? Headers = null, System.Text.Json.JsonElement? Payload = null);
