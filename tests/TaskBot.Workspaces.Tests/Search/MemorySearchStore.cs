using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Tests.Search;

sealed class MemorySearchStore : ISearchStore
{
    readonly List<(string Repository, StoredIndex Index)> indexes = [];

    public Dictionary<string, byte[]> Segments { get; } = new(StringComparer.Ordinal);

    public Task<StoredIndex?> FindAsync(string repository, TreeId tree, CancellationToken cancellationToken) =>
        Task.FromResult<StoredIndex?>(indexes.Where(known => known.Repository == repository).Select(known => known.Index).OrderBy(index => index.Tree == tree).LastOrDefault());

    public Task<byte[]?> ReadSegmentAsync(string id, CancellationToken cancellationToken) => Task.FromResult(Segments.GetValueOrDefault(id));

    public Task SaveAsync(string repository, StoredIndex index, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> segments, CancellationToken cancellationToken)
    {
        indexes.Add((repository, index));
        foreach (var (id, bytes) in segments) Segments[id] = bytes.ToArray();
        return Task.CompletedTask;
    }

    public Dictionary<string, StoredHistory> Histories { get; } = new(StringComparer.Ordinal);

    public Task<StoredHistory?> FindHistoryAsync(string repository, CancellationToken cancellationToken) => Task.FromResult(Histories.GetValueOrDefault(repository));

    public Task SaveHistoryAsync(string repository, StoredHistory history, CancellationToken cancellationToken)
    {
        Histories[repository] = history;
        return Task.CompletedTask;
    }
}
