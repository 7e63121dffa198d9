using System.Collections.Immutable;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;

namespace TaskBot.Models.Scripted;

/// <summary>One rule of a script: what a request must look like, and what is then answered.</summary>
public sealed record ScriptedReply
{
    /// <summary>The rule's line in its file, for messages.</summary>
    public int Line { get; init; }

    /// <summary>The name of the prompt that the request was made from; null matches any.</summary>
    public string? Prompt { get; init; }

    /// <summary>Texts that must all occur, in exactly these letters, in the request's messages.</summary>
    public ImmutableArray<string> Contains { get; init; } = [];

    /// <summary>Which call of a conversation this is, from 1: one more than the model's answers that the request already holds.</summary>
    public int? Call { get; init; }

    /// <summary>The answer's text; null when the rule answers with tool calls or an error.</summary>
    public string? Reply { get; init; }

    /// <summary>The tools that the answer calls.</summary>
    public ImmutableArray<FunctionCallContent> ToolCalls { get; init; } = [];

    /// <summary>The failure to report instead of an answer.</summary>
    public ModelErrorKind? Error { get; init; }

    /// <summary>Tokens to report; null estimates them from the texts.</summary>
    public UsageDetails? Usage { get; init; }

    internal bool Matches(string? prompt, string text, int call) =>
        (Prompt is null || Prompt == prompt)
        && (Call is null || Call == call)
        && Contains.All(part => text.Contains(part, StringComparison.Ordinal));
}
