using System.Collections.Immutable;
using TaskBot.Bot.Executors;
using TaskBot.Graphs.Problems;

namespace TaskBot.Bot.Projects;

/// <summary>
/// The work environment of a repository, as <c>.github/taskbot/project.yml</c> of the base branch describes it, over what the
/// organisation's file says.
/// </summary>
public sealed record Project
{
    /// <summary>Where the file stands in a repository.</summary>
    public const string FilePath = ".github/taskbot/project.yml";

    /// <summary>Paths that no node writes unless a project says otherwise: what runs with rights of its own, and what says who decides.</summary>
    public static ImmutableArray<string> DefaultProtected { get; } = [".github/workflows/**", "CODEOWNERS", ".github/taskbot/**"];

    /// <summary>A project that says nothing: everything as it is by default.</summary>
    public static Project Default { get; } = new();

    /// <summary>What the project is for, for models; null where it does not say.</summary>
    public string? Vision { get; init; }

    /// <summary>Lower-case names such as <c>csharp</c> or <c>python</c>, the main one first.</summary>
    public ImmutableArray<string> Languages { get; init; } = [];

    /// <summary>A shell line that fetches packages, the one step that has the network; null where the toolchain that is found decides.</summary>
    public string? Restore { get; init; }

    /// <summary>A shell line that builds; null where the toolchain that is found decides.</summary>
    public string? Build { get; init; }

    /// <summary>A shell line that runs all tests; null where the toolchain that is found decides.</summary>
    public string? Test { get; init; }

    /// <summary>Globs of the files that say how code is written here.</summary>
    public ImmutableArray<string> Style { get; init; } = [];

    /// <summary>Globs of the files that every task should know.</summary>
    public ImmutableArray<string> Context { get; init; } = [];

    /// <summary>The model to use where a node names this profile.</summary>
    public ImmutableSortedDictionary<string, string> Models { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public ProjectBudget Budget { get; init; } = new(RunUsd: null, DayUsd: null);

    /// <summary>How often a run is tried in all, 1 to 10.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>Globs of paths that no node may write; letters' case does not matter.</summary>
    public ImmutableArray<string> Protected { get; init; } = DefaultProtected;

    /// <summary>What each label asks for; ordinal order of the names.</summary>
    public ImmutableArray<LabelTask> Labels { get; init; } = [LabelTask.Auto("taskbot"), LabelTask.Auto("taskbot:tests") with { Task = "taskbot:core/write-tests" }];

    public ProjectChecks Checks { get; init; } = new();

    public ProjectPermissions Permissions { get; init; } = new();

    /// <summary>Who does the work, where whoever runs the server leaves it open.</summary>
    public ExecutorKind Executor { get; init; }

    /// <summary>Who reads what runs here taught.</summary>
    public MemorySharing Memory { get; init; }

    /// <summary>The profile or model to ask the router for, where a node names this one.</summary>
    public string ModelFor(string profileOrModel) => Models.GetValueOrDefault(profileOrModel, profileOrModel);

    /// <summary>
    /// Reads layers, strongest first (the repository's, then the organisation's). Single values: the strongest wins. Lists add, weaker ones
    /// first, unless one is written <c>{set: [...]}</c>, which replaces. Maps merge key by key.
    /// </summary>
    /// <returns>What could be read, and every problem of every layer; a project with problems is not to be worked with.</returns>
    public static (Project Project, ImmutableArray<Problem> Problems) Parse(params IReadOnlyList<ProjectLayer> layers)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        var project = Default;
        foreach (var layer in layers.Reverse())
            project = new ProjectParser(layer.Name, problems).Apply(layer.Text, project);
        return (project, problems.ToImmutable());
    }
}

/// <summary>One project file: its name for problems, and its text.</summary>
public sealed record ProjectLayer(string Name, string Text);
