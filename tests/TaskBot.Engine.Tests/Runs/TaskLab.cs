using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Graphs;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Tests.Runs;

/// <summary>
/// Runs task files, composed by the real composer, with stores in memory. A <c>say</c> gives <c>out</c>: its attribute <c>say</c> followed
/// by its inputs in brackets; <c>strict</c> does the same and cannot do without its input <c>must</c>.
/// </summary>
sealed class TaskLab
{
    static readonly NodeTypeSchema Say = new("say", "Says what it is given.")
    {
        AcceptsUntrusted = true,
        Attributes = [new("say", ValueKind.Any, "What it says.")],
        Inputs = [new("in", ValueKind.Any, "What it also says."), new("more", ValueKind.Any, "What it also says.")],
        Outputs =
        [
            new("out", ValueKind.Text, "What it said."), new("list", ValueKind.List, "Some items."), new("passed", ValueKind.Truth, "Whether it did."),
            new("number", ValueKind.Integer, "How many."),
        ],
    };

    static readonly NodeTypeSchema Strict = Say with { Name = "strict", Inputs = [new("must", ValueKind.Any, "What it says.") { Required = true }] };

    public static readonly NodeTypeCatalog Types = new(Say, Strict);

    public IResultCache Cache { get; init; } = new InMemoryResultCache();

    public InMemoryJournal Journal { get; } = new();

    public IJournal? OtherJournal { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public RunnerOptions Options { get; } = new() { RetryDelay = TimeSpan.Zero };

    public RunId Run { get; set; } = new("run-1");

    /// <summary>What nodes do instead, by path or by name.</summary>
    public Dictionary<string, Func<NodeRun, CancellationToken, ValueTask<NodeResult>>> Does { get; } = [];

    /// <summary>Digests that types give of what nodes read, by name.</summary>
    public Dictionary<string, string> World { get; } = [];

    /// <summary>Paths of the nodes that ran.</summary>
    public ConcurrentQueue<string> Ran { get; } = [];

    /// <summary>The nodes that ran since last asked, by path.</summary>
    public string[] TakeRan()
    {
        string[] ran = [.. Ran.Order(StringComparer.Ordinal)];
        Ran.Clear();
        return ran;
    }

    public void Gives(string node, params (string Name, TaskValue Value)[] outputs) => Does[node] = (_, _) => ValueTask.FromResult<NodeResult>(NodeResult.Success(outputs));

    public void Gives(string node, Func<NodeRun, NodeResult> result) => Does[node] = (run, _) => ValueTask.FromResult(result(run));

    public void Fails(string node) => Does[node] = (_, _) => ValueTask.FromResult<NodeResult>(NodeResult.Failure("It fails."));

    public Task<RunResult> RunAsync(string task, int attempt = 1, CancellationToken cancellationToken = default) =>
        RunAsync(new RunRequest(Run, attempt, Compose(task)), cancellationToken);

    public Task<RunResult> RunAsync(RunRequest request, CancellationToken cancellationToken = default) =>
        new GraphRunner([Type(Say), Type(Strict)], Cache, OtherJournal ?? Journal, Options, Time, NullLogger<GraphRunner>.Instance)
            .RunAsync(request, watcher: null, cancellationToken);

    public static TaskGraph Compose(string task, params string[] layers)
    {
        var (graph, problems) = TryCompose(task, layers);
        return graph ?? throw new InvalidOperationException(string.Join('\n', problems));
    }

    public static (TaskGraph? Graph, ImmutableArray<Problem> Problems) TryCompose(string task, params IEnumerable<string> layers)
    {
        var parse = TaskLayer.Parse("test.task.yml", task);
        var session = layers.Select((layer, index) => TaskLayer.Parse($"layer-{index}", layer).Layer).Reverse().ToImmutableArray();
        var composition = new TaskComposer(new MemoryLayerResolver(), Types).Compose(parse.Layer, session: session);
        ImmutableArray<Problem> problems = [.. parse.Problems.Concat(composition.Problems).Distinct()];
        return (problems.IsEmpty ? composition.Graph : null, problems);
    }

    /// <summary>What comes of a task, mistakes and all.</summary>
    public static Composition ComposeAnyway(string task) => new TaskComposer(new MemoryLayerResolver(), Types).Compose(TaskLayer.Parse("test.task.yml", task).Layer);

    TestNodeType Type(NodeTypeSchema schema) => new(schema, async (run, cancellationToken) =>
    {
        Ran.Enqueue(run.Node.Path.ToString());
        if (Does.TryGetValue(run.Node.Path.ToString(), out var work) || Does.TryGetValue(run.Node.Path.Name, out work)) return await work(run, cancellationToken);
        return NodeResult.Success(("out", Words(run)));
    })
    {
        World = World,
    };

    /// <summary>What a node says if nothing else is asked of it.</summary>
    public static string Words(NodeRun run) =>
        $"{run.Node.Attributes.GetValueOrDefault("say")}({string.Join(",", run.Inputs.Select(input => input.Value.Content.ToString()))})";
}
