using System.Collections.Immutable;
using Microsoft.Extensions.AI;
using TaskBot.Models.Documents;

namespace TaskBot.Models.Prompts;

/// <summary>A prompt with its variables filled in, or what was wrong with them.</summary>
/// <param name="Messages">Empty when there are problems.</param>
/// <param name="Problems">Variables that are missing, and variables that the prompt does not have.</param>
public sealed record PromptRendering(ImmutableArray<ChatMessage> Messages, ImmutableArray<FileProblem> Problems);
