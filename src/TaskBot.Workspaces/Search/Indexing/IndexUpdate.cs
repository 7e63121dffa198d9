using System.Threading.Channels;

namespace TaskBot.Workspaces.Search.Indexing;

/// <summary>Makes the index of a tree from that of another: reads only what neither has.</summary>
/// <param name="read">Gives the files' contents, in order; nothing for what is known by its path only.</param>
sealed class IndexUpdate(Func<IReadOnlyList<FileVersion>, CancellationToken, IAsyncEnumerable<ReadOnlyMemory<byte>>> read)
{
    /// <summary>A builder holds its documents in memory several times over until it writes them.</summary>
    const int LargestSegment = 10_000;

    const int ReadAhead = 256;

    /// <summary>The index of a tree in which some paths are gone, and some files are new or other than before.</summary>
    public async Task<TreeIndex> ApplyAsync(TreeIndex before, IEnumerable<string> gone, IEnumerable<FileVersion> written, CancellationToken cancellationToken)
    {
        var parts = before.Parts.Select(part => part with { Alive = part.Alive.Clone() }).ToList();
        foreach (var path in gone)
            foreach (var part in parts)
                if (part.Segment.Find(path) is >= 0 and var document)
                    part.Alive.Remove(document);
        // A file that is as it was in an earlier tree is still in one of the segments.
        var missing = written.Where(file => !TryRevive(parts, file)).ToList();
        if (missing.Count > 0)
            parts.AddRange((await BuildAsync(missing, cancellationToken)).Select(segment => new IndexPart(segment, DocumentSet.All(segment.Count))));
        return new TreeIndex(Merge(parts));
    }

    static bool TryRevive(List<IndexPart> parts, FileVersion file)
    {
        foreach (var part in parts)
        {
            if (part.Segment.Find(file.Path) is >= 0 and var document && part.Segment.Blobs[document] == file.Blob)
            {
                part.Alive.Add(document);
                return true;
            }
        }
        return false;
    }

    async Task<List<Segment>> BuildAsync(List<FileVersion> files, CancellationToken cancellationToken)
    {
        var contents = Channel.CreateBounded<(FileVersion File, ReadOnlyMemory<byte> Content)>(ReadAhead);
        var builders = Enumerable.Range(0, files.Count < ReadAhead ? 1 : Environment.ProcessorCount).Select(_ => Task.Run(() => BuildAsync(contents.Reader, cancellationToken), cancellationToken)).ToList();
        try
        {
            var next = 0;
            await foreach (var content in read(files, cancellationToken))
                await contents.Writer.WriteAsync((files[next++], content), cancellationToken);
        }
        finally
        {
            contents.Writer.Complete();
        }
        return [.. (await Task.WhenAll(builders)).SelectMany(segments => segments)];
    }

    static async Task<List<Segment>> BuildAsync(ChannelReader<(FileVersion File, ReadOnlyMemory<byte> Content)> contents, CancellationToken cancellationToken)
    {
        var segments = new List<Segment>();
        var builder = new SegmentBuilder();
        await foreach (var (file, content) in contents.ReadAllAsync(cancellationToken))
        {
            builder.Add(file.Path, file.Blob, content.Span);
            if (builder.Count < LargestSegment)
                continue;
            segments.Add(builder.Build());
            builder = new SegmentBuilder();
        }
        if (builder.Count > 0)
            segments.Add(builder.Build());
        return segments;
    }

    /// <summary>Keeps segments few: one is joined with the one before while that is no larger, or when most of it is dead.</summary>
    static List<IndexPart> Merge(List<IndexPart> parts)
    {
        parts.RemoveAll(part => part.Alive.Count == 0);
        for (var last = parts.Count - 1; last > 0; last = parts.Count - 1)
        {
            var (before, newest) = (parts[last - 1], parts[last]);
            if (before.Segment.Count > newest.Segment.Count || before.Segment.Count + newest.Segment.Count > LargestSegment)
                break;
            var builder = new SegmentBuilder();
            builder.Add(before.Segment, before.Alive);
            builder.Add(newest.Segment, newest.Alive);
            var merged = builder.Build();
            parts.RemoveRange(last - 1, 2);
            parts.Add(new IndexPart(merged, DocumentSet.All(merged.Count)));
        }
        return parts;
    }
}
