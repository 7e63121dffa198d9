using System.Text.Json;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Sealing;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Actions;

/// <summary>
/// An issue's run between split jobs. The job that publishes leaves it in a file, which the Actions cache carries, and its digest in the tracking comment, which no
/// job that only reads can write: whatever else is found in the file is not believed, and is as if nothing were there.
/// </summary>
/// <param name="path">The file.</param>
sealed class KeptRun(IForge forge, IRunStore runs, string path)
{
    /// <summary>Puts the run that was kept into the store, which knows none yet.</summary>
    public async Task RecallAsync(RepositoryName repository, int issue, CancellationToken cancellationToken)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > SealedResult.MaximumBytes) return;
        if (await forge.FindCommentAsync(repository, issue, TrackingComment.Marker, cancellationToken) is not { } comment || TrackingSeal.Read(comment) is not { } digest) return;
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        if (SealedResult.DigestOf(bytes) != digest) return;
        var run = JsonSerializer.Deserialize(bytes, RunJsonContext.Default.RunRecord)!;
        if (run.Issue == issue && RepositoryName.Parse(run.Repository) == repository) await runs.CreateAsync(run, cancellationToken);
    }

    /// <summary>Keeps the newest run of the issue as it stands, where there is one that people were told of.</summary>
    public async Task KeepAsync(RepositoryName repository, int issue, CancellationToken cancellationToken)
    {
        if (await runs.FindByIssueAsync(repository.ToString(), issue, cancellationToken) is not { Outcome: not null } run) return;
        if (await forge.FindCommentAsync(repository, issue, TrackingComment.Marker, cancellationToken) is not { } comment) return;
        // How often a store saved it says nothing of the run.
        var bytes = JsonSerializer.SerializeToUtf8Bytes(run with { Version = 0 }, RunJsonContext.Default.RunRecord);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, bytes, cancellationToken);
        await forge.PutCommentAsync(repository, issue, TrackingComment.Marker, TrackingSeal.Put(comment, SealedResult.DigestOf(bytes)), cancellationToken);
    }
}
