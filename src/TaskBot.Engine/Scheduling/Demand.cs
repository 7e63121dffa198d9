using System.Collections.Immutable;
using System.Globalization;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Scheduling;

/// <summary>
/// What a node holds while it works, besides a slot: amounts of named resources, in thousandths, so that sums are exact. Written as
/// <c>resources: { cpu: 0.5, memory: 4GB, "rate:search": 1, "lock:db": 1 }</c>. <c>cpu</c> counts cores and <c>memory</c> bytes; <c>rate:NAME</c> is used up and
/// comes back evenly over a minute (calls, or tokens: as the capacity is meant); <c>lock:NAME</c> is held by one node of a repository at a
/// time; any other name counts what the machine was said to have of it.
/// </summary>
sealed class Demand : IEquatable<Demand>
{
    public const string RatePrefix = "rate:";
    public const string LockPrefix = "lock:";
    public const long One = 1000;

    public static readonly Demand Nothing = new([]);

    static readonly ImmutableArray<(string Suffix, long Bytes)> Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000L), ("MB", 1_000_000L), ("GB", 1_000_000_000L), ("TB", 1_000_000_000_000L), ("B", 1L),
    ];

    Demand(ImmutableArray<(string Resource, long Amount)> amounts) => Amounts = amounts;

    /// <summary>Above zero, in ordinal order of the names.</summary>
    public ImmutableArray<(string Resource, long Amount)> Amounts { get; }

    /// <summary>What the node asks for, key by key over what its type asks for; amounts that cannot be read are left out, and told as problems elsewhere.</summary>
    public static Demand Of(TaskNode node, NodeTypeSchema schema)
    {
        var own = node.Attributes.GetValueOrDefault("resources") as TaskValue.Map;
        if (own is null && schema.Resources.Entries.IsEmpty) return Nothing;
        var entries = own is null ? schema.Resources.Entries : schema.Resources.Entries.SetItems(own.Entries);
        var amounts = ImmutableArray.CreateBuilder<(string, long)>(entries.Count);
        foreach (var (name, value) in entries)
            if (ReadAmount(value) is > 0 and var amount) amounts.Add((name, amount));
        return amounts.Count == 0 ? Nothing : new(amounts.DrainToImmutable());
    }

    /// <summary>An amount in thousandths: a number, or a text with a unit of bytes such as <c>512MiB</c>; null where it is neither, or below zero.</summary>
    public static long? ReadAmount(TaskValue value) => value switch
    {
        TaskValue.Null => 0,
        TaskValue.Integer { Value: >= 0 and <= long.MaxValue / One } number => number.Value * One,
        TaskValue.Real { Value: >= 0 and < long.MaxValue / One } number => (long)Math.Ceiling(number.Value * One),
        TaskValue.Text text => ReadText(text.Value.AsSpan().Trim()),
        _ => null,
    };

    /// <summary>An amount as people write it.</summary>
    public static string Write(string resource, long thousandths) => resource == "memory" && thousandths >= 1_000_000 * One
        ? string.Create(CultureInfo.InvariantCulture, $"{thousandths / One / 1_000_000m:0.##}MB")
        : string.Create(CultureInfo.InvariantCulture, $"{thousandths / (decimal)One:0.###}");

    public long AmountOf(string resource)
    {
        foreach (var (name, amount) in Amounts)
            if (name == resource) return amount;
        return 0;
    }

    public bool Equals(Demand? other) => other is not null && (ReferenceEquals(this, other) || Amounts.AsSpan().SequenceEqual(other.Amounts.AsSpan()));

    public override bool Equals(object? obj) => Equals(obj as Demand);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var (resource, amount) in Amounts)
        {
            hash.Add(resource, StringComparer.Ordinal);
            hash.Add(amount);
        }

        return hash.ToHashCode();
    }

    public override string ToString() =>
        Amounts.IsEmpty ? "a slot" : string.Join(", ", Amounts.Select(amount => $"{amount.Resource}: {Write(amount.Resource, amount.Amount)}"));

    static long? ReadText(ReadOnlySpan<char> text)
    {
        var factor = 1L;
        foreach (var (suffix, bytes) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) continue;
            text = text[..^suffix.Length].TrimEnd();
            factor = bytes;
            break;
        }

        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number < long.MaxValue / One / factor
            ? (long)decimal.Ceiling(number * factor * One)
            : null;
    }
}
