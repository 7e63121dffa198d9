using System.Collections.Immutable;
using System.Text.RegularExpressions;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Library;

/// <summary>A task of the library, for lists and for choosing.</summary>
/// <param name="AssetPath">What a layer writes under <c>uses</c>: <c>taskbot:core/fix-bug</c>.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Tags">Words that speak for it; a task without any is a part of others and never chosen by itself.</param>
public sealed record LibraryTask(string AssetPath, string Summary, ImmutableArray<string> Tags);

/// <summary>The task that fits an issue.</summary>
/// <param name="Task">Its asset path.</param>
/// <param name="Selections">Variants by set; empty for the task's own.</param>
/// <param name="Reason">Why this one, for people.</param>
public sealed record TaskChoice(string Task, ImmutableSortedDictionary<string, string> Selections, string Reason)
{
    /// <summary>How well it fits: zero where nothing spoke for any task.</summary>
    public int Score { get; init; }
}

/// <summary>The tasks that come with TaskBot, held in the assembly.</summary>
public static partial class TaskLibrary
{
    /// <summary>What an issue is taken as that speaks for it as much as for another.</summary>
    const string Preferred = "taskbot:core/fix-bug";

    /// <summary>What an issue is taken as that nothing speaks for, with the variant that asks what is unclear and plans.</summary>
    const string Fallback = "taskbot:core/change";

    static readonly ImmutableSortedDictionary<string, string> Unselected = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    static readonly ImmutableSortedDictionary<string, string> Planned = Unselected.Add("strictness", "thorough");

    const string Folder = "Library/Tasks/";
    const string Extension = ".task.yml";

    /// <summary>A label is someone's decision, a title says what is asked for, and a body says much besides.</summary>
    const int LabelWeight = 8, TitleWeight = 3, BodyWeight = 1;

    static readonly ImmutableSortedDictionary<string, string> Texts = EmbeddedFiles.Read(Folder, Extension)
        .ToImmutableSortedDictionary(file => file.Path[Folder.Length..^Extension.Length], file => file.Text, StringComparer.Ordinal);

    /// <summary>Gives the text of <c>taskbot:core/NAME</c>.</summary>
    public static ILayerResolver Resolver { get; } = new LibraryLayerResolver(Texts);

    /// <summary>Every task by its asset path.</summary>
    public static ImmutableArray<LibraryTask> Tasks { get; } = [.. Texts.Select(file => Describe(LibraryLayerResolver.Scheme + file.Key, file.Value))];

    /// <summary>
    /// The task whose tags an issue's labels, title and body name most: the same for the same issue. A word of the title counts for three of
    /// the body, a label for eight words; a tag counts once in each. A repository's own task goes before one of the library that fits as well. Where
    /// nothing fits, a change is planned.
    /// </summary>
    /// <param name="own">The repository's own tasks.</param>
    public static TaskChoice Choose(string title, string body, IEnumerable<string> labels, IEnumerable<LibraryTask>? own = null)
    {
        var inLabels = Words(string.Join(' ', labels));
        var inTitle = Words(title);
        var inBody = Words(body);
        var best = (own ?? []).Concat(Tasks).Where(task => !task.Tags.IsEmpty)
            .Select(task => (task, hits: task.Tags.Where(tag => Score(tag) > 0).ToList(), score: task.Tags.Sum(Score)))
            .OrderByDescending(item => item.score).ThenByDescending(item => !item.task.AssetPath.StartsWith(LibraryLayerResolver.Scheme, StringComparison.Ordinal))
            .ThenByDescending(item => item.task.AssetPath == Preferred).ThenBy(item => item.task.AssetPath, StringComparer.Ordinal)
            .First();
        return best.score == 0
            ? new(Fallback, Planned, "nothing in the library fits, so it is planned")
            : new(best.task.AssetPath, Unselected, $"the issue says {string.Join(", ", best.hits.Select(tag => $"'{tag}'"))}: {best.score} points") { Score = best.score };

        int Score(string tag) =>
            (inLabels.Contains(tag) ? LabelWeight : 0) + (inTitle.Contains(tag) ? TitleWeight : 0) + (inBody.Contains(tag) ? BodyWeight : 0);
    }

    static HashSet<string> Words(string text) => Word().Matches(text.ToLowerInvariant()).Select(match => match.Value).ToHashSet(StringComparer.Ordinal);

    /// <summary>What a task file says of itself, for lists and for choosing.</summary>
    public static LibraryTask Describe(string assetPath, string text)
    {
        var layer = TaskLayer.Parse(assetPath, text).Layer;
        // A file without a default, or without a task, is for others to use.
        var root = layer.DefaultPrim is { } name ? layer.Root.FindChild(name) : layer.Root.Children.FirstOrDefault(child => child.Specifier == Specifier.Def);
        return new(assetPath, root?.FindProperty("summary")?.Value?.ToString() ?? "", Tags(root?.FindProperty("tags")?.Value));
    }

    static ImmutableArray<string> Tags(TaskValue? value) => value is TaskValue.List list ? [.. list.Items.Select(tag => tag.ToString())] : [];

    [GeneratedRegex(@"[\p{L}\p{N}]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
