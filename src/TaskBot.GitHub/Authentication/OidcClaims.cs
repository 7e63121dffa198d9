using System.Text.Json;

namespace TaskBot.GitHub.Authentication;

/// <summary>
/// Who a job of GitHub Actions is, as its token says: numbers that GitHub gave out, never names to be taken apart (<c>sub</c> has more than one form).
/// Source: "OpenID Connect reference" in GitHub's documentation.
/// </summary>
/// <param name="RepositoryId">The repository whose workflow it is.</param>
/// <param name="RunId">The workflow run; the same over re-runs.</param>
/// <param name="RunAttempt">1-based.</param>
/// <param name="EventName">What started the workflow: <c>workflow_dispatch</c>.</param>
/// <param name="WorkflowRef">The workflow file and where it was taken from: <c>owner/name/.github/workflows/file.yml@refs/heads/main</c>.</param>
public sealed record OidcClaims(long RepositoryId, long RunId, int RunAttempt, string EventName, string WorkflowRef)
{
    /// <summary>The reusable workflow that the job stands in; null where it is in the workflow itself.</summary>
    public string? JobWorkflowRef { get; init; }

    /// <summary><c>github-hosted</c> or <c>self-hosted</c>; null where the server does not say.</summary>
    public string? RunnerEnvironment { get; init; }

    /// <summary>What the token says; null where one of the needed claims is missing or no number.</summary>
    internal static OidcClaims? Read(JsonElement claims) =>
        Number(claims, "repository_id") is { } repository && Number(claims, "run_id") is { } run && Number(claims, "run_attempt") is { } attempt
        && Text(claims, "event_name") is { } eventName && Text(claims, "workflow_ref") is { } workflow
            ? new(repository, run, (int)Math.Clamp(attempt, 1, int.MaxValue), eventName, workflow)
            {
                JobWorkflowRef = Text(claims, "job_workflow_ref"),
                RunnerEnvironment = Text(claims, "runner_environment"),
            }
            : null;

    internal static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var claim) && claim.ValueKind == JsonValueKind.String && claim.GetString() is { Length: > 0 } text ? text : null;

    /// <summary>GitHub writes its numbers as texts.</summary>
    static long? Number(JsonElement claims, string name) => long.TryParse(Text(claims, name), out var number) && number > 0 ? number : null;
}
