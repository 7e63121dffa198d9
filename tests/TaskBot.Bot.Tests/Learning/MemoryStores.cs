using System.Collections.Immutable;
using TaskBot.Bot.Learning;

namespace TaskBot.Bot.Tests.Learning;

/// <summary>What was learnt, for as long as a test runs.</summary>
public sealed class MemoryPatternStore : IPatternStore
{
    readonly Dictionary<string, Pattern> patterns = new(StringComparer.Ordinal);

    public ValueTask<ImmutableArray<Pattern>> ListAsync(string scope, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ImmutableArray<Pattern>>([.. patterns.Values.Where(pattern => pattern.Scope == scope)]);

    public ValueTask ChangeAsync(IReadOnlyCollection<Pattern> put, IReadOnlyCollection<Pattern> removed, CancellationToken cancellationToken)
    {
        foreach (var pattern in put) patterns[pattern.Id] = pattern;
        foreach (var pattern in removed) patterns.Remove(pattern.Id);
        return ValueTask.CompletedTask;
    }
}

/// <summary>What is believed, for as long as a test runs.</summary>
public sealed class MemoryPreferenceStore : IPreferenceStore
{
    readonly Dictionary<string, Lesson?> learnt = new(StringComparer.Ordinal);

    public PreferenceModel Model { get; private set; } = PreferenceModel.Empty;

    public ValueTask<PreferenceModel> ReadAsync(string scope, CancellationToken cancellationToken) => ValueTask.FromResult(Model);

    public ValueTask LearnAsync(string scope, string key, IReadOnlyCollection<string> features, double? reward, CancellationToken cancellationToken)
    {
        (Model, learnt[key]) = Model.Revise(learnt.GetValueOrDefault(key), features, reward);
        return ValueTask.CompletedTask;
    }
}
