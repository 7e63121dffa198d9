using System.Collections.Immutable;

namespace TaskBot.Models.Embeddings;

/// <summary>Keeps vectors that were paid for, by a key that names model and text. What it forgets is asked for again.</summary>
public interface IEmbeddingStore
{
    /// <summary>The vector of each key, in their order, as little-endian 32-bit floats; null where none is kept. What is found was used now.</summary>
    ValueTask<ImmutableArray<byte[]?>> FindAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>Keeps vectors, and forgets those that were not used for longest where there are too many. A key that is there already keeps its vector.</summary>
    ValueTask AddAsync(IReadOnlyList<KeyValuePair<string, byte[]>> vectors, CancellationToken cancellationToken);
}
