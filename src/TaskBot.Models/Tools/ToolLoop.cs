using System.Text.Json;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Structured;

namespace TaskBot.Models.Tools;

/// <summary>
/// Lets a model call tools until it answers. What a model gets wrong (a tool that does not exist, arguments that do not fit) is told to the model
/// as the tool's result; what goes wrong in a tool is thrown.
/// </summary>
public static class ToolLoop
{
    /// <summary>Asks, runs the tools of <see cref="ChatOptions.Tools"/> that the answer calls, one after the other, and asks again.</summary>
    /// <param name="client">Any chat client.</param>
    /// <param name="messages">The request.</param>
    /// <param name="options">With the tools.</param>
    /// <param name="maxRounds">How often tools may be called before the answer must come; at least 1.</param>
    /// <param name="cancellationToken">Stops the request, and the tools.</param>
    /// <returns>The last answer, with all messages of the conversation after the request, and the usage of all rounds.</returns>
    /// <exception cref="ModelException"><see cref="ModelErrorKind.Malformed"/>: the model still calls tools; or any failure of a call.</exception>
    public static async Task<ChatResponse> RunAsync(
        IChatClient client, IEnumerable<ChatMessage> messages, ChatOptions options, int maxRounds, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRounds, 1);
        var conversation = messages.ToList();
        var requested = conversation.Count;
        var usage = new UsageDetails();
        for (var round = 0; ; round++)
        {
            var response = await client.GetResponseAsync(conversation, options, cancellationToken);
            if (response.Usage is { } counted)
                usage.Add(counted);
            conversation.AddRange(response.Messages);
            var calls = response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ToList();
            if (calls.Count == 0)
                return new ChatResponse([.. conversation.Skip(requested)])
                {
                    ResponseId = response.ResponseId,
                    ModelId = response.ModelId,
                    FinishReason = response.FinishReason,
                    Usage = usage,
                };
            if (round == maxRounds)
                throw StillCalling(client, calls[0].Name, maxRounds, usage);
            var results = new List<AIContent>();
            foreach (var call in calls)
                results.Add(new FunctionResultContent(call.CallId, await CallAsync(call, options, cancellationToken)));
            conversation.Add(new ChatMessage(ChatRole.Tool, results));
        }
    }

    private static async ValueTask<object?> CallAsync(FunctionCallContent call, ChatOptions options, CancellationToken cancellationToken)
    {
        var tools = (options.Tools ?? []).OfType<AIFunction>().ToList();
        if (tools.FirstOrDefault(tool => tool.Name == call.Name) is not { } tool)
            return $"There is no tool '{call.Name}'; there are {string.Join(", ", tools.Select(one => one.Name))}.";
        if (JsonSchema.Check(tool.JsonSchema).IsEmpty)
        {
            var arguments = JsonSerializer.SerializeToElement(
                call.Arguments ?? new Dictionary<string, object?>(), AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>)));
            var problems = JsonSchema.Validate(tool.JsonSchema, arguments);
            if (!problems.IsEmpty)
                return $"The arguments do not fit: {string.Join("; ", problems)}.";
        }
        return await tool.InvokeAsync(new AIFunctionArguments(call.Arguments), cancellationToken);
    }

    private static ModelException StillCalling(IChatClient client, string tool, int maxRounds, UsageDetails usage)
    {
        var metadata = client.GetService<ChatClientMetadata>();
        return new ModelException(ModelErrorKind.Malformed, metadata?.DefaultModelId ?? "the model",
            metadata?.ProviderUri?.Authority ?? metadata?.ProviderName ?? "an unknown endpoint",
            $"after {maxRounds} rounds it still calls tools (now {tool}) instead of answering")
        {
            Usage = usage,
        };
    }
}
