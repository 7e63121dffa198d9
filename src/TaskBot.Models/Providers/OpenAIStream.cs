using System.Text;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using TaskBot.Models.Errors;
using WireFinishReason = OpenAI.Chat.ChatFinishReason;

namespace TaskBot.Models.Providers;

/// <summary>
/// Follows one streamed answer: passes text on as it comes, gathers the pieces of tool calls, and at the end tells a whole answer from one
/// that was cut, refused or empty.
/// </summary>
internal sealed class OpenAIStream(ProviderErrors errors)
{
    private readonly SortedDictionary<int, PartialCall> _calls = [];
    private WireFinishReason? _finish;
    private UsageDetails? _usage;
    private string? _id;
    private string? _model;
    private bool _text;
    private bool _refused;

    public ChatResponseUpdate Add(StreamingChatCompletionUpdate wire)
    {
        _id ??= wire.CompletionId;
        _model ??= wire.Model;
        _finish = wire.FinishReason ?? _finish;
        _refused |= !string.IsNullOrEmpty(wire.RefusalUpdate);
        if (wire.Usage is { } usage)
            _usage = OpenAIResponse.Usage(usage);
        foreach (var piece in wire.ToolCallUpdates)
        {
            if (!_calls.TryGetValue(piece.Index, out var call))
                _calls[piece.Index] = call = new PartialCall();
            call.Add(piece);
        }
        var update = Update();
        foreach (var part in wire.ContentUpdate)
            if (part.Kind == ChatMessageContentPartKind.Text && part.Text.Length > 0)
            {
                _text = true;
                update.Contents.Add(new TextContent(part.Text));
            }
        return update;
    }

    /// <summary>The last update: tool calls, the reason for ending and the usage.</summary>
    /// <exception cref="ModelException">The stream ended before the answer did, or the answer is a refusal, empty or malformed.</exception>
    public ChatResponseUpdate Complete()
    {
        if (_refused || _finish == WireFinishReason.ContentFilter)
            throw errors.Refused(_usage);
        if (_finish is null)
            throw errors.CutOff(null);
        if (!_text && _calls.Count == 0)
            throw errors.Empty(_finish == WireFinishReason.Length, _usage);
        var update = Update();
        update.FinishReason = OpenAIResponse.Finish(_finish.Value);
        foreach (var call in _calls.Values)
            update.Contents.Add(OpenAIResponse.Call(call.Id, call.Name, call.Arguments.ToString(), errors, _usage));
        if (_usage is not null)
            update.Contents.Add(new UsageContent(_usage));
        return update;
    }

    private ChatResponseUpdate Update() =>
        new() { Role = ChatRole.Assistant, ResponseId = _id, MessageId = _id, ModelId = _model };

    private sealed class PartialCall
    {
        public string Id { get; private set; } = "";

        public string Name { get; private set; } = "";

        public StringBuilder Arguments { get; } = new();

        public void Add(StreamingChatToolCallUpdate piece)
        {
            if (!string.IsNullOrEmpty(piece.ToolCallId))
                Id = piece.ToolCallId;
            if (!string.IsNullOrEmpty(piece.FunctionName))
                Name = piece.FunctionName;
            if (piece.FunctionArgumentsUpdate is { } arguments && !arguments.ToMemory().IsEmpty)
                Arguments.Append(arguments.ToString());
        }
    }
}
