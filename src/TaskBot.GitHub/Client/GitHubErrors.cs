using System.Net;
using System.Text;
using System.Text.Json;
using TaskBot.GitHub.Authentication;

namespace TaskBot.GitHub.Client;

/// <summary>GitHub's error body.</summary>
sealed record ErrorBody(string? Message = null, string? DocumentationUrl = null, JsonElement? Errors = null);

/// <summary>Makes an exception of a refused answer, with the hint that people need.</summary>
static class GitHubErrors
{
    const int MessageLimit = 500;

    public static GitHubApiException From(ApiRequest request, HttpResponseMessage response, ReadOnlySpan<byte> body, string? token)
    {
        var error = Read(body);
        var said = GitHubText.Cut(TokenRedaction.Redact(Describe(error), token), MessageLimit);
        var permissions = Header(response, "X-Accepted-GitHub-Permissions");
        var refusal = Classify(response.StatusCode, said);
        var hint = Hint(refusal, permissions);
        var reason = string.Join(' ', new[] { said.Length == 0 ? response.ReasonPhrase ?? "no message" : said, hint }.Where(part => part.Length > 0));
        return new GitHubApiException(request.Method, request.Path, response.StatusCode, reason)
        {
            GitHubMessage = said.Length == 0 ? null : said,
            AcceptedPermissions = permissions,
            DocumentationUrl = error?.DocumentationUrl,
            RequestId = Header(response, "X-GitHub-Request-Id"),
            Refusal = refusal
        };
    }

    public static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    static ErrorBody? Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return body.IsEmpty ? null : JsonSerializer.Deserialize(body, GitHubJson.Default.ErrorBody);
        }
        catch (JsonException)
        {
            // A proxy's or load balancer's page: its text says nothing about the request, the status does.
            return null;
        }
    }

    static string Describe(ErrorBody? error)
    {
        var text = new StringBuilder(error?.Message);
        if (error?.Errors is { ValueKind: JsonValueKind.Array } errors)
        {
            foreach (var item in errors.EnumerateArray())
            {
                var detail = item.ValueKind == JsonValueKind.String ? item.GetString() : string.Join(' ', Details(item));
                if (!string.IsNullOrEmpty(detail)) text.Append(text.Length > 0 ? "; " : "").Append(detail);
            }
        }

        return text.ToString();
    }

    static IEnumerable<string> Details(JsonElement error)
    {
        if (error.ValueKind != JsonValueKind.Object) yield break;
        foreach (var name in (string[])["resource", "field", "code", "message"])
            if (error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String) yield return value.GetString()!;
    }

    static GitHubRefusal Classify(HttpStatusCode status, string message) => status switch
    {
        HttpStatusCode.Unauthorized => GitHubRefusal.BadCredentials,
        HttpStatusCode.NotFound => GitHubRefusal.NotFoundOrNoAccess,
        _ when Says(message, "not permitted to create or approve pull requests") => GitHubRefusal.ActionsMayNotCreatePullRequests,
        _ when Says(message, "without `workflows` permission") || Says(message, "without `workflow` scope")
            => GitHubRefusal.WorkflowsPermissionMissing,
        HttpStatusCode.Forbidden when Says(message, "archived") => GitHubRefusal.RepositoryArchived,
        HttpStatusCode.Forbidden when Says(message, "locked") => GitHubRefusal.ConversationLocked,
        HttpStatusCode.Forbidden => GitHubRefusal.PermissionMissing,
        HttpStatusCode.UnprocessableEntity => GitHubRefusal.Invalid,
        _ => GitHubRefusal.Other
    };

    static bool Says(string message, string part) => message.Contains(part, StringComparison.OrdinalIgnoreCase);

    static string Hint(GitHubRefusal refusal, string? permissions) => refusal switch
    {
        GitHubRefusal.BadCredentials => "The token is wrong, expired or revoked.",
        GitHubRefusal.PermissionMissing when permissions is not null => $"The token needs one of these permissions: {permissions}.",
        GitHubRefusal.PermissionMissing => "The token lacks a permission for this call.",
        GitHubRefusal.ActionsMayNotCreatePullRequests =>
            "Turn on \"Allow GitHub Actions to create and approve pull requests\" in the repository's (or organisation's) "
            + "Settings > Actions > General > Workflow permissions, or use a GitHub App's token.",
        GitHubRefusal.WorkflowsPermissionMissing => "Files in .github/workflows may be changed only with the App permission workflows: write.",
        GitHubRefusal.NotFoundOrNoAccess => "It does not exist, or the token has no access to it; GitHub does not tell which.",
        GitHubRefusal.RepositoryArchived => "Unarchive the repository to let it take changes.",
        GitHubRefusal.ConversationLocked => "Unlock the conversation to let it take comments.",
        _ => ""
    };
}
