using System.Collections.Immutable;
using System.Globalization;
using TaskBot.Engine.Outbox;
using TaskBot.GitHub.Checks;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Forges.GitHub;

/// <summary>Check runs and commit statuses on GitHub, as one kind of thing.</summary>
static class GitHubChecks
{
    /// <summary>Characters kept of a job's log, from its end; the beginning is checkout and set-up.</summary>
    const int MaximumLog = 256 * 1024;

    /// <summary>One check run of this name on this commit, whoever makes it at the same moment: in this process or in another one over the same store.</summary>
    /// <returns>Its address for people.</returns>
    public static async Task<string> PutAsync(
        GitHubClient client, EffectOutbox outbox, RepositoryName repository, CommitId head, CheckReport report, CancellationToken cancellationToken)
    {
        CheckRun? known = null;
        CheckRun? made = null;
        var id = await outbox.DoAsync($"check:{repository}@{head}:{report.Name}", FindAsync, ActAsync, cancellationToken);
        var number = long.Parse(id!, CultureInfo.InvariantCulture);
        if (made is not null) return made.HtmlUrl ?? "";
        known ??= await client.Checks.GetAsync(repository, number, cancellationToken);
        return (await client.Checks.UpdateAsync(repository, number, Write(head, report, known), cancellationToken)).HtmlUrl ?? "";

        async Task<string?> FindAsync(CancellationToken token)
        {
            await foreach (var run in client.Checks.ListForReferenceAsync(repository, head.Value, token, name: report.Name)) return IdOf(known = run);
            return null;
        }

        // A job may have lost what an earlier one remembered: the commit is asked either way.
        async Task<string?> ActAsync(CancellationToken token)
        {
            if (await FindAsync(token) is { } found) return found;
            return IdOf(made = await client.Checks.CreateAsync(repository, Write(head, report, known: null), token));
        }

        static string IdOf(CheckRun run) => run.Id.ToString(CultureInfo.InvariantCulture);
    }

    static CheckRunWrite Write(CommitId head, CheckReport report, CheckRun? known)
    {
        // Notes are added to those that are there, so that they are only written with the conclusion, which comes once.
        var notes = report.Conclusion is null || known?.Conclusion == report.Conclusion || report.Notes.IsEmpty ? null
            : report.Notes.Select(note => new CheckAnnotation(note.Path, note.Line, note.Line, "failure", note.Message)).ToArray();
        return new(
            Name: report.Name,
            HeadSha: known is null ? head.Value : null,
            Status: report.Conclusion is null ? CheckStatus.InProgress : CheckStatus.Completed,
            Conclusion: report.Conclusion,
            Output: new CheckRunOutputWrite(report.Title, GitHubText.Body(report.Summary), Annotations: notes));
    }

    /// <summary>What the branch's protection asks for, and what the rulesets do that hold for it: the repository's, the organisation's and the enterprise's.</summary>
    public static async Task<RequiredChecks> RequiredAsync(GitHubClient client, RepositoryName repository, string branch, CancellationToken cancellationToken)
    {
        if (await client.Repositories.FindBranchAsync(repository, branch, cancellationToken) is not { } found) return new([]);
        ImmutableArray<string> protection = [.. found.Protection?.RequiredStatusChecks?.Contexts ?? []];
        var isWhole = found is not { Protected: true, Protection: null };
        try
        {
            var ruled = ImmutableArray.CreateBuilder<string>();
            await foreach (var rule in client.Repositories.ListBranchRulesAsync(repository, branch, cancellationToken))
                ruled.AddRange((rule.Parameters?.RequiredStatusChecks ?? []).Select(check => check.Context));
            return new([.. protection.Union(ruled, StringComparer.Ordinal)], isWhole);
        }
        catch (GitHubApiException e) when (e.Refusal is GitHubRefusal.PermissionMissing or GitHubRefusal.NotFoundOrNoAccess)
        {
            // Not being told is not being told that there is none.
            return new(protection, IsWhole: false);
        }
    }

    public static async Task<ImmutableArray<ForgeCheck>> ListAsync(GitHubClient client, RepositoryName repository, CommitId head, CancellationToken cancellationToken)
    {
        var checks = ImmutableArray.CreateBuilder<ForgeCheck>();
        await foreach (var run in client.Checks.ListForReferenceAsync(repository, head.Value, cancellationToken))
        {
            var said = string.Join('\n', new[] { run.Output?.Title, run.Output?.Summary, run.Output?.Text }.Where(text => !string.IsNullOrWhiteSpace(text)));
            // A job of GitHub Actions has its check run's id; other Apps say what they have to say in the output.
            checks.Add(new(run.Name, run.Status == CheckStatus.Completed ? run.Conclusion : null, said) { Job = run.App?.Slug == "github-actions" ? run.Id : null });
        }

        foreach (var status in await StatusesAsync(client, repository, head, cancellationToken))
        {
            string? conclusion = status.State switch { "pending" => null, "success" => CheckConclusion.Success, _ => CheckConclusion.Failure };
            checks.Add(new(status.Context, conclusion, status.Description ?? ""));
        }

        return checks.DrainToImmutable();
    }

    public static async Task<string> ReadLogAsync(GitHubClient client, RepositoryName repository, ForgeCheck check, CancellationToken cancellationToken)
    {
        if (check.Job is not { } job) return check.Said;
        try
        {
            await using var log = await client.Actions.FindJobLogAsync(repository, job, cancellationToken);
            return log is null ? check.Said : $"{check.Said}\n{await EndOfAsync(log, cancellationToken)}".Trim();
        }
        catch (GitHubApiException e) when (e.Status is not null)
        {
            // Logs expire and need their own permission; the check's own words are still worth having.
            return $"{check.Said}\n(The job's log could not be read: {e.Message})".Trim();
        }
    }

    public static async Task<bool> RerunAsync(GitHubClient client, RepositoryName repository, ForgeCheck check, CancellationToken cancellationToken)
    {
        if (check.Job is not { } job) return false;
        try
        {
            await client.Actions.RerunJobAsync(repository, job, cancellationToken);
            return true;
        }
        catch (GitHubApiException e) when (e.Refusal is GitHubRefusal.PermissionMissing or GitHubRefusal.NotFoundOrNoAccess or GitHubRefusal.Invalid)
        {
            // Without the permission, or with a job that is too old, what it said is all there will be.
            return false;
        }
    }

    /// <summary>A token without the permission for statuses still tells of check runs.</summary>
    static async Task<IReadOnlyList<CommitStatus>> StatusesAsync(GitHubClient client, RepositoryName repository, CommitId head, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.Repositories.GetCombinedStatusAsync(repository, head.Value, cancellationToken)).Statuses;
        }
        catch (GitHubApiException e) when (e.Refusal is GitHubRefusal.PermissionMissing or GitHubRefusal.NotFoundOrNoAccess)
        {
            return [];
        }
    }

    static async Task<string> EndOfAsync(Stream log, CancellationToken cancellationToken)
    {
        var end = new Queue<string>();
        var size = 0;
        using var reader = new StreamReader(log);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            end.Enqueue(line);
            size += line.Length + 1;
            while (size > MaximumLog && end.Count > 1) size -= end.Dequeue().Length + 1;
        }

        return string.Join('\n', end);
    }
}
