namespace TaskBot.Models.Recordings;

/// <summary>Keeps the exchanges of one run, in order.</summary>
public interface IRecordingStore
{
    ValueTask AppendAsync(Recording recording, CancellationToken cancellationToken);

    IAsyncEnumerable<Recording> ReadAsync(CancellationToken cancellationToken);
}
