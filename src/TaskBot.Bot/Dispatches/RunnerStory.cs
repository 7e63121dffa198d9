using TaskBot.Engine.Journal;
using TaskBot.GitHub.Authentication;
using TaskBot.Models.Ledger;

namespace TaskBot.Bot.Dispatches;

/// <summary>
/// What a job has to tell, in its order, until the server has it. The work never waits for the server: records and calls are kept here until they are
/// there, and lines for those who watch are left out while too many wait. No token stands in what is told. Safe for concurrent use.
/// </summary>
public sealed class RunnerStory(string run)
{
    /// <summary>Lines that wait; with more than this the work ends, as its record would not be whole.</summary>
    const int MostLines = 100_000;

    /// <summary>While this many wait, nothing is told to those who watch.</summary>
    const int MostTold = 1000;

    /// <summary>An exchange with a model that is longer, in characters, is not told; the call itself is.</summary>
    const int LongestAnswer = 1_000_000;

    readonly Lock gate = new();
    readonly Queue<RunnerLine> waiting = [];
    long next;

    /// <summary>How many lines there are in all.</summary>
    public long Told { get { lock (gate) return next; } }

    /// <summary>Whether the server has all.</summary>
    public bool IsThere { get { lock (gate) return waiting.Count == 0; } }

    public void Add(JournalRecord record) => Add(new RunnerLine(0) { Journal = JournalLine.Of(record with { Message = record.Message is { } message ? TokenRedaction.Redact(message) : null }) });

    public void Add(ModelCall call)
    {
        var line = CallLine.Of(call, run);
        if (line.Answer is { } answer && answer.Request.Length + (answer.Response?.Length ?? 0) > LongestAnswer) line = line with { Answer = null };
        Add(new RunnerLine(0) { Call = line });
    }

    /// <summary>Says something to those who watch, if there is room.</summary>
    public void Tell(string text)
    {
        lock (gate)
            if (waiting.Count < MostTold) waiting.Enqueue(new(next++) { Told = TokenRedaction.Redact(text) });
    }

    /// <summary>The oldest lines that the server does not have.</summary>
    public IReadOnlyList<RunnerLine> Peek(int most)
    {
        lock (gate) return [.. waiting.Take(most)];
    }

    /// <summary>The server has all lines before this one.</summary>
    /// <exception cref="InvalidDataException">It lost some that it had: they are not here any more.</exception>
    public void Kept(long before)
    {
        lock (gate)
        {
            while (waiting.TryPeek(out var line) && line.Sequence < before) waiting.Dequeue();
            if ((waiting.TryPeek(out var first) ? first.Sequence : next) != before) throw new InvalidDataException($"The server has {before} lines of {next} and should have more.");
        }
    }

    void Add(RunnerLine line)
    {
        lock (gate)
        {
            if (waiting.Count >= MostLines) throw new InvalidOperationException($"The server cannot be told: {MostLines} lines wait for it.");
            waiting.Enqueue(line with { Sequence = next++ });
        }
    }
}
