using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Sealing;
using TaskBot.Commands;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Actions;

/// <summary>Hands a run from the job that thinks to the job that writes: as a file, which an artifact carries, and its digest, which travels as an output.</summary>
/// <param name="host">The job's.</param>
/// <param name="path">The file.</param>
/// <param name="branchPrefix">What a first branch begins with.</param>
sealed class SealedHandover(IHost host, string path, string branchPrefix)
{
    /// <summary>Seals what the run of this process would have written.</summary>
    /// <returns>The digest.</returns>
    /// <exception cref="ForgeException">The other job would refuse it; the message says why.</exception>
    public async Task<string> SealAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var result = host.Services.GetRequiredService<SealedForge>().Seal(run);
        var repository = RepositoryName.Parse(run.Repository);
        await using var git = await host.Services.GetRequiredService<IObjectSource>().OpenObjectsAsync(repository, new CommitId(run.BaseCommit), cancellationToken);
        var asked = run with { Layers = [], Attempts = [], Branch = null };
        var problems = SealedValidator.FindProblems(result, asked, await git.TreeOfAsync(new CommitId(run.BaseCommit), cancellationToken), branchPrefix);
        if (!problems.IsEmpty) throw new ForgeException($"What this run made cannot be handed over:\n{string.Join('\n', problems)}");
        var bytes = result.ToBytes();
        await File.WriteAllBytesAsync(path, bytes, cancellationToken);
        return SealedResult.DigestOf(bytes);
    }

    /// <summary>Publishes what was sealed, for what the event of this job asks for.</summary>
    /// <exception cref="UsageException">The file is missing, or not the one that was sealed.</exception>
    public async Task<RunRecord> PublishAsync(string digest, RepositoryName repository, ForgeIssue issue, RunTrigger asked, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) throw new UsageException($"There is no sealed result at {path}. Let a step before this one put it there: actions/download-artifact.");
        SealedResult result;
        try
        {
            result = SealedResult.Open(await ReadAsync(cancellationToken), digest);
        }
        catch (SealBrokenException e)
        {
            throw new UsageException(e.Message);
        }

        var trigger = asked with { Key = $"{repository}#{issue.Number}:sealed:{digest}", Purpose = result.Run.Purpose, IsHandedOver = true };
        var start = await host.Services.GetRequiredService<RunStarter>().StartAsync(repository, issue, trigger, cancellationToken);
        var pinned = start is RunStart.Started started ? started.Run : throw new ForgeException(((RunStart.Refused)start).Reason);
        // A step that is run again on the same machine has only to say again what it did.
        if (pinned is { Outcome: Outcome.Succeeded, PullRequest: not null }) return await host.Services.GetRequiredService<RunReporter>().EndAsync(pinned, graph: null, cancellationToken);
        return (await host.Services.GetRequiredService<SealedPublisher>().PublishAsync(pinned, result, branchPrefix, cancellationToken)).Run;
    }

    /// <summary>No more of a file than may be in it.</summary>
    async Task<byte[]> ReadAsync(CancellationToken cancellationToken) => new FileInfo(path).Length > SealedResult.MaximumBytes
        ? throw new UsageException($"{path} has more than {SealedResult.MaximumBytes} bytes.") : await File.ReadAllBytesAsync(path, cancellationToken);
}
