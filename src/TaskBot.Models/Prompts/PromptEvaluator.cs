using System.Collections.Immutable;

namespace TaskBot.Models.Prompts;

/// <summary>One check of a prompt's answers to its own test data, with what it is called.</summary>
public abstract record PromptEvaluator
{
    private PromptEvaluator(string name) => Name = name;

    public string Name { get; }

    /// <summary>
    /// Compares the answer with a text. As in GitHub's own tool, the first that is given of the four counts, and all but
    /// <paramref name="EqualTo"/> ignore case.
    /// </summary>
    public sealed record Text(string Title, string? EqualTo, string? Contains, string? StartsWith, string? EndsWith) : PromptEvaluator(Title)
    {
        public bool Passes(string answer) =>
            EqualTo is not null ? answer == EqualTo
            : Contains is not null ? answer.Contains(Contains, StringComparison.OrdinalIgnoreCase)
            : StartsWith is not null ? answer.StartsWith(StartsWith, StringComparison.OrdinalIgnoreCase)
            : answer.EndsWith(EndsWith!, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Lets another model choose among scored verdicts; a score above 0 passes.</summary>
    public sealed record Judge(
        string Title, string Model, string Prompt, string? SystemPrompt, ImmutableArray<KeyValuePair<string, float>> Choices) : PromptEvaluator(Title);

    /// <summary>One of GitHub's own, such as <c>github/similarity</c>.</summary>
    public sealed record BuiltIn(string Title, string Uses) : PromptEvaluator(Title);
}
