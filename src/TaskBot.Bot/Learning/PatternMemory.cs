using System.Collections.Immutable;
using TaskBot.Bot.Projects;

namespace TaskBot.Bot.Learning;

/// <summary>
/// Remembers what runs taught and finds it again for similar requests. A lesson that is learnt twice is one lesson; one that stops helping,
/// or that nobody needs for long, is forgotten. A repository's memory stays the repository's unless its project shares it.
/// </summary>
public sealed class PatternMemory(IPatternStore patterns, TimeProvider time)
{
    /// <summary>Of one scope; the least worth go first.</summary>
    public const int MaxPatterns = 500;

    /// <summary>Requests that have less in common are about something else.</summary>
    const double LeastSimilarity = 0.12;

    /// <summary>Requests that have more in common ask for the same.</summary>
    const double SameSimilarity = 0.8;

    /// <summary>What is worth less is forgotten.</summary>
    const double LeastWorth = 0.1;

    /// <summary>The scopes that a repository reads, its own first.</summary>
    public static ImmutableArray<string> ScopesOf(string repository, MemorySharing sharing) => sharing switch
    {
        MemorySharing.Off => [],
        MemorySharing.Owner => [repository, repository.Split('/')[0]],
        _ => [repository],
    };

    /// <summary>Everything in these scopes that was known at a time: what a run may be shown, whatever is learnt while it goes on.</summary>
    public async Task<ImmutableArray<Pattern>> KnownAsync(ImmutableArray<string> scopes, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var known = ImmutableArray.CreateBuilder<Pattern>();
        foreach (var scope in scopes)
            known.AddRange((await patterns.ListAsync(scope, cancellationToken)).Where(pattern => pattern.LearntAt < at).OrderBy(pattern => pattern.Id, StringComparer.Ordinal));
        return known.ToImmutable();
    }

    /// <summary>Those that fit a request, best first: by likeness, weighed by what each is worth.</summary>
    public static ImmutableArray<Pattern> Recall(ImmutableArray<Pattern> known, string request, DateTimeOffset at, int limit)
    {
        var vectors = new TextVectors([.. known.Select(Text)]);
        return
        [
            .. known.Select(pattern => (pattern, likeness: vectors.Similarity(request, Text(pattern))))
                .Where(found => found.likeness >= LeastSimilarity)
                .OrderByDescending(found => found.likeness * found.pattern.Worth(at)).ThenBy(found => found.pattern.Id, StringComparer.Ordinal)
                .Take(limit).Select(found => found.pattern),
        ];
    }

    /// <summary>Learns from a run that ended: its own lesson, and how the patterns that it was shown did.</summary>
    /// <param name="lesson">What it taught; null for nothing new.</param>
    /// <param name="shown">Ids of the patterns that it was shown.</param>
    /// <param name="endedWell">Whether it ended as people wanted.</param>
    public async Task LearnAsync(ImmutableArray<string> scopes, Pattern? lesson, IReadOnlyCollection<string> shown, bool endedWell, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var scope in scopes)
        {
            var known = await patterns.ListAsync(scope, cancellationToken);
            var (kept, changed, removed) = (new Dictionary<string, Pattern>(StringComparer.Ordinal), new Dictionary<string, Pattern>(StringComparer.Ordinal), new List<Pattern>());
            foreach (var pattern in known)
            {
                kept[pattern.Id] = pattern;
                if (!shown.Contains(pattern.Id)) continue;
                kept[pattern.Id] = changed[pattern.Id] = pattern with { Helped = pattern.Helped + (endedWell ? 1 : 0), Hurt = pattern.Hurt + (endedWell ? 0 : 1), UsedAt = now };
            }

            if (lesson is not null && lesson.Scope == scope)
            {
                var merged = lesson;
                var vectors = new TextVectors([.. kept.Values.Select(Text)]);
                foreach (var same in kept.Values.Where(other => other.Kind == lesson.Kind && vectors.Similarity(Text(other), Text(lesson)) >= SameSimilarity).ToList())
                {
                    merged = merged with { Helped = merged.Helped + same.Helped, Hurt = merged.Hurt + same.Hurt };
                    kept.Remove(same.Id);
                    changed.Remove(same.Id);
                    if (same.Id != lesson.Id) removed.Add(same);
                }

                kept[merged.Id] = changed[merged.Id] = merged;
            }

            var byWorth = kept.Values.OrderByDescending(pattern => pattern.Worth(now)).ToList();
            foreach (var forgotten in byWorth.Where((pattern, index) => index >= MaxPatterns || pattern.Worth(now) < LeastWorth))
            {
                changed.Remove(forgotten.Id);
                removed.Add(forgotten);
            }

            if (changed.Count + removed.Count > 0) await patterns.ChangeAsync(changed.Values, removed, cancellationToken);
        }
    }

    static string Text(Pattern pattern) => $"{pattern.Title}\n{pattern.Lesson}";
}
