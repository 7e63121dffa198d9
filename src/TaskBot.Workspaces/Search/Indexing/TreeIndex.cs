using System.Collections.Immutable;
using System.Text;

namespace TaskBot.Workspaces.Search.Indexing;

/// <summary>A segment, and which of its documents belong to a tree.</summary>
sealed record IndexPart(Segment Segment, DocumentSet Alive)
{
    /// <summary>The number of the segment's first document among all of the index.</summary>
    public int First { get; init; }
}

/// <summary>A file to index: a path and the id of its content, in hexadecimal; empty for what has none.</summary>
readonly record struct FileVersion(string Path, string Blob);

/// <summary>
/// The files of one tree by term: segments that it shares with other trees, and which of their documents are its own. Immutable. Two
/// indexes of the same tree give the same figures, however they are cut into segments.
/// </summary>
sealed class TreeIndex
{
    public TreeIndex(IEnumerable<IndexPart> parts)
    {
        var first = 0;
        var numbered = ImmutableArray.CreateBuilder<IndexPart>();
        foreach (var part in parts.Where(part => part.Alive.Count > 0))
        {
            numbered.Add(part with { First = first });
            first += part.Segment.Count;
        }
        Parts = numbered.DrainToImmutable();
        Size = first;
        Count = Parts.Sum(part => part.Alive.Count);
        for (var field = Field.Path; field <= Field.String; field++)
            averages[(int)field] = Math.Max(1, (double)TotalLength(field) / Math.Max(1, Count));
    }

    readonly double[] averages = new double[KeyKind.Fields];

    public static TreeIndex Empty { get; } = new([]);

    public ImmutableArray<IndexPart> Parts { get; }

    /// <summary>One more than the largest number of a document.</summary>
    public int Size { get; }

    /// <summary>How many files the tree has.</summary>
    public int Count { get; }

    /// <summary>How long a field is in the mean file, at least 1.</summary>
    public double AverageLength(Field field) => averages[(int)field];

    public string Path(int document)
    {
        var part = PartOf(document);
        return part.Segment.Paths[document - part.First];
    }

    public FileVersion Version(int document)
    {
        var part = PartOf(document);
        return new FileVersion(part.Segment.Paths[document - part.First], part.Segment.Blobs[document - part.First]);
    }

    /// <summary>The document of a path; -1 where the tree has none.</summary>
    public int Find(string path)
    {
        foreach (var part in Parts)
            if (part.Segment.Find(path) is >= 0 and var document && part.Alive.Has(document))
                return part.First + document;
        return -1;
    }

    /// <summary>How many documents have a key; counted one by one only where a segment has other trees' documents too.</summary>
    public int CountHaving(ReadOnlySpan<byte> key)
    {
        var count = 0;
        foreach (var part in Parts)
        {
            var reader = part.Segment.Find(key);
            if (part.Alive.Count == part.Segment.Count)
                count += reader.Count;
            else
                while (reader.MoveNext())
                    count += part.Alive.Has(reader.Document) ? 1 : 0;
        }
        return count;
    }

    /// <summary>The documents that have a key, at most <paramref name="most"/>; empty where more have it.</summary>
    public List<int> Find(char kind, string name, int most)
    {
        var key = Encoding.UTF8.GetBytes(kind + name);
        var found = new List<int>();
        foreach (var part in Parts)
        {
            var reader = part.Segment.Find(key);
            if (reader.Count > most && part.Alive.Count == part.Segment.Count)
                return [];
            while (reader.MoveNext())
            {
                if (!part.Alive.Has(reader.Document))
                    continue;
                if (found.Count == most)
                    return [];
                found.Add(part.First + reader.Document);
            }
        }
        return found;
    }

    /// <summary>Every path, in no order.</summary>
    public IEnumerable<string> Paths => Parts.SelectMany(part => part.Segment.Paths.Where((_, document) => part.Alive.Has(document)));

    IndexPart PartOf(int document)
    {
        var at = Parts.Length - 1;
        while (Parts[at].First > document)
            at--;
        return Parts[at];
    }

    long TotalLength(Field field)
    {
        var total = 0L;
        foreach (var part in Parts)
            for (var document = 0; document < part.Segment.Count; document++)
                if (part.Alive.Has(document))
                    total += part.Segment.Length(document, field);
        return total;
    }
}
