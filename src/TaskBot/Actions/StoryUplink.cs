using TaskBot.Bot.Dispatches;

namespace TaskBot.Actions;

/// <summary>Brings a job's story to the server while the work goes on, a few seconds behind; a server that is away is tried again and again, and slows nothing.</summary>
sealed class StoryUplink(ServerClient server, RunnerStory story, TimeProvider time)
{
    /// <summary>Between two messages. Also where there is nothing to tell: silence is taken for the end.</summary>
    static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <summary>Lines of one message.</summary>
    const int Most = 500;

    /// <summary>Tells until it is cancelled, or until the server says to stop.</summary>
    /// <param name="stop">Cancelled when the server wants nothing more.</param>
    /// <param name="cancellationToken">Ends the telling.</param>
    public async Task FollowAsync(CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (!await TellAsync(TimeSpan.Zero, cancellationToken)) break;
                await Task.Delay(Period, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        await stop.CancelAsync();
    }

    /// <summary>Tells all that is left, with patience.</summary>
    /// <exception cref="HttpRequestException">The server could not be reached.</exception>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        while (!story.IsThere)
        {
            var answer = await server.TellAsync(story.Peek(Most), ServerClient.Patience, cancellationToken);
            story.Kept(answer.Next);
        }
    }

    /// <returns>False where the work is not wanted any more.</returns>
    async Task<bool> TellAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await server.TellAsync(story.Peek(Most), patience, cancellationToken);
            story.Kept(answer.Next);
            return !answer.Stop;
        }
        catch (Exception e) when (e is ServerRefusalException or InvalidDataException)
        {
            return false;
        }
        catch (Exception e) when (ServerClient.IsLost(e, cancellationToken))
        {
            // What was not told is told with the next.
            return true;
        }
    }
}
