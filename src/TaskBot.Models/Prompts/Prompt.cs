using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using TaskBot.Models.Documents;

namespace TaskBot.Models.Prompts;

/// <summary>
/// One targeted prompt, in GitHub Models' own file format (<c>*.prompt.yml</c>) and with <c>tags</c>, which GitHub's tools ignore.
/// </summary>
public sealed partial record Prompt
{
    /// <summary>The path that it was read from.</summary>
    public required string File { get; init; }

    /// <summary>What it is asked for by.</summary>
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The model or profile that it is written for; null leaves the choice to the node.</summary>
    public string? Model { get; init; }

    public PromptParameters Parameters { get; init; } = new();

    public ImmutableArray<string> Tags { get; init; } = [];

    public ImmutableArray<PromptMessage> Messages { get; init; } = [];

    /// <summary>The JSON schema of its answers, without the envelope that names it; null for free text.</summary>
    public JsonElement? Schema { get; init; }

    /// <summary>Answers are JSON, with or without a schema.</summary>
    public bool AnswersJson { get; init; }

    /// <summary>Sets of variables to try it with; they may hold more, such as what is expected.</summary>
    public ImmutableArray<ImmutableDictionary<string, string>> TestData { get; init; } = [];

    public ImmutableArray<PromptEvaluator> Evaluators { get; init; } = [];

    /// <summary>The names between <c>{{</c> and <c>}}</c>, in the order they first occur.</summary>
    public ImmutableArray<string> Variables => [.. Messages.SelectMany(message => VariablesOf(message.Content)).Distinct()];

    /// <summary>Reads a file; null when it has problems, all of which are listed.</summary>
    public static Prompt? Parse(string file, string text, out ImmutableArray<FileProblem> problems) => PromptFile.Parse(file, text, out problems);

    /// <summary>
    /// Fills the variables in, each text once: what a value holds is never looked at again, so a value with <c>{{x}}</c> in it stays as it is.
    /// </summary>
    public PromptRendering Render(IReadOnlyDictionary<string, string> variables)
    {
        var problems = new List<FileProblem>();
        foreach (var message in Messages)
            foreach (var name in VariablesOf(message.Content).Distinct())
                if (!variables.ContainsKey(name))
                    problems.Add(new FileProblem(File, message.Line, $"The variable '{name}' is not given."));
        var known = Variables;
        foreach (var name in variables.Keys.Where(name => !known.Contains(name)))
            problems.Add(new FileProblem(File, 0, $"The prompt has no variable '{name}'; it has {(known.IsEmpty ? "none" : string.Join(", ", known))}."));
        return problems.Count > 0 ? new PromptRendering([], [.. problems]) : new PromptRendering(
            [.. Messages.Select(message => new ChatMessage(
                message.Role, Variable().Replace(message.Content, match => variables[match.Groups["name"].Value])))],
            []);
    }

    /// <summary>The options that the prompt asks for, with its name for the ledger and the recordings. The model is the caller's to choose.</summary>
    public ChatOptions ToChatOptions()
    {
        var options = new ChatOptions
        {
            Temperature = Parameters.Temperature,
            TopP = Parameters.TopP,
            MaxOutputTokens = Parameters.MaxOutputTokens,
            StopSequences = Parameters.Stop.IsEmpty ? null : [.. Parameters.Stop],
            ResponseFormat = Schema is { } schema ? ChatResponseFormat.ForJsonSchema(schema, SchemaName().Replace(Name, "_"))
                : AnswersJson ? ChatResponseFormat.Json : null,
        };
        return options.WithPromptName(Name);
    }

    /// <summary>Fills in the variables that are given, and leaves the others as they are.</summary>
    internal static string Fill(string template, IReadOnlyDictionary<string, string> values) =>
        Variable().Replace(template, match => values.TryGetValue(match.Groups["name"].Value, out var value) ? value : match.Value);

    internal static IEnumerable<string> VariablesOf(string template) => Variable().Matches(template).Select(match => match.Groups["name"].Value);

    [GeneratedRegex("{{(?<name>[A-Za-z_][A-Za-z0-9_-]*)}}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Variable();

    [GeneratedRegex("[^A-Za-z0-9_-]", RegexOptions.None, 1000)]
    private static partial Regex SchemaName();
}
