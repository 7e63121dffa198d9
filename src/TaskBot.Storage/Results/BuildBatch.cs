using System.Buffers;
using System.Collections.Immutable;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;

namespace TaskBot.Storage.Results;

/// <summary>
/// What a build did, to be written together: results before the records that speak of them. Texts stand one after the other, so that nothing is made for each
/// node; used again once it is written.
/// </summary>
sealed class BuildBatch
{
    const int Most = 512;
    const int BytesAtFirst = 64 * 1024;

    readonly ArrayBufferWriter<byte> texts = new(BytesAtFirst);
    readonly List<Result> results = new(Most);
    readonly List<Record> records = new(Most);

    public int Results => results.Count;

    public int Records => records.Count;

    /// <summary>Pages of results that were read and have to be noted as used.</summary>
    public List<long> UsedPages { get; } = [];

    /// <summary>Keys of rows of results that were read and have to be noted as used.</summary>
    public List<NodeKey> UsedRows { get; } = [];

    public bool IsFull => results.Count >= Most || records.Count >= Most;

    public void Add(BuiltResult result) => results.Add(new(result.Key, Keep(result.KeyText), result.Outputs, result.Trust, result.StoredAt));

    public void Add(BuildRecord record) =>
        records.Add(new(record.Run, record.Attempt, Keep(record.Path), record.State, record.Key, record.IsCached, record.Message, record.At));

    public Sha256Digest KeyOf(int result) => results[result].Key;

    public BuiltResult ResultAt(int index)
    {
        var result = results[index];
        return new(result.Key, TextAt(result.KeyText), result.Outputs, result.Trust, result.StoredAt);
    }

    public BuildRecord RecordAt(int index)
    {
        var record = records[index];
        return new(record.Run, record.Attempt, TextAt(record.Path), record.State, record.Key, record.IsCached, record.Message, record.At);
    }

    public void Clear()
    {
        texts.ResetWrittenCount();
        results.Clear();
        records.Clear();
        UsedPages.Clear();
        UsedRows.Clear();
    }

    (int Start, int End) Keep(ReadOnlySpan<byte> text)
    {
        var start = texts.WrittenCount;
        texts.Write(text);
        return (start, texts.WrittenCount);
    }

    ReadOnlySpan<byte> TextAt((int Start, int End) place) => texts.WrittenSpan[place.Start..place.End];

    readonly record struct Result(Sha256Digest Key, (int Start, int End) KeyText, ImmutableSortedDictionary<string, NodeValue> Outputs, Trust Trust, DateTimeOffset StoredAt);

    readonly record struct Record(
        RunId Run, int Attempt, (int Start, int End) Path, NodeState State, Sha256Digest? Key, bool IsCached, string? Message, DateTimeOffset At);
}
