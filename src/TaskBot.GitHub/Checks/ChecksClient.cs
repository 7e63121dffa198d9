using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.Checks;

/// <summary>Check runs and suites. Only an App may write check runs; a personal token may read.</summary>
public sealed class ChecksClient
{
    /// <summary>Annotations that one request may carry; more are appended by further updates.</summary>
    public const int AnnotationsPerRequest = 50;

    readonly GitHubConnection _connection;

    internal ChecksClient(GitHubConnection connection) => _connection = connection;

    /// <summary>Makes a check run; name and head are needed. Annotations over the limit follow in further requests.</summary>
    public async Task<CheckRun> CreateAsync(RepositoryName repository, CheckRunWrite run, CancellationToken cancellationToken)
    {
        var created = await _connection.SendAsync<CheckRunWrite, CheckRun>(
            HttpMethod.Post, $"repos/{repository.Owner}/{repository.Name}/check-runs", Fit(run, 0), cancellationToken);
        return await AppendAnnotationsAsync(repository, created, run, cancellationToken);
    }

    /// <summary>Changes a check run; what is null stays. Annotations are added to those that are there.</summary>
    public async Task<CheckRun> UpdateAsync(RepositoryName repository, long checkRunId, CheckRunWrite run, CancellationToken cancellationToken)
    {
        var updated = await UpdateOnceAsync(repository, checkRunId, Fit(run, 0), cancellationToken);
        return await AppendAnnotationsAsync(repository, updated, run, cancellationToken);
    }

    public Task<CheckRun> GetAsync(RepositoryName repository, long checkRunId, CancellationToken cancellationToken) =>
        _connection.GetAsync<CheckRun>($"repos/{repository.Owner}/{repository.Name}/check-runs/{checkRunId}", cancellationToken);

    public IAsyncEnumerable<CheckAnnotation> ListAnnotationsAsync(
        RepositoryName repository, long checkRunId, CancellationToken cancellationToken) =>
        _connection.ListAsync<CheckAnnotation>(
            $"repos/{repository.Owner}/{repository.Name}/check-runs/{checkRunId}/annotations", cancellationToken);

    /// <summary>Check runs of a commit, the latest of each name.</summary>
    /// <param name="reference">A commit id, branch or tag.</param>
    public IAsyncEnumerable<CheckRun> ListForReferenceAsync(
        RepositoryName repository, string reference, CancellationToken cancellationToken, string? name = null, long? appId = null) =>
        _connection.ListAsync<CheckRunPage, CheckRun>(
            $"repos/{repository.Owner}/{repository.Name}/commits/{reference:path}/check-runs",
            page => page.CheckRuns,
            cancellationToken,
            ("check_name", name),
            ("app_id", appId?.ToString()));

    public IAsyncEnumerable<CheckRun> ListForSuiteAsync(RepositoryName repository, long checkSuiteId, CancellationToken cancellationToken) =>
        _connection.ListAsync<CheckRunPage, CheckRun>(
            $"repos/{repository.Owner}/{repository.Name}/check-suites/{checkSuiteId}/check-runs", page => page.CheckRuns, cancellationToken);

    /// <summary>Asks the suite's App to run it again.</summary>
    public Task RerequestSuiteAsync(RepositoryName repository, long checkSuiteId, CancellationToken cancellationToken) =>
        _connection.SendAsync(
            HttpMethod.Post, $"repos/{repository.Owner}/{repository.Name}/check-suites/{checkSuiteId}/rerequest", cancellationToken);

    async Task<CheckRun> AppendAnnotationsAsync(
        RepositoryName repository, CheckRun run, CheckRunWrite whole, CancellationToken cancellationToken)
    {
        if (whole.Output is not { Annotations: { } annotations } output) return run;
        for (var from = AnnotationsPerRequest; from < annotations.Count; from += AnnotationsPerRequest)
            run = await UpdateOnceAsync(repository, run.Id, Fit(new CheckRunWrite(Output: output), from), cancellationToken);
        return run;
    }

    // Appending annotations twice would show them twice, so a lost answer is not repeated when there are any.
    Task<CheckRun> UpdateOnceAsync(RepositoryName repository, long checkRunId, CheckRunWrite run, CancellationToken cancellationToken) =>
        _connection.SendAsync<CheckRunWrite, CheckRun>(
            HttpMethod.Patch,
            $"repos/{repository.Owner}/{repository.Name}/check-runs/{checkRunId}",
            run,
            cancellationToken,
            run.Output?.Annotations is { Count: > 0 } ? RequestKind.Write : RequestKind.IdempotentWrite);

    static CheckRunWrite Fit(CheckRunWrite run, int from) => run with
    {
        Output = run.Output is not { } output ? null : output with
        {
            Summary = GitHubText.Cut(output.Summary, GitHubText.CheckOutputLimit),
            Text = GitHubText.Cut(output.Text, GitHubText.CheckOutputLimit),
            Annotations = output.Annotations?.Skip(from).Take(AnnotationsPerRequest).Select(annotation => annotation with
            {
                Message = GitHubText.CutBytes(annotation.Message, GitHubText.AnnotationByteLimit),
                RawDetails = GitHubText.CutBytes(annotation.RawDetails, GitHubText.AnnotationByteLimit),
                Title = GitHubText.Cut(annotation.Title, GitHubText.AnnotationTitleLimit)
            }).ToArray()
        }
    };
}

sealed record CheckRunPage(IReadOnlyList<CheckRun> CheckRuns);
