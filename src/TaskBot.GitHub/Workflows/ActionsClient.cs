using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.Workflows;

/// <summary>GitHub Actions over REST: workflows, runs, jobs, logs, artifacts.</summary>
public sealed class ActionsClient
{
    readonly GitHubConnection _connection;

    internal ActionsClient(GitHubConnection connection) => _connection = connection;

    public IAsyncEnumerable<Workflow> ListWorkflowsAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        _connection.ListAsync<WorkflowPage, Workflow>(
            $"repos/{repository.Owner}/{repository.Name}/actions/workflows", page => page.Workflows, cancellationToken);

    /// <summary>Starts a workflow that listens to <c>workflow_dispatch</c>; answers with its run where the server tells it (null on older GHES).</summary>
    /// <param name="workflow">The id or file name.</param>
    /// <param name="inputs">25 at most.</param>
    public Task<DispatchedRun?> DispatchAsync(
        RepositoryName repository,
        string workflow,
        string reference,
        IReadOnlyDictionary<string, string>? inputs,
        CancellationToken cancellationToken) =>
        _connection.SendAsync<WorkflowDispatchBody, DispatchedRun?>(
            HttpMethod.Post,
            $"repos/{repository.Owner}/{repository.Name}/actions/workflows/{workflow}/dispatches",
            new(reference, inputs, ReturnRunDetails: true),
            cancellationToken);

    public IAsyncEnumerable<WorkflowRun> ListRunsAsync(
        RepositoryName repository,
        CancellationToken cancellationToken,
        string? headSha = null,
        string? branch = null,
        string? @event = null,
        string? status = null) =>
        _connection.ListAsync<WorkflowRunPage, WorkflowRun>(
            $"repos/{repository.Owner}/{repository.Name}/actions/runs",
            page => page.WorkflowRuns,
            cancellationToken,
            ("head_sha", headSha),
            ("branch", branch),
            ("event", @event),
            ("status", status));

    public Task<WorkflowRun> GetRunAsync(RepositoryName repository, long runId, CancellationToken cancellationToken) =>
        _connection.GetAsync<WorkflowRun>($"repos/{repository.Owner}/{repository.Name}/actions/runs/{runId}", cancellationToken);

    /// <summary>Jobs of the newest attempt.</summary>
    public IAsyncEnumerable<WorkflowJob> ListJobsAsync(RepositoryName repository, long runId, CancellationToken cancellationToken) =>
        _connection.ListAsync<WorkflowJobPage, WorkflowJob>(
            $"repos/{repository.Owner}/{repository.Name}/actions/runs/{runId}/jobs", page => page.Jobs, cancellationToken, ("filter", "latest"));

    /// <param name="attempt">1-based.</param>
    public IAsyncEnumerable<WorkflowJob> ListJobsOfAttemptAsync(
        RepositoryName repository, long runId, int attempt, CancellationToken cancellationToken) =>
        _connection.ListAsync<WorkflowJobPage, WorkflowJob>(
            $"repos/{repository.Owner}/{repository.Name}/actions/runs/{runId}/attempts/{attempt}/jobs", page => page.Jobs, cancellationToken);

    public Task<WorkflowJob> GetJobAsync(RepositoryName repository, long jobId, CancellationToken cancellationToken) =>
        _connection.GetAsync<WorkflowJob>($"repos/{repository.Owner}/{repository.Name}/actions/jobs/{jobId}", cancellationToken);

    /// <summary>A job's log as plain text, or null when it is gone or not written yet. The caller disposes the stream.</summary>
    public Task<Stream?> FindJobLogAsync(RepositoryName repository, long jobId, CancellationToken cancellationToken) =>
        _connection.FindDownloadAsync($"repos/{repository.Owner}/{repository.Name}/actions/jobs/{jobId}/logs", cancellationToken);

    /// <summary>A run's logs as a zip. The caller disposes the stream.</summary>
    public Task<Stream?> FindRunLogsAsync(RepositoryName repository, long runId, CancellationToken cancellationToken) =>
        _connection.FindDownloadAsync($"repos/{repository.Owner}/{repository.Name}/actions/runs/{runId}/logs", cancellationToken);

    public Task RerunAsync(RepositoryName repository, long runId, CancellationToken cancellationToken) =>
        _connection.SendAsync(HttpMethod.Post, $"repos/{repository.Owner}/{repository.Name}/actions/runs/{runId}/rerun", cancellationToken);

    public Task RerunFailedJobsAsync(RepositoryName repository, long runId, CancellationToken cancellationToken) =>
        _connection.SendAsync(
            HttpMethod.Post, $"repos/{repository.Owner}/{repository.Name}/actions/runs/{runId}/rerun-failed-jobs", cancellationToken);

    public Task RerunJobAsync(RepositoryName repository, long jobId, CancellationToken cancellationToken) =>
        _connection.SendAsync(HttpMethod.Post, $"repos/{repository.Owner}/{repository.Name}/actions/jobs/{jobId}/rerun", cancellationToken);

    /// <summary>Asks a run to stop; 409 when it has ended.</summary>
    public Task CancelAsync(RepositoryName repository, long runId, CancellationToken cancellationToken) =>
        _connection.SendAsync(HttpMethod.Post, $"repos/{repository.Owner}/{repository.Name}/actions/runs/{runId}/cancel", cancellationToken);

    public IAsyncEnumerable<Artifact> ListArtifactsAsync(
        RepositoryName repository, long runId, CancellationToken cancellationToken, string? name = null) =>
        _connection.ListAsync<ArtifactPage, Artifact>(
            $"repos/{repository.Owner}/{repository.Name}/actions/runs/{runId}/artifacts",
            page => page.Artifacts,
            cancellationToken,
            ("name", name));

    /// <summary>An artifact as a zip, or null when it expired. Untrusted when a fork's run made it. The caller disposes the stream.</summary>
    public Task<Stream?> FindArtifactAsync(RepositoryName repository, long artifactId, CancellationToken cancellationToken) =>
        _connection.FindDownloadAsync($"repos/{repository.Owner}/{repository.Name}/actions/artifacts/{artifactId}/zip", cancellationToken);
}

sealed record WorkflowPage(IReadOnlyList<Workflow> Workflows);

sealed record WorkflowRunPage(IReadOnlyList<WorkflowRun> WorkflowRuns);

sealed record WorkflowJobPage(IReadOnlyList<WorkflowJob> Jobs);

sealed record ArtifactPage(IReadOnlyList<Artifact> Artifacts);

sealed record WorkflowDispatchBody(
    [property: System.Text.Json.Serialization.JsonPropertyName("ref")] string Reference,
    IReadOnlyDictionary<string, string>? Inputs,
    bool ReturnRunDetails);
