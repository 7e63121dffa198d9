using System.Collections.Immutable;

namespace TaskBot.Models.Recordings;

/// <summary>Keeps what runs asked models and were answered, in the order in which it ended.</summary>
public interface IRecordingStore
{
    /// <summary>Durable when it returns. Answers are kept by settling their call; this is for what ended without one.</summary>
    ValueTask AppendAsync(Recording recording, CancellationToken cancellationToken);

    /// <summary>All exchanges of a run.</summary>
    IAsyncEnumerable<Recording> ReadAsync(string run, CancellationToken cancellationToken);

    /// <summary>The answers that exactly this request got at this place, as JSON.</summary>
    ValueTask<ImmutableArray<string>> FindAnswersAsync(string run, string place, string key, CancellationToken cancellationToken);
}
