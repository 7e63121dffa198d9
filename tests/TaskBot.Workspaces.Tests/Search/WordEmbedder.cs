using Microsoft.Extensions.AI;

namespace TaskBot.Workspaces.Tests.Search;

/// <summary>Knows one word: source files that have it mean the same.</summary>
sealed class WordEmbedder(string word) : IEmbeddingGenerator<string, Embedding<float>>
{
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new GeneratedEmbeddings<Embedding<float>>(values.Select(value => new Embedding<float>(Knows(value) ? new float[] { 1, 0 } : new float[] { 0, 1 }))));

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }

    bool Knows(string text) => text.Contains(word, StringComparison.OrdinalIgnoreCase) && !text.Contains(".md", StringComparison.Ordinal);
}
