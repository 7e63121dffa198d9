using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Scheduling;
using TaskBot.Engine.Tests.Graphs;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Engine.Tests.Runs;

/// <summary>
/// A runner with stores in memory and a type <c>step</c>: it remembers that it ran and gives <c>out</c>: its attribute <c>say</c>
/// followed by its inputs in brackets, unless the test says otherwise for its path.
/// </summary>
sealed class RunnerFixture
{
    readonly List<INodeType> types;

    public RunnerFixture(params INodeType[] more)
    {
        Step = new(new("step", "Says what it is given.") { AcceptsUntrusted = true }, StepAsync);
        types = [Step, .. more];
    }

    public InMemoryResultCache Cache { get; } = new();

    public InMemoryJournal Journal { get; } = new();

    /// <summary>Used in place of the one in memory.</summary>
    public IJournal? OtherJournal { get; init; }

    public RunnerOptions Options { get; } = new() { RetryDelay = TimeSpan.Zero };

    /// <summary>Shared with other runs; null: the run has all for itself.</summary>
    public ResourcePool? Pool { get; set; }

    public IDurationStore? Durations { get; init; }

    public string Repository { get; set; } = "";

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public RunId Run { get; set; } = new("run-1");

    public TestNodeType Step { get; }

    /// <summary>What steps do instead, by path.</summary>
    public Dictionary<string, Func<NodeRun, CancellationToken, ValueTask<NodeResult>>> Instead { get; } = [];

    /// <summary>Paths of the steps that ran, in the order in which they started.</summary>
    public ConcurrentQueue<string> Ran { get; } = [];

    public Task<RunResult> RunAsync(
        GraphBuilder graph, int attempt = 1, Func<ImmutableArray<string>, (TaskGraph?, ImmutableArray<Problem>)>? compose = null,
        IProgress<RunEvent>? watcher = null, CancellationToken cancellationToken = default) =>
        RunAsync(new RunRequest(Run, attempt, graph.Build(), compose) { Repository = Repository }, watcher, cancellationToken);

    public Task<RunResult> RunAsync(RunRequest request, IProgress<RunEvent>? watcher = null, CancellationToken cancellationToken = default) =>
        new GraphRunner(types, Cache, OtherJournal ?? Journal, Options, Time, NullLogger<GraphRunner>.Instance, Pool, Durations).RunAsync(request, watcher, cancellationToken);

    public void Fail(string path, string message) => Instead[path] = (_, _) => ValueTask.FromResult<NodeResult>(NodeResult.Failure(message));

    public void Give(string path, NodeResult result) => Instead[path] = (_, _) => ValueTask.FromResult(result);

    async ValueTask<NodeResult> StepAsync(NodeRun run, CancellationToken cancellationToken)
    {
        Ran.Enqueue(run.Node.Path.ToString());
        return Instead.TryGetValue(run.Node.Path.ToString(), out var work) ? await work(run, cancellationToken) : Say(run);
    }

    static NodeResult.Succeeded Say(NodeRun run)
    {
        var inputs = string.Join(",", run.Inputs.Values.Select(input => input.Content));
        return NodeResult.Success(("out", $"{run.Node.Attributes.GetValueOrDefault("say")}({inputs})"));
    }
}

static class RunResultExtensions
{
    extension(RunResult result)
    {
        public NodeReport At(string path) => result.Nodes[NodePath.Parse(path)];

        public string? Out(string path) => result.At(path).Outputs.GetValueOrDefault("out")?.Content.AsText();

        public NodeState State(string path) => result.At(path).State;
    }
}
