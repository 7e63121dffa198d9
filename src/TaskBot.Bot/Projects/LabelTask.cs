using System.Collections.Immutable;

namespace TaskBot.Bot.Projects;

/// <summary>What a label asks for.</summary>
/// <param name="Name">The label.</param>
/// <param name="Task">The task file's asset path, such as <c>taskbot:core/fix-bug</c>; null where the library chooses by the text.</param>
/// <param name="Select">Variant selections of the task, by variant set.</param>
public sealed record LabelTask(string Name, string? Task, ImmutableSortedDictionary<string, string> Select)
{
    /// <summary>The library chooses.</summary>
    public static LabelTask Auto(string name) => new(name, null, ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));
}
