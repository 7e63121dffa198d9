using System.Collections.Immutable;
using TaskBot.Models.Documents;

namespace TaskBot.Models.Prompts;

/// <summary>Prompts that come from one place, such as <c>repository</c> or <c>built-in</c>.</summary>
public sealed record PromptSource(string Name, ImmutableArray<Prompt> Prompts)
{
    /// <summary>Reads files; those with problems are left out and their problems listed. A name may be used once.</summary>
    public static PromptSource Parse(string name, IEnumerable<(string File, string Text)> files, out ImmutableArray<FileProblem> problems)
    {
        var found = ImmutableArray.CreateBuilder<FileProblem>();
        var prompts = new Dictionary<string, Prompt>(StringComparer.Ordinal);
        foreach (var (file, text) in files.OrderBy(file => file.File, StringComparer.Ordinal))
        {
            var prompt = Prompt.Parse(file, text, out var wrong);
            found.AddRange(wrong);
            if (prompt is not null && !prompts.TryAdd(prompt.Name, prompt))
                found.Add(new FileProblem(file, 1, $"The name '{prompt.Name}' is also used by {prompts[prompt.Name].File}; choose another."));
        }
        problems = found.ToImmutable();
        return new PromptSource(name, [.. prompts.Values]);
    }
}
