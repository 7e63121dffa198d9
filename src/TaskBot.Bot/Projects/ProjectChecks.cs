using System.Collections.Immutable;

namespace TaskBot.Bot.Projects;

/// <summary>What a project's pull requests wait for.</summary>
public sealed record ProjectChecks
{
    /// <summary>Names of checks that have to answer, besides those that the base branch requires.</summary>
    public ImmutableArray<string> Required { get; init; } = [];

    /// <summary>How long to wait for a first check where none is required; then there are none.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long to wait for checks that do not answer; then a person is asked.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromHours(6);
}
