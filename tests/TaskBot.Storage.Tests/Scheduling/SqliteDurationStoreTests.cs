using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.Engine.Scheduling;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Storage.Scheduling;

namespace TaskBot.Storage.Tests.Scheduling;

public sealed class SqliteDurationStoreTests : IAsyncDisposable
{
    readonly TemporaryDatabase temporary = new();

    [Fact]
    public async Task The_newest_five_durations_of_each_node_of_a_repository_are_remembered()
    {
        var store = new SqliteDurationStore(temporary.Database);
        for (var seconds = 1; seconds <= 7; seconds++) await store.AddAsync("acme/a", [Took("/t/x", seconds), Took("/t/y", 2 * seconds)], default);
        await store.AddAsync("acme/b", [Took("/t/x", 100)], default);
        await temporary.ReopenAsync();

        var known = await new SqliteDurationStore(temporary.Database).ReadAsync("Acme/A", default);
        known.Where(duration => duration.Node.Name == "x").ShouldBe([Took("/t/x", 3), Took("/t/x", 4), Took("/t/x", 5), Took("/t/x", 6), Took("/t/x", 7)]);
        known.Count.ShouldBe(10);
    }

    [Fact]
    public async Task A_run_is_estimated_by_how_long_its_nodes_took_in_runs_before_the_program_was_started_again()
    {
        await new SqliteDurationStore(temporary.Database).AddAsync("acme/a", [Took("/t/x", 20), Took("/t/y", 40)], default);
        await temporary.ReopenAsync();
        var layer = TaskLayer.Parse("a.task.yml", "taskbot: 1\nnodes: { t: { nodes: { x: { type: command }, y: { type: command, needs: [/t/x] } } } }").Layer;
        var graph = new TaskComposer(new MemoryLayerResolver(), new(Command.TypeSchema)).Compose(layer).Graph.ShouldNotBeNull();
        var heard = new TaskCompletionSource<RunProgress>(TaskCreationOptions.RunContinuationsAsynchronously);
        var runner = new GraphRunner(
            [new Command(heard.Task)], new InMemoryResultCache(), new InMemoryJournal(), new(), temporary.Time, NullLogger<GraphRunner>.Instance,
            durations: new SqliteDurationStore(temporary.Database));
        await runner.RunAsync(new(new("run-1"), 1, graph) { Repository = "acme/a" }, new Watcher(heard), default);

        var progress = await heard.Task;
        progress.Left.ShouldBe(TimeSpan.FromSeconds(60));
        progress.CriticalPath.ShouldBe([NodePath.Parse("/t/x"), NodePath.Parse("/t/y")]);
    }

    /// <summary>Ends once it was seen to run.</summary>
    sealed class Command(Task seen) : INodeType
    {
        public static NodeTypeSchema TypeSchema { get; } = new("command", "Waits.");

        public NodeTypeSchema Schema => TypeSchema;

        public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
        {
            await seen.WaitAsync(cancellationToken);
            return NodeResult.Success();
        }
    }

    sealed class Watcher(TaskCompletionSource<RunProgress> heard) : IProgress<RunEvent>
    {
        public void Report(RunEvent value)
        {
            if (value is { State: NodeState.Running, Node.IsBranch: false, Progress: { } progress }) heard.TrySetResult(progress);
        }
    }

    static NodeDuration Took(string node, int seconds) => new(NodePath.Parse(node), "command", TimeSpan.FromSeconds(seconds));

    public ValueTask DisposeAsync() => temporary.DisposeAsync();
}
