using System.Collections.Immutable;
using Microsoft.Extensions.AI;
using TaskBot.Models.Ledger;

namespace TaskBot.Models.Recordings;

/// <summary>A request that the recorded run did not make.</summary>
/// <param name="Place">Who asked; see <see cref="Recording.Place"/>.</param>
/// <param name="Message">One or two sentences: the prompt, and the first line that differs from the nearest recorded request.</param>
public sealed record Departure(string Place, string Message);

/// <summary>
/// Stands for the models of a run that is over: gives the recorded answers, without a network and for nothing. Safe for concurrent use.
/// </summary>
public sealed class RecordedRun : IModelRouter
{
    private readonly Lock _lock = new();
    private readonly ImmutableArray<Recording> _recordings;
    private readonly ILookup<(string Place, string Key), Recording> _byPlace;
    private readonly ILookup<string, Recording> _byKey;
    private readonly Dictionary<string, string> _chains;
    private readonly IModelRouter _now;
    private readonly bool _askNow;
    private ImmutableArray<Departure> _departures = [];

    private RecordedRun(ImmutableArray<Recording> recordings, IModelRouter now, bool askNow, Func<string, string> redact)
    {
        _recordings = recordings;
        _byPlace = recordings.ToLookup(recording => (recording.Place, recording.Key));
        _byKey = recordings.ToLookup(recording => recording.Key);
        _chains = recordings.GroupBy(recording => recording.Asked).ToDictionary(group => group.Key, group => group.Last().Chain);
        _now = now;
        _askNow = askNow;
        Redact = redact;
    }

    /// <summary>How many exchanges the run had.</summary>
    public int Exchanges => _recordings.Length;

    /// <summary>Requests that the recorded run did not make, in the order they were made.</summary>
    public ImmutableArray<Departure> Departures
    {
        get
        {
            lock (_lock)
                return _departures;
        }
    }

    internal Func<string, string> Redact { get; }

    /// <summary>Reads all exchanges of a run.</summary>
    /// <param name="store">Where they were kept.</param>
    /// <param name="run">The run's id.</param>
    /// <param name="now">The models as they are configured now: they say what a profile means that the run never asked.</param>
    /// <param name="askNow">Whether they are asked what the run did not ask; such calls are not recorded with the run.</param>
    /// <param name="redaction">Knows the same secrets as when they were kept; a request's key is made of its redacted text.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static async Task<RecordedRun> LoadAsync(
        IRecordingStore store, string run, IModelRouter now, bool askNow, SecretRedaction redaction, CancellationToken cancellationToken)
    {
        var recordings = ImmutableArray.CreateBuilder<Recording>();
        await foreach (var recording in store.ReadAsync(run, cancellationToken))
            recordings.Add(recording);
        return new RecordedRun(recordings.DrainToImmutable(), now, askNow, redaction.Redact);
    }

    /// <summary>Says what a name meant in the run where the run's own exchanges do not: it asked nothing of it, as an earlier run had.</summary>
    public void Know(string profileOrModel, string models) => _chains.TryAdd(profileOrModel, models);

    public IChatClient GetClient(string profileOrModel, LedgerScope scope) => new ReplayChatClient(
        this, new RecordingPlace(scope.Key(BudgetLevel.Run) ?? "", scope.Place, profileOrModel, Describe(profileOrModel)),
        _askNow ? _now.GetClient(profileOrModel, scope.Without(BudgetLevel.Run)) : null);

    /// <summary>Whether the run asked it: what it did not have then, a replay does not have either.</summary>
    public bool HasProfile(string name) => _chains.ContainsKey(name);

    public string Describe(string profileOrModel) => _chains.TryGetValue(profileOrModel, out var chain) ? chain : _now.Describe(profileOrModel);

    /// <summary>The answer that was given for the so-manieth time, else the last one, else the last failure; there, else anywhere in the run.</summary>
    internal Recording? Find(string place, string key, int earlier) => Choose(_byPlace[(place, key)], earlier) ?? Choose(_byKey[key], earlier);

    internal Departure Depart(RecordingPlace place, string? prompt, string request)
    {
        var departure = new Departure(place.Place, Difference(request, prompt));
        lock (_lock)
            _departures = _departures.Add(departure);
        return departure;
    }

    private static Recording? Choose(IEnumerable<Recording> recordings, int earlier)
    {
        var all = recordings.ToList();
        var answers = all.FindAll(recording => recording.Response is not null);
        return answers.Count > 0 ? answers[Math.Min(earlier, answers.Count - 1)] : all.LastOrDefault();
    }

    private string Difference(string text, string? prompt)
    {
        var lines = text.Split('\n');
        var subject = $"A request of prompt '{prompt ?? "(none)"}' was not made in the recorded run";
        var nearest = _recordings.Where(recording => recording.Prompt == prompt)
            .Select(recording => recording.Request.Split('\n'))
            .MaxBy(recorded => Same(recorded, lines));
        if (nearest is null)
            return $"{subject}, nor was any other of that prompt.";
        var at = Same(nearest, lines);
        return $"{subject}. It first differs from the nearest one in line {at + 1} of the request: "
            + $"recorded {Line(nearest, at, at < lines.Length ? lines[at] : "")}, asked {Line(lines, at, at < nearest.Length ? nearest[at] : "")}.";
    }

    private static int Same(string[] left, string[] right) =>
        left.Zip(right).TakeWhile(pair => pair.First == pair.Second).Count();

    /// <summary>A text of many lines is one line of JSON, so that its first difference may be far inside.</summary>
    private static string Line(string[] lines, int at, string other)
    {
        const int most = 200;
        const int before = 40;
        if (at >= lines.Length)
            return "(the end)";
        var line = lines[at].Trim();
        if (line.Length <= most)
            return line;
        var same = line.AsSpan().CommonPrefixLength(other.AsSpan().Trim());
        var start = Math.Max(0, Math.Min(same - before, line.Length - most));
        return $"{(start > 0 ? "…" : "")}{line.AsSpan(start, Math.Min(most, line.Length - start))}{(start + most < line.Length ? "…" : "")}";
    }
}
