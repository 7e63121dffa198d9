using System.Net;

namespace TaskBot.GitHub.Client;

/// <summary>
/// A request that GitHub refused or that did not reach it. Carries what is needed to act on it, and neither the request's text nor a token.
/// </summary>
public class GitHubApiException : Exception
{
    public GitHubApiException(HttpMethod method, string path, HttpStatusCode? status, string reason, Exception? innerException = null)
        : base($"{method} /{path} {(status is { } code ? $"answered {(int)code}" : "failed")}: {reason}", innerException)
    {
        Method = method;
        Path = path;
        Status = status;
    }

    public HttpMethod Method { get; }

    /// <summary>The path without query, such as <c>repos/acme/demo/issues/1</c>.</summary>
    public string Path { get; }

    /// <summary>Null when there was no answer: no connection, a timeout, a broken transfer.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>Whether the same request may work later: no answer, an error of GitHub's own, or too many requests.</summary>
    public bool IsTransient => Refusal == GitHubRefusal.RateLimited || Status is null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    /// <summary>GitHub's own message, secrets taken out; null when it gave none.</summary>
    public string? GitHubMessage { get; init; }

    /// <summary>The permissions that would have been enough, such as <c>issues=write</c>; null when GitHub does not say.</summary>
    public string? AcceptedPermissions { get; init; }

    /// <summary>Where GitHub documents the call.</summary>
    public string? DocumentationUrl { get; init; }

    /// <summary>GitHub's id of the request, for its support.</summary>
    public string? RequestId { get; init; }

    /// <summary>Which of the known refusals this is.</summary>
    public GitHubRefusal Refusal { get; init; }
}

/// <summary>Refusals that have an answer a person can act on.</summary>
public enum GitHubRefusal
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary>401: the token is wrong, expired or revoked.</summary>
    BadCredentials,

    /// <summary>403: the token lacks a permission; <see cref="GitHubApiException.AcceptedPermissions"/> names it.</summary>
    PermissionMissing,

    /// <summary>403: a setting forbids workflows to open or approve pull requests; no permission in the workflow file helps.</summary>
    ActionsMayNotCreatePullRequests,

    /// <summary>A push touches <c>.github/workflows</c> and the token lacks the workflows permission.</summary>
    WorkflowsPermissionMissing,

    /// <summary>404: it does not exist, or the token may not see it. GitHub does not tell which.</summary>
    NotFoundOrNoAccess,

    /// <summary>403: the repository is archived and takes no writes.</summary>
    RepositoryArchived,

    /// <summary>403: the conversation is locked.</summary>
    ConversationLocked,

    /// <summary>422: GitHub understood and will not do it; the message says which field.</summary>
    Invalid,

    /// <summary>403 or 429: too many requests; see <see cref="GitHubRateLimitException"/>.</summary>
    RateLimited
}
