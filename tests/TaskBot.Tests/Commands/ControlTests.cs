using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Storage;
using TaskBot.Storage.Journal;
using TaskBot.Testing.Processes;
using Xunit.Abstractions;

namespace TaskBot.Tests.Commands;

/// <summary>The example with every word of control, run, cut off, replayed and asked about with the real program.</summary>
public sealed class ControlTests(ITestOutputHelper output) : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-control-test-");

    public void Dispose() => folder.Delete(recursive: true);

    static string Example([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../../examples/control.task.yml"));

    string Cache => Path.Combine(folder.FullName, "cache");

    Task<TaskBotExit> RunAsync(params string[] more) => TaskBotProcess.RunAsync(["graph", "run", Example(), "--cache", Cache, "--json", .. more]);

    static int Number(TaskBotExit exit, string name)
    {
        using var summary = JsonDocument.Parse(exit.LastLine);
        return summary.RootElement.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task The_example_runs_comes_from_the_cache_is_replayed_and_says_why()
    {
        (await TaskBotProcess.RunAsync(["task", "lint", Example()])).Code.ShouldBe(0);
        var first = await RunAsync();
        first.Code.ShouldBe(0, first.Error);
        Number(first, "executed").ShouldBe(15);
        Number(first, "skipped").ShouldBe(1);

        // What is fresh works again, and so does what failed.
        var second = await RunAsync();
        second.Code.ShouldBe(0, second.Error);
        Number(second, "executed").ShouldBe(3);
        Number(second, "cached").ShouldBe(12);

        var replay = await RunAsync("--replay");
        replay.Code.ShouldBe(0, replay.Error);
        Number(replay, "executed").ShouldBe(0);

        var why = await TaskBotProcess.RunAsync(["why", "/release/publish", "--not", "--cache", Cache]);
        why.Code.ShouldBe(0, why.Error);
        why.Output.ShouldContain("/release/publish did not run in attempt 2 of run ");
        why.Output.ShouldContain("  attribute run \"echo \\\"published after $VALUE\\\"\"\n");
        (await TaskBotProcess.RunAsync(["why", "/release/nobody", "--cache", Cache])).Code.ShouldBe(2);
        (await TaskBotProcess.RunAsync(["why", "/release/check", "--cache", folder.FullName])).Code.ShouldBe(2);
    }

    [Fact]
    public async Task Why_names_the_line_that_changed_and_a_replay_the_node_where_it_shows()
    {
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.task.yml"), Task("one"));
        string[] run = ["graph", "run", "a.task.yml", "--cache", Cache];
        (await TaskBotProcess.RunAsync(run, folder: folder.FullName)).Code.ShouldBe(0);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.task.yml"), Task("two"));
        var replay = await TaskBotProcess.RunAsync([.. run, "--replay"], folder: folder.FullName);
        replay.Code.ShouldBe(1);
        replay.Error.ShouldContain("differs at /t/say: then 'attribute run \"echo one\"', now 'attribute run \"echo two\"'.");
        (await TaskBotProcess.RunAsync(run, folder: folder.FullName)).Code.ShouldBe(0);
        var why = await TaskBotProcess.RunAsync(["why", "/t/say", "--cache", Cache]);
        why.Output.ShouldEndWith("- attribute run \"echo one\"\n+ attribute run \"echo two\"\n");

        static string Task(string word) => $"taskbot: 1\ndefault: t\nnodes: {{ t: {{ nodes: {{ say: {{ type: command, run: echo {word} }} }} }} }}\n";
    }

    [Fact]
    public async Task Killed_again_and_again_it_ends_in_the_same_values_and_runs_no_finished_node_again()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var kill = 0; kill < 5; kill++)
        {
            using var process = TaskBotProcess.Start(["graph", "run", Example(), "--cache", Cache, "--jobs", "2", "--json"]);
            var left = random.Next(1, 9);
            process.LineCame += _ =>
            {
                if (Interlocked.Decrement(ref left) == 0) process.Kill();
            };
            await process.WaitAsync();
        }

        var last = await RunAsync();
        last.Code.ShouldBe(0, last.Error);
        var whole = Path.Combine(folder.FullName, "whole");
        (await TaskBotProcess.RunAsync(["graph", "run", Example(), "--cache", whole, "--json"])).Code.ShouldBe(0);

        (await EndsAsync(Cache, finishedOnce: true)).ShouldBe(await EndsAsync(whole, finishedOnce: false));
    }

    /// <summary>How each node ended, and under which key, which holds all values that it was given.</summary>
    async Task<string[]> EndsAsync(string cache, bool finishedOnce)
    {
        await using var database = SqliteDatabase.Open(new() { ConnectionString = Path.Combine(cache, "taskbot.db") }, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
        var journal = new SqliteJournal(database);
        var run = (await journal.LastRunAsync(default)).ShouldNotBeNull();
        var finished = new HashSet<NodeKey>();
        var ends = new SortedDictionary<Graphs.Nodes.NodePath, string>();
        await foreach (var record in journal.ReadAsync(run, default))
        {
            ends[record.Node] = $"{record.Node} {record.State} {record.Key}";
            if (record.Key is not { } key || record.Attempt > 1) continue;
            if (finishedOnce && record.State == NodeState.Running) finished.ShouldNotContain(key, $"{record.Node} had finished.");
            if (record is { State: NodeState.Succeeded, Cached: false }) finished.Add(key);
        }

        return [.. ends.Values];
    }
}
