using Microsoft.Extensions.AI;

namespace TaskBot.Models.Prompts;

/// <summary>One message of a prompt, with its <c>{{variables}}</c> still in it.</summary>
/// <param name="Role">System, user or assistant.</param>
/// <param name="Content">The template.</param>
/// <param name="Line">Where it begins in its file.</param>
public sealed record PromptMessage(ChatRole Role, string Content, int Line);
