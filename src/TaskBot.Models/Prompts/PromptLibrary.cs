using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace TaskBot.Models.Prompts;

/// <summary>
/// All prompts that can be used, from sources in order of strength: a repository's own before the ones that ship. A prompt hides those of the
/// same name in weaker sources.
/// </summary>
public sealed partial class PromptLibrary
{
    private readonly ImmutableArray<(Prompt Prompt, PromptSource Source, int Strength)> _prompts;
    private readonly ImmutableSortedDictionary<string, string> _preferred;

    /// <summary>Looks through the sources once; a library does not change.</summary>
    /// <param name="sources">The strongest first.</param>
    public PromptLibrary(params IEnumerable<PromptSource> sources)
        : this([.. sources.SelectMany((source, index) => source.Prompts.Select(prompt => (prompt, source, index)))
            .DistinctBy(entry => entry.prompt.Name)])
    {
    }

    private PromptLibrary(ImmutableArray<(Prompt Prompt, PromptSource Source, int Strength)> prompts, ImmutableSortedDictionary<string, string>? preferred = null) =>
        (_prompts, _preferred) = (prompts, preferred ?? ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    public IEnumerable<Prompt> Prompts => _prompts.Select(entry => entry.Prompt);

    /// <summary>The prompt of that name from the strongest source that has one; null when there is none.</summary>
    public PromptMatch? Get(string name) => _prompts.FirstOrDefault(entry => entry.Prompt.Name == name) is { Prompt: not null } found
        ? new PromptMatch(found.Prompt, found.Source.Name, $"{name} was asked for by its name; it comes from {found.Source.Name}.") : null;

    /// <summary>The same library with these prompts in the places of those that have their names; others come before all.</summary>
    public PromptLibrary Replace(IReadOnlyCollection<Prompt> prompts)
    {
        var given = prompts.ToDictionary(prompt => prompt.Name, StringComparer.Ordinal);
        var source = new PromptSource("given", [.. prompts]);
        return new PromptLibrary([
            .. prompts.Where(prompt => Get(prompt.Name) is null).Select(prompt => (prompt, source, -1)),
            .. _prompts.Select(entry => given.TryGetValue(entry.Prompt.Name, out var prompt) ? (prompt, source, entry.Strength) : entry)], _preferred);
    }

    /// <summary>The same library where, of several prompts that fit equally, these go first.</summary>
    /// <param name="names">Names of prompts by the kind that they are for.</param>
    public PromptLibrary Prefer(ImmutableSortedDictionary<string, string> names) => new(_prompts, names);

    /// <summary>The names of the prompts that fit a situation equally, better than all others: one where it is clear which is best, none where none fits.</summary>
    public ImmutableArray<string> Rivals(string kind, IReadOnlyCollection<string> tags)
    {
        var fitting = Fitting(kind, tags);
        return [.. fitting.TakeWhile(entry => entry.Strength == fitting[0].Strength && entry.Prompt.Tags.Length == fitting[0].Prompt.Tags.Length)
            .Select(entry => entry.Prompt.Name).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// The prompt for a situation. It fits when it is tagged with the kind and all of its other tags are among the given ones. Of those that fit,
    /// the strongest source wins, then the most tags (the most specific), then the preferred one, then the first name.
    /// </summary>
    /// <param name="kind">What it is for, such as <c>edit</c> or <c>plan</c>.</param>
    /// <param name="tags">What is known of the situation, such as <c>csharp</c> and <c>xunit</c>.</param>
    /// <returns>Null when none fits.</returns>
    public PromptMatch? Choose(string kind, IReadOnlyCollection<string> tags)
    {
        var fitting = Fitting(kind, tags);
        if (fitting.Count == 0)
            return null;
        var (chosen, source, strength) = fitting[0];
        var others = fitting.Skip(1).Select(other => $"{other.Prompt.Name} ({(
            other.Strength > strength ? $"{other.Source.Name} is a weaker source"
            : other.Prompt.Tags.Length < chosen.Tags.Length ? "fewer tags"
            : _preferred.GetValueOrDefault(kind) == chosen.Name ? "fits as well, and was not chosen" : "later name")})").ToList();
        return new PromptMatch(chosen, source.Name,
            $"{chosen.Name} from {source.Name} fits {kind} with the tags {string.Join(", ", chosen.Tags)}"
            + (others.Count == 0 ? "; no other fits." : $"; preferred to {string.Join(", ", others)}."));
    }

    private List<(Prompt Prompt, PromptSource Source, int Strength)> Fitting(string kind, IReadOnlyCollection<string> tags) => [.. _prompts
        .Where(entry => entry.Prompt.Tags.Contains(kind) && entry.Prompt.Tags.All(tag => tag == kind || tags.Contains(tag)))
        .OrderBy(entry => entry.Strength).ThenByDescending(entry => entry.Prompt.Tags.Length)
        .ThenByDescending(entry => entry.Prompt.Name == _preferred.GetValueOrDefault(kind))
        .ThenBy(entry => entry.Prompt.Name, StringComparer.Ordinal)];

    /// <summary>
    /// Searches for people: prompts that have all of the tags and at least one of the words, best first. A word may be the
    /// beginning of a longer one, and counts most in the name and the
    /// tags, then in the description, then in the messages.
    /// </summary>
    public ImmutableArray<PromptMatch> Find(string? text, IReadOnlyCollection<string> tags)
    {
        var words = Word().Matches(text ?? "").Select(match => match.Value.ToLowerInvariant()).Distinct().ToList();
        return [.. _prompts
            .Where(entry => tags.All(entry.Prompt.Tags.Contains))
            .Select(entry => (entry, Hits: words.Select(word => (Word: word, Score: Score(entry.Prompt, word))).Where(hit => hit.Score > 0).ToList()))
            .Where(found => words.Count == 0 || found.Hits.Count > 0)
            .OrderByDescending(found => found.Hits.Sum(hit => hit.Score)).ThenBy(found => found.entry.Strength)
            .ThenBy(found => found.entry.Prompt.Name, StringComparer.Ordinal)
            .Select(found => new PromptMatch(found.entry.Prompt, found.entry.Source.Name,
                found.Hits.Count == 0 ? "It has the tags." : $"It has {string.Join(", ", found.Hits.Select(hit => $"'{hit.Word}'"))}."))];
    }

    private static int Score(Prompt prompt, string word) =>
        (Has(prompt.Name, word) ? 4 : 0)
        + (prompt.Tags.Any(tag => Has(tag, word)) ? 4 : 0)
        + (Has(prompt.Description, word) ? 2 : 0)
        + (prompt.Messages.Any(message => Has(message.Content, word)) ? 1 : 0);

    private static bool Has(string? text, string word) =>
        Word().Matches(text ?? "").Any(match => match.ValueSpan.StartsWith(word, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"[\p{L}\p{N}#+_]+", RegexOptions.None, 1000)]
    private static partial Regex Word();
}
