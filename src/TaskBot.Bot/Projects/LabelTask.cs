using System.Collections.Immutable;
using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Projects;

/// <summary>What a label asks for.</summary>
/// <param name="Name">The label.</param>
/// <param name="Task">The task file's asset path, such as <c>taskbot:core/fix-bug</c>; null where the library chooses by the text.</param>
/// <param name="Select">Variant selections of the task, by variant set.</param>
public sealed record LabelTask(string Name, string? Task, ImmutableSortedDictionary<string, string> Select)
{
    /// <summary>Null for the project's own.</summary>
    public ConcurrencyGroup? Concurrency { get; init; }

    /// <summary>How long after the label was put on the run may begin.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>What it asks for beside the words; null where those decide alone.</summary>
    public TaskWish? Wish => Task is null && Select.IsEmpty ? null : new(Task, Select);

    /// <summary>The library chooses.</summary>
    public static LabelTask Auto(string name) => new(name, null, ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));
}
