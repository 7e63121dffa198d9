namespace TaskBot.Bot.Projects;

/// <summary>What a project lets its runs spend, in US dollars; null where it sets no limit of its own.</summary>
/// <param name="RunUsd">One run.</param>
/// <param name="DayUsd">All runs of the repository in one day (UTC).</param>
public sealed record ProjectBudget(decimal? RunUsd, decimal? DayUsd);
