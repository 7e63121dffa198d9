using TaskBot.Bot.Events;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Sealing;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Actions;

/// <summary>What this job, which thinks, hands to the one that writes; <see cref="SealedReader"/> is the other end.</summary>
/// <param name="path">The file.</param>
sealed class SealedWriter(string path)
{
    readonly List<SealedReply> replies = [];
    readonly List<SealedRun> runs = [];

    /// <summary>Notes what a command said.</summary>
    public void Add(string command, VerbAnswer answer)
    {
        var (isRefused, text) = answer switch
        {
            VerbAnswer.Done done => (false, done.Text),
            VerbAnswer.Refused refused => (true, refused.Reason),
            _ => (false, null),
        };
        if (!string.IsNullOrWhiteSpace(text)) replies.Add(SealedText.Redact(new SealedReply(command, isRefused, GitHubText.Body(text))));
    }

    /// <summary>Notes what became of a run.</summary>
    /// <param name="pinned">The run as it was queued.</param>
    /// <param name="run">The run as it ended.</param>
    /// <exception cref="ForgeException">The other job would refuse it; the message says why.</exception>
    public async Task AddAsync(RunRecord pinned, RunRecord run, IServiceProvider services, string branchPrefix, CancellationToken cancellationToken)
    {
        var plan = run.IsPlanShown ? PlanText.Of((await services.GetRequiredService<RunViewer>().ComposeAsync(run, cancellationToken)).Graph) : null;
        // One that is too long to be shown cannot be changed there either.
        if (plan is { Told.Length: > GitHubText.BodyLimit }) plan = plan with { Told = "" };
        var made = services.GetRequiredService<SealedForge>().Seal(run, plan);
        await using var git = await services.GetRequiredService<IObjectSource>().OpenObjectsAsync(RepositoryName.Parse(run.Repository), new CommitId(run.BaseCommit), cancellationToken);
        var problems = SealedValidator.FindProblems(made, pinned, await git.TreeOfAsync(new CommitId(run.BaseCommit), cancellationToken), branchPrefix);
        if (!problems.IsEmpty) throw new ForgeException($"What this run made cannot be handed over:\n{string.Join('\n', problems)}");
        runs.Add(made);
    }

    /// <summary>Writes the file.</summary>
    /// <returns>The digest.</returns>
    public async Task<string> CloseAsync(CancellationToken cancellationToken)
    {
        var bytes = new SealedResult { Version = SealedResult.CurrentVersion, Replies = [.. replies], Runs = [.. runs] }.ToBytes();
        await File.WriteAllBytesAsync(path, bytes, cancellationToken);
        return SealedResult.DigestOf(bytes);
    }
}
