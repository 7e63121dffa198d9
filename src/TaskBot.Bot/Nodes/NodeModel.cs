using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Models.Prompts;
using TaskBot.Models.Structured;

namespace TaskBot.Bot.Nodes;

/// <summary>What came of asking: an answer, or how the node ends without one.</summary>
readonly record struct ModelAnswer<T>(T Value, NodeResult? Ending)
    where T : class
{
    public static ModelAnswer<T> Of(T value) => new(value, null);

    public static ModelAnswer<T> End(NodeResult ending) => new(null!, ending);
}

/// <summary>
/// How nodes ask a model: with the prompt that fits their type or that they name, from the model or profile that they name, charged to the
/// node. Every way in which a model can fail to answer becomes a result of the node.
/// </summary>
sealed class NodeModel(RunScope scope)
{
    /// <summary>The attributes that every node has that asks a model.</summary>
    /// <param name="stronger">Who is asked instead once an answer failed its check; null for no one else.</param>
    public static ImmutableArray<AttributeSchema> Attributes(string profile, string? stronger = null) =>
    [
        .. PlainAttributes(profile),
        new("prompt", ValueKind.Text, "The prompt's name; without one the library chooses by the node's type and the project's languages."),
        new("promptTags", ValueKind.List, "What is known of the work besides the project's languages: prompts and rules with these tags fit too. 'review.plan' sets it."),
        new("instructions", ValueKind.Text, "What the task's author tells the model besides the prompt."),
        .. stronger is null
            ? ImmutableArray<AttributeSchema>.Empty : [new(Stronger, ValueKind.Text, "The profile or model that is asked instead where an answer fails its check.") { Default = stronger }],
    ];

    const string Stronger = "stronger";

    /// <summary>The attributes that every node has that asks a model, with a prompt or without.</summary>
    public static ImmutableArray<AttributeSchema> PlainAttributes(string profile) =>
    [
        new("model", ValueKind.Text, "A profile such as fast, code or reason, or a model's name.") { Default = profile },
        new("budgetUsd", ValueKind.Number, "The most that this node may spend in a run, over all attempts.") { Unit = "US dollars", InKey = false },
    ];

    /// <summary>What an answer depends on where there is no prompt: the model.</summary>
    public ImmutableSortedDictionary<string, string> DescribeModel(TaskNode node) =>
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("model", scope.Models.Describe(ModelOf(node)));

    /// <summary>What an answer depends on besides the node: the model and the exact prompt.</summary>
    public ImmutableSortedDictionary<string, string> Describe(TaskNode node)
    {
        var environment = DescribeModel(node);
        if (node.Text(Stronger) is { } stronger) environment = environment.Add(Stronger, scope.Models.Describe(scope.Project.ModelFor(stronger)));
        if (DescribePrompt(node) is { } prompt) environment = environment.Add("prompt", prompt);
        return Rules(node, node.Type) is { Length: > 0 } rules ? environment.Add("rules", Digest([rules])) : environment;
    }

    /// <summary>The name and a digest of the prompt that the node uses; null where there is none.</summary>
    public string? DescribePrompt(TaskNode node) =>
        Find(node) is { } prompt ? $"{prompt.Name} {Digest(prompt.Messages.Select(message => message.Content))}" : null;

    /// <summary>The rules of each of the project's languages and of the node's own tags that has any, for a system message.</summary>
    /// <param name="type">Whose work it is.</param>
    public string Rules(TaskNode node, string type) => string.Join('\n', TagsOf(node)
        .Select(tag => scope.Prompts.Choose(RulesOf(type), [tag])?.Prompt)
        .OfType<Prompt>()
        .DistinctBy(prompt => prompt.Name)
        .SelectMany(prompt => prompt.Messages)
        .Select(message => message.Content.Trim()));

    /// <summary>The tag of prompts that are rules for nodes of a type, besides the one prompt that they are asked with.</summary>
    public static string RulesOf(string type) => $"{type}.rules";

    /// <summary>Asks for text.</summary>
    public Task<ModelAnswer<string>> AskAsync(NodeRun run, ImmutableArray<(string Name, string Text)> variables, CancellationToken cancellationToken) =>
        AskAsync(
            run, variables,
            async (client, messages, options) =>
            {
                var response = await client.GetResponseAsync(messages, options, cancellationToken);
                if (response.FinishReason == ChatFinishReason.Length)
                    return ModelAnswer<string>.End(NodeResult.Failure("The model's answer was cut off at its limit of output tokens.", ("reply", NodeRunExtensions.Tail(response.Text, 4000))));
                return string.IsNullOrWhiteSpace(response.Text)
                    ? ModelAnswer<string>.End(NodeResult.Failure("The model's answer is empty.", ("reply", "")))
                    : ModelAnswer<string>.Of(response.Text);
            });

    /// <summary>Asks for data. An answer that the check finds fault with goes back once, with all its problems.</summary>
    /// <param name="check">What is wrong with an answer that fits the schema, each a full sentence; null for no check.</param>
    public Task<ModelAnswer<T>> AskAsync<T>(
        NodeRun run, ImmutableArray<(string Name, string Text)> variables, JsonTypeInfo<T> type, JsonElement schema, CancellationToken cancellationToken,
        Func<T, IReadOnlyList<string>>? check = null)
        where T : class =>
        AskAsync(
            run, variables,
            async (client, messages, options) =>
            {
                var answer = await StructuredOutput.GetAsync(client, messages, type, schema, options, cancellationToken);
                var problems = check?.Invoke(answer.Value) ?? [];
                if (problems.Count > 0 && !answer.Repaired)
                {
                    run.Report($"The answer has {problems.Count} problems and goes back once.");
                    if (run.Node.Text(Stronger) is { } stronger) client = ClientOf(run, scope.Project.ModelFor(stronger));
                    messages.Add(new ChatMessage(ChatRole.Assistant, JsonSerializer.Serialize(answer.Value, type)));
                    messages.Add(new ChatMessage(ChatRole.User,
                        $"This cannot be accepted:\n{string.Join('\n', problems.Select(problem => $"- {problem}"))}\n"
                        + "Answer again with the whole corrected JSON object and nothing else."));
                    answer = await StructuredOutput.GetAsync(client, messages, type, schema, options, cancellationToken);
                    problems = check!(answer.Value);
                }

                return problems.Count == 0
                    ? ModelAnswer<T>.Of(answer.Value)
                    : ModelAnswer<T>.End(NodeResult.Failure(
                        $"The model's answer cannot be accepted: {string.Join(" ", problems)}",
                        ("problems", TaskValue.ListOf(problems.Select(TaskValue.FromString))), ("reply", JsonSerializer.Serialize(answer.Value, type))));
            });

    /// <summary>Asks in a way of its own: the client, the rendered messages and the prompt's options are handed on.</summary>
    public async Task<ModelAnswer<T>> AskAsync<T>(
        NodeRun run, ImmutableArray<(string Name, string Text)> variables, Func<IChatClient, List<ChatMessage>, ChatOptions, Task<ModelAnswer<T>>> ask)
        where T : class
    {
        if (!TryRender(run.Node, variables, out var prompt, out var messages, out var problem))
            return ModelAnswer<T>.End(NodeResult.Failure(problem));
        return await AskAsync(run, $"the prompt {prompt.Name}", client => ask(client, messages, prompt.ToChatOptions()));
    }

    /// <summary>Asks without a prompt, with what the node itself says.</summary>
    /// <param name="what">What is sent, for people.</param>
    public async Task<ModelAnswer<T>> AskAsync<T>(NodeRun run, string what, Func<IChatClient, Task<ModelAnswer<T>>> ask)
        where T : class
    {
        try
        {
            run.Report($"Asking {ModelOf(run.Node)} with {what}.");
            return await ask(ClientOf(run, ModelOf(run.Node)));
        }
        catch (OverBudgetException exception)
        {
            return ModelAnswer<T>.End(OverBudget(exception));
        }
        catch (ModelException exception)
        {
            return ModelAnswer<T>.End(NodeResult.Failure(exception.Message, ("model", exception.Model), ("error", exception.Kind.ToString())) with
            {
                // An empty or malformed answer would most likely come again; it is for the next attempt, with another input.
                IsTransient = exception.IsTransient && exception.Kind is not (ModelErrorKind.Empty or ModelErrorKind.Malformed),
            });
        }
    }

    /// <summary>The accounts that the node is charged to, its own last.</summary>
    public LedgerScope AccountOf(NodeRun run) => scope.Ledger.Enter(BudgetLevel.Node, $"{run.RunId}{run.Node.Path}", BudgetOf(run.Node));

    /// <summary>How a node ends whose budget does not allow what it was about to do.</summary>
    public static NodeResult OverBudget(OverBudgetException exception) =>
        new NodeResult.OverBudget($"{exception.Message} Raise it with `/taskbot budget AMOUNT`; what is finished is kept and not paid again.");

    /// <summary>What is asked: the node's prompt with the variables filled in, or what is wrong with it.</summary>
    public bool TryRender(
        TaskNode node, ImmutableArray<(string Name, string Text)> variables, [NotNullWhen(true)] out Prompt? prompt, out List<ChatMessage> messages, out string problem)
    {
        messages = [];
        problem = "";
        prompt = Find(node);
        if (prompt is null)
        {
            problem = node.Text("prompt") is { } name
                ? $"There is no prompt '{name}' for {node.Path}. Write it to .github/taskbot/prompts/, or leave 'prompt' out."
                : $"There is no prompt with the tag '{node.Type}' for {node.Path}.";
            return false;
        }

        // A prompt need not use every variable; one that it uses must be known.
        var used = prompt.Variables;
        var rendering = prompt.Render(
            variables.Where(variable => used.Contains(variable.Name)).ToDictionary(variable => variable.Name, variable => variable.Text, StringComparer.Ordinal));
        if (!rendering.Problems.IsEmpty)
        {
            problem = $"The prompt '{prompt.Name}' cannot be used by {node.Path}: {string.Join(" ", rendering.Problems)} "
                + $"Known are: {string.Join(", ", variables.Select(variable => variable.Name))}.";
            return false;
        }

        var instructions = node.Text("instructions") is { } told ? $"\n\n{told}" : "";
        var system = string.Join("\n\n", rendering.Messages.Where(message => message.Role == ChatRole.System).Select(message => message.Text.Trim()));
        messages.Add(new ChatMessage(ChatRole.System, $"{system}{instructions}\n\n{DataBlock.Rule}"));
        foreach (var message in rendering.Messages.Where(message => message.Role != ChatRole.System))
            messages.Add(new ChatMessage(message.Role, message.Text.Trim()));
        return true;
    }

    /// <summary>The prompt that a node is asked with, and why that one; null where none fits.</summary>
    public static PromptMatch? Choose(TaskNode node, Project project, PromptLibrary prompts) =>
        node.Text("prompt") is { } name ? prompts.Get(name) : prompts.Choose(node.Type, TagsOf(node, project));

    Prompt? Find(TaskNode node) => Choose(node, scope.Project, scope.Prompts)?.Prompt;

    ImmutableArray<string> TagsOf(TaskNode node) => TagsOf(node, scope.Project);

    static ImmutableArray<string> TagsOf(TaskNode node, Project project) => [.. project.Languages.Union(node.Texts("promptTags"), StringComparer.Ordinal)];

    /// <summary>Charged to the node. Clients share what they hold with others; it is the router's to dispose.</summary>
    IChatClient ClientOf(NodeRun run, string model) => scope.Models.GetClient(model, AccountOf(run));

    decimal? BudgetOf(TaskNode node)
    {
        decimal? own = node.Attributes.GetValueOrDefault("budgetUsd") switch
        {
            TaskValue.Integer integer => integer.Value,
            TaskValue.Real real => (decimal)real.Value,
            _ => null,
        };
        return own is { } usd && !(usd > scope.Project.Budget.NodeUsd) ? usd : scope.Project.Budget.NodeUsd;
    }

    string ModelOf(TaskNode node) => scope.Project.ModelFor(node.Text("model")!);

    static string Digest(IEnumerable<string> texts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', texts))))[..16];
}
