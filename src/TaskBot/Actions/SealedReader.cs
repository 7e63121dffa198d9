using TaskBot.Bot.Runs;
using TaskBot.Bot.Sealing;
using TaskBot.Commands;
using TaskBot.Engine.Runs;

namespace TaskBot.Actions;

/// <summary>What the job that thinks handed to this one, which writes: a file, which an artifact carries, and its digest, which travels as an output.</summary>
/// <param name="path">The file.</param>
sealed class SealedReader(string path)
{
    SealedResult? opened;

    SealedResult Result => opened ?? throw new InvalidOperationException("The sealed result is opened before anything is done.");

    /// <summary>The one run that was worked on; null where there were several, or none.</summary>
    public RunId? Only => Result.Runs is [var one] ? one.Run.Id : null;

    /// <summary>How many runs it tells of that nobody here asked for.</summary>
    public async Task<int> CountLeftAsync(IRunStore runs, CancellationToken cancellationToken)
    {
        var left = 0;
        foreach (var run in Result.Runs) left += await runs.FindAsync(run.Run.Id, cancellationToken) is null ? 1 : 0;
        return left;
    }

    /// <exception cref="UsageException">The file is missing, or not the one that was sealed.</exception>
    public async Task OpenAsync(string digest, CancellationToken cancellationToken)
    {
        var file = new FileInfo(path);
        if (!file.Exists) throw new UsageException($"There is no sealed result at {path}. Let a step before this one put it there: actions/download-artifact.");
        if (file.Length > SealedResult.MaximumBytes) throw new UsageException($"{path} has more than {SealedResult.MaximumBytes} bytes.");
        try
        {
            opened = SealedResult.Open(await File.ReadAllBytesAsync(path, cancellationToken), digest);
        }
        catch (SealBrokenException e)
        {
            // Some of the words may be the file's own, and a line of its own could be heard by the runner as a command.
            throw new UsageException(e.Message.ReplaceLineEndings(" "));
        }
    }

    /// <summary>What a command said there; null where it said nothing.</summary>
    public SealedReply? ReplyTo(string command) => Result.Replies.FirstOrDefault(reply => reply.Key == command);

    /// <summary>What the run is called there that a command, or another trigger, started; null where it started none.</summary>
    public RunId? StartedBy(string trigger) => Result.Runs.FirstOrDefault(run => run.Run.TriggerKey == trigger)?.Run.Id;

    /// <summary>Publishes what became of a run there.</summary>
    /// <param name="pinned">The run as this job knows it, queued.</param>
    public async Task<RunRecord> PublishAsync(RunRecord pinned, IServiceProvider services, string branchPrefix, CancellationToken cancellationToken)
    {
        if (Result.Runs.FirstOrDefault(run => run.Run.Id == pinned.Id) is not { } made)
        {
            return await services.GetRequiredService<RunReporter>().EndAsync(
                pinned with { Stage = RunStage.Finished, Outcome = Outcome.Failed, Reason = "The job that was to do this left no result of it. Its page, under Actions, says why." }, plan: null, cancellationToken);
        }

        return (await services.GetRequiredService<SealedPublisher>().PublishAsync(pinned, made, branchPrefix, cancellationToken)).Run;
    }
}
