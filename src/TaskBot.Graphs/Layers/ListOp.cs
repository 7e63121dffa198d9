using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace TaskBot.Graphs.Layers;

/// <summary>Where something is written: 1-based line and column; 0 where it was not read from text.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TextPosition(int Line, int Column);

/// <summary>
/// One layer's edit of a list (rule R18): an explicit list replaces what weaker layers say; otherwise delete, then add (deprecated: append
/// if absent), then prepend (move to the front, in its own order), then append (move to the end), then reorder (rule R24).
/// </summary>
public sealed record ListOp<T>
    where T : notnull
{
    /// <summary>Up to this many items are compared each with each.</summary>
    const int FewItems = 16;

    /// <summary>Replaces everything weaker; null where the op edits.</summary>
    public ImmutableArray<T>? Explicit { get; init; }

    public ImmutableArray<T> Delete { get; init; } = [];

    public ImmutableArray<T> Add { get; init; } = [];

    public ImmutableArray<T> Prepend { get; init; } = [];

    public ImmutableArray<T> Append { get; init; } = [];

    public ImmutableArray<T> Reorder { get; init; } = [];

    /// <summary>Every item that the op names, deletes included.</summary>
    public IEnumerable<T> Items => (Explicit ?? []).Concat(Delete).Concat(Add).Concat(Prepend).Concat(Append).Concat(Reorder);

    /// <summary>The same op over other items; an item whose image is null is left out.</summary>
    public ListOp<TOther> Select<TOther>(Func<T, bool, TOther?> image)
        where TOther : struct
    {
        ImmutableArray<TOther> Map(ImmutableArray<T> items, bool deletes)
        {
            if (items.IsEmpty) return [];
            var mapped = ImmutableArray.CreateBuilder<TOther>(items.Length);
            foreach (var item in items)
                if (image(item, deletes) is { } other) mapped.Add(other);
            return mapped.ToImmutable();
        }

        return new()
        {
            Explicit = Explicit is { } items ? Map(items, deletes: false) : null,
            Delete = Map(Delete, deletes: true),
            Add = Map(Add, deletes: false),
            Prepend = Map(Prepend, deletes: false),
            Append = Map(Append, deletes: false),
            Reorder = Map(Reorder, deletes: true),
        };
    }

    /// <summary>What this edit makes of an empty list.</summary>
    internal ImmutableArray<T> OfNothing()
    {
        if (Explicit is null && Add.IsEmpty && Prepend.IsEmpty && Reorder.IsEmpty && AllDiffer(Append.AsSpan())) return Append;
        if (Explicit is { } items && AllDiffer(items.AsSpan())) return items;
        var list = new List<T>();
        ApplyTo(list);
        return [.. list];

        static bool AllDiffer(ReadOnlySpan<T> items)
        {
            if (items.Length > FewItems) return false;
            for (var i = 1; i < items.Length; i++)
                if (items[..i].Contains(items[i])) return false;
            return true;
        }
    }

    /// <summary>Applies this layer's edit to the list that weaker layers left.</summary>
    internal void ApplyTo(List<T> list)
    {
        if (Explicit is { } items)
        {
            list.Clear();
            foreach (var item in items)
                if (!list.Contains(item)) list.Add(item);
            return;
        }

        foreach (var item in Delete) list.Remove(item);
        foreach (var item in Add)
            if (!list.Contains(item)) list.Add(item);
        for (var i = Prepend.Length - 1; i >= 0; i--)
        {
            list.Remove(Prepend[i]);
            list.Insert(0, Prepend[i]);
        }

        foreach (var item in Append)
        {
            list.Remove(item);
            list.Add(item);
        }

        ListOrder.Apply(Reorder, list);
    }
}

/// <summary>List ops of several layers.</summary>
public static class ListOp
{
    /// <summary>What they make of an empty list.</summary>
    public static ImmutableArray<T> Combine<T>(IEnumerable<ListOp<T>> strongToWeak)
        where T : notnull
    {
        var list = new List<T>();
        foreach (var op in strongToWeak.Reverse()) op.ApplyTo(list);
        return [.. list];
    }
}

/// <summary>
/// Reordering (rule R24): names that the order does not list stay in front where they lead, else each follows the listed name before it.
/// <c>[H A A2 B C C2]</c> reordered by <c>[C A]</c> is <c>[H C C2 A A2 B]</c>.
/// </summary>
static class ListOrder
{
    public static void Apply<T>(ImmutableArray<T> order, List<T> list)
        where T : notnull
    {
        if (order.IsDefaultOrEmpty || list.Count == 0) return;
        var listed = new HashSet<T>(order);
        var runs = new Dictionary<T, List<T>>();
        var result = new List<T>(list.Count);
        var run = result;
        foreach (var item in list)
        {
            if (listed.Contains(item)) runs[item] = run = [];
            run.Add(item);
        }

        foreach (var item in order)
            if (runs.Remove(item, out var found)) result.AddRange(found);
        list.Clear();
        list.AddRange(result);
    }
}
