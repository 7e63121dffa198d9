using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;

namespace TaskBot.Models.Prompts;

/// <summary>What one evaluator said of one answer.</summary>
/// <param name="Evaluator">Its name.</param>
/// <param name="Score">0 to 1, or what a judge's own choices say.</param>
/// <param name="Passed">Whether the answer is good enough.</param>
/// <param name="Detail">Why not, or what the judge chose; empty where there is nothing to say.</param>
public sealed record PromptScore(string Evaluator, float Score, bool Passed, string Detail);

/// <summary>One set of a prompt's test data, asked and judged.</summary>
/// <param name="Number">From 1, in the order of the file.</param>
/// <param name="Answer">The model's; null where it gave none.</param>
/// <param name="Error">Why it gave none; null where it did.</param>
public sealed record PromptCase(int Number, string? Answer, string? Error, ImmutableArray<PromptScore> Scores)
{
    public bool Passed => Error is null && Scores.All(score => score.Passed);
}

/// <summary>
/// Tries a prompt on its own test data, and judges each answer by its own evaluators, as GitHub Models does: a text is compared, a judge chooses
/// among scored verdicts, and <c>github/similarity</c>, <c>coherence</c>, <c>fluency</c>, <c>relevance</c> and <c>groundedness</c> are judges that
/// give 1 to 5, of which 3 passes.
/// </summary>
/// <param name="models">Who is asked.</param>
/// <param name="model">Asked instead of the model that the file names; null leaves it to the file, and to the profile <c>fast</c> where that names none.</param>
/// <param name="scope">What the calls are charged to.</param>
public sealed class PromptTrial(IModelRouter models, string? model, LedgerScope scope)
{
    private const string Default = "fast";

    /// <summary>What GitHub's own evaluators ask.</summary>
    private static readonly ImmutableDictionary<string, string> Criteria = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["github/similarity"] = "How close is the answer to the expected one in meaning?\n\nExpected:\n{{expected}}\n\nAnswer:\n{{completion}}",
        ["github/coherence"] = "How coherent is the answer: does it hold together as one text?\n\nAnswer:\n{{completion}}",
        ["github/fluency"] = "How fluent is the answer: is its language correct and natural?\n\nAnswer:\n{{completion}}",
        ["github/relevance"] = "How relevant is the answer to the question?\n\nQuestion:\n{{input}}\n\nAnswer:\n{{completion}}",
        ["github/groundedness"] = "How well is the answer grounded in the context: does it say only what the context supports?\n\nContext:\n{{context}}\n\nAnswer:\n{{completion}}",
    }.ToImmutableDictionary();

    /// <summary>Asks and judges, one case after the other.</summary>
    /// <exception cref="OverBudgetException">A budget would be passed.</exception>
    public async IAsyncEnumerable<PromptCase> RunAsync(
        Prompt prompt, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var index = 0; index < prompt.TestData.Length; index++)
            yield return await TryAsync(prompt, index + 1, prompt.TestData[index], cancellationToken);
    }

    private async Task<PromptCase> TryAsync(Prompt prompt, int number, ImmutableDictionary<string, string> data, CancellationToken cancellationToken)
    {
        try
        {
            var used = prompt.Variables;
            var rendering = prompt.Render(data.Where(pair => used.Contains(pair.Key)).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal));
            using var client = models.GetClient(model ?? prompt.Model ?? Default, scope);
            var answer = (await client.GetResponseAsync(rendering.Messages, prompt.ToChatOptions(), cancellationToken)).Text;
            var scores = ImmutableArray.CreateBuilder<PromptScore>();
            foreach (var evaluator in prompt.Evaluators)
                scores.Add(await JudgeAsync(evaluator, answer, data.SetItem("completion", answer), cancellationToken));
            return new PromptCase(number, answer, null, scores.DrainToImmutable());
        }
        catch (ModelException e)
        {
            return new PromptCase(number, null, e.Message, []);
        }
    }

    private async Task<PromptScore> JudgeAsync(
        PromptEvaluator evaluator, string answer, ImmutableDictionary<string, string> values, CancellationToken cancellationToken)
    {
        switch (evaluator)
        {
            case PromptEvaluator.Text text:
                var filled = text with
                {
                    EqualTo = Fill(text.EqualTo, values),
                    Contains = Fill(text.Contains, values),
                    StartsWith = Fill(text.StartsWith, values),
                    EndsWith = Fill(text.EndsWith, values),
                };
                var passes = filled.Passes(answer.Trim());
                return new PromptScore(evaluator.Name, passes ? 1 : 0, passes, "");
            case PromptEvaluator.Judge judge:
                return await AskAsync(judge.Name, judge.Model, judge.SystemPrompt, judge.Prompt, judge.Choices, passing: 0, values, cancellationToken);
            case PromptEvaluator.BuiltIn { Uses: var uses } when Criteria.TryGetValue(uses, out var criterion):
                var grades = Enumerable.Range(1, 5).Select(grade => KeyValuePair.Create(grade.ToString(CultureInfo.InvariantCulture), (grade - 1) / 4f));
                return await AskAsync(
                    evaluator.Name, model ?? Default, "You grade answers. You answer with one digit from 1 (not at all) to 5 (fully) and nothing else.",
                    criterion, [.. grades], passing: 0.49f, values, cancellationToken);
            default:
                return new PromptScore(evaluator.Name, 0, Passed: false,
                    $"'{((PromptEvaluator.BuiltIn)evaluator).Uses}' is not known; known are {string.Join(", ", Criteria.Keys.Order(StringComparer.Ordinal))}.");
        }
    }

    private async Task<PromptScore> AskAsync(
        string name, string judge, string? system, string prompt, ImmutableArray<KeyValuePair<string, float>> choices, float passing,
        ImmutableDictionary<string, string> values, CancellationToken cancellationToken)
    {
        var missing = Prompt.VariablesOf(prompt).Where(variable => !values.ContainsKey(variable)).Distinct().ToList();
        if (missing.Count > 0)
            return new PromptScore(name, 0, Passed: false, $"The test data does not give {string.Join(", ", missing)}.");
        List<ChatMessage> messages = [new(ChatRole.User, Fill(prompt, values))];
        if (system is not null)
            messages.Insert(0, new ChatMessage(ChatRole.System, Fill(system, values)));
        using var client = models.GetClient(model ?? judge, scope);
        var said = (await client.GetResponseAsync(messages, new ChatOptions { Temperature = 0 }.WithPromptName($"evaluator {name}"), cancellationToken)).Text.Trim();
        // A verdict alone first; a talkative judge's first named choice else, the longest before one that it begins with.
        var chosen = choices.Where(choice => said.Equals(choice.Key, StringComparison.OrdinalIgnoreCase))
            .Concat(choices.Where(choice => said.Contains(choice.Key, StringComparison.OrdinalIgnoreCase)).OrderByDescending(choice => choice.Key.Length))
            .Select(choice => (KeyValuePair<string, float>?)choice).FirstOrDefault();
        return chosen is { } verdict
            ? new PromptScore(name, verdict.Value, verdict.Value > passing, $"judged {verdict.Key}")
            : new PromptScore(name, 0, Passed: false, $"The judge chose none of {string.Join(", ", choices.Select(choice => choice.Key))}.");
    }

    private static string? Fill(string? template, ImmutableDictionary<string, string> values) => template is null ? null : Prompt.Fill(template, values);
}
