using System.Text.Json;
using System.Text.Json.Serialization;

namespace TaskBot.Setup;

/// <summary>What GitHub is told of the App that it is to make: exactly the permissions and events that TaskBot uses.</summary>
sealed record AppManifest(
    string Name, string Url, AppHook HookAttributes, string RedirectUrl, bool Public, IReadOnlyDictionary<string, string> DefaultPermissions, IReadOnlyList<string> DefaultEvents)
{
    static readonly Dictionary<string, string> Permissions = new(StringComparer.Ordinal)
    {
        ["metadata"] = "read",
        ["contents"] = "write",
        ["issues"] = "write",
        ["pull_requests"] = "write",
        ["checks"] = "write",
        ["statuses"] = "write",
        ["actions"] = "write",
    };

    static readonly string[] Events =
    [
        "issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_review_comment", "check_run", "check_suite", "workflow_run", "status", "push", "repository",
    ];

    /// <param name="webhooks">Where GitHub reaches the listener.</param>
    /// <param name="callback">Where the browser comes back to.</param>
    public static AppManifest Of(string name, Uri webhooks, Uri callback) => new(
        name, webhooks.GetLeftPart(UriPartial.Authority), new AppHook(webhooks.AbsoluteUri, Active: true), callback.AbsoluteUri, Public: false, Permissions, Events);

    public string ToJson() => JsonSerializer.Serialize(this, SetupJsonContext.Default.AppManifest);
}

/// <summary>Where an App's webhooks go.</summary>
sealed record AppHook(string Url, bool Active);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AppManifest))]
sealed partial class SetupJsonContext : JsonSerializerContext;
