namespace TaskBot.Bot.Agents;

/// <summary>What an agent is asked to do.</summary>
/// <param name="Prompt">The whole task as one text, which does not begin with a dash.</param>
/// <param name="Model">As the agent calls it; null where it decides.</param>
/// <param name="MaxUsd">The most that it may cost, in US dollars; passed on where the agent has such a limit of its own.</param>
public sealed record AgentOrder(string Prompt, string? Model, decimal MaxUsd);
