using System.Globalization;
using System.Text;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary>Graphs of nodes that do nothing, run by the real program: what is looked at again, and when.</summary>
public sealed class PureGraphTests : IDisposable
{
    readonly TaskFolder folder = new();

    public PureGraphTests()
    {
        folder.Write("big.task.yml", """
            taskbot: 1
            default: t
            nodes:
              t:
                type: graph
                nodes:
                  a: { type: core.noop, value: 1 }
                  b: { type: core.noop, value: 2, inputs: { in: { from: [a.value] } } }
                  c: { type: core.noop, value: 3, inputs: { in: { from: [b.value, a.value] } } }
            """);
        folder.Write("small.task.yml", "taskbot: 1\ndefault: t\nlayers: [./big.task.yml]\nover: { t: { over: { a: { value: 10 } } } }\n");
    }

    [Fact]
    public async Task What_ran_is_not_looked_at_again_until_something_changes()
    {
        (await CountAsync("big.task.yml")).ShouldBe((3, 0));
        (await CountAsync("big.task.yml")).ShouldBe((0, 3));
        (await CountAsync("big.task.yml", "--set", "/t/c.value=4")).ShouldBe((1, 2));
        (await CountAsync("big.task.yml", "--set", "/t/c.value=4")).ShouldBe((0, 3));
        (await CountAsync("big.task.yml", "--set", "/t/a.value=9")).ShouldBe((3, 0), "both others are connected to it");
        (await CountAsync("big.task.yml")).ShouldBe((0, 3));
    }

    [Fact]
    public async Task An_edit_of_a_small_layer_over_a_large_one_and_of_the_large_one_runs_what_it_reaches()
    {
        (await CountAsync("small.task.yml")).ShouldBe((3, 0));
        folder.Write("small.task.yml", "taskbot: 1\ndefault: t\nlayers: [./big.task.yml]\nover: { t: { over: { a: { value: 11 } } } }\n");
        (await CountAsync("small.task.yml")).ShouldBe((3, 0));
        folder.Write("small.task.yml", "taskbot: 1\ndefault: t\nlayers: [./big.task.yml]\nover: { t: { over: { a: { value: 10 } } } }\n");
        (await CountAsync("small.task.yml")).ShouldBe((0, 3));
        folder.Write("big.task.yml", folder.Read("big.task.yml").Replace("value: 3", "value: 33", StringComparison.Ordinal));
        (await CountAsync("small.task.yml")).ShouldBe((1, 2));
        (await CountAsync("small.task.yml")).ShouldBe((0, 3));
    }

    [Fact]
    public async Task A_lost_database_is_noticed_and_a_wrong_value_is_told_with_its_place()
    {
        (await CountAsync("big.task.yml")).ShouldBe((3, 0));
        foreach (var file in Directory.GetFiles(Path.Combine(folder.Root, ".taskbot"), "taskbot.db*")) File.Delete(file);
        (await CountAsync("big.task.yml")).ShouldBe((3, 0));

        var wrong = await TaskBotProcess.RunAsync(["graph", "run", "big.task.yml", "--set", "/t/nowhere.value=1"], folder: folder.Root);

        (wrong.Code, wrong.Error.Contains("/t/nowhere", StringComparison.Ordinal)).ShouldBe((2, true), wrong.Error);
    }

    /// <summary>The program is killed as its database is written to, wherever that is in the build.</summary>
    [Fact]
    public async Task A_build_that_is_killed_again_and_again_is_whole_in_the_end_and_then_up_to_date()
    {
        const int Nodes = 8000;
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var text = new StringBuilder("taskbot: 1\ndefault: t\nnodes:\n  t:\n    type: graph\n    nodes:\n");
        for (var i = 0; i < Nodes; i++)
            text.Append(CultureInfo.InvariantCulture, $"      n{i}: {{ type: core.noop, value: {i}{(i < 20 ? "" : $", inputs: {{ in: {{ from: [n{i - 20}.value] }} }}")} }}\n");
        folder.Write("many.task.yml", text.ToString());
        var cache = Directory.CreateDirectory(Path.Combine(folder.Root, ".taskbot")).FullName;
        for (var kill = 0; kill < 3; kill++)
        {
            using var process = TaskBotProcess.Start(["graph", "run", "many.task.yml", "--json"], folder: folder.Root);
            var left = random.Next(1, 3000);
            using var watcher = new FileSystemWatcher(cache, "taskbot.db*") { NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.Size, EnableRaisingEvents = true };
            watcher.Changed += (_, _) =>
            {
                if (Interlocked.Decrement(ref left) == 0) process.Kill();
            };
            await process.WaitAsync();
        }

        var (executed, cached) = await CountAsync("many.task.yml");
        (executed + cached).ShouldBe(Nodes, $"seed {seed}");
        (await CountAsync("many.task.yml")).ShouldBe((0, Nodes), $"seed {seed}");
        (await TaskBotProcess.RunAsync(["cache", "stats"], folder: folder.Root)).Output.ShouldStartWith($"{Nodes} results, ", customMessage: $"seed {seed}");
        (await CountAsync("many.task.yml", "--set", $"/t/n{Nodes - 1}.value=other")).ShouldBe((1, Nodes - 1), $"seed {seed}");
    }

    [Fact]
    public async Task An_edit_that_changes_no_node_opens_no_database_then_or_after()
    {
        (await CountAsync("big.task.yml")).ShouldBe((3, 0));
        var database = Path.Combine(folder.Root, ".taskbot", "taskbot.db");
        var written = File.GetLastWriteTimeUtc(database);
        folder.Write("big.task.yml", folder.Read("big.task.yml") + "\n# A word.\n");

        (await CountAsync("big.task.yml")).ShouldBe((0, 3));
        (await CountAsync("big.task.yml")).ShouldBe((0, 3));

        File.GetLastWriteTimeUtc(database).ShouldBe(written);
    }

    [Fact]
    public async Task A_log_or_state_that_was_torn_or_lost_costs_a_look_and_is_never_believed()
    {
        (await CountAsync("big.task.yml")).ShouldBe((3, 0));
        foreach (var damage in (Action<string>[])[file => File.WriteAllBytes(file, File.ReadAllBytes(file)[..^5]), file => File.WriteAllText(file, "no log"), File.Delete])
        {
            foreach (var kind in (string[])["log", "state", "graph"])
            {
                damage(Directory.GetFiles(Path.Combine(folder.Root, ".taskbot", "graphs"), $"*.{kind}").ShouldHaveSingleItem());
                (await CountAsync("big.task.yml", "--set", "/t/c.value=4")).ShouldBeOneOf((1, 2), (0, 3));
                (await CountAsync("big.task.yml")).ShouldBe((0, 3), kind);
            }
        }
    }

    [Fact]
    public async Task Results_go_to_another_machine_and_back()
    {
        await CountAsync("big.task.yml");
        (await TaskBotProcess.RunAsync(["cache", "stats"], folder: folder.Root)).Output.ShouldStartWith("3 results, ");
        (await TaskBotProcess.RunAsync(["cache", "export", "out/"], folder: folder.Root)).Output.ShouldBe("3 results exported\n");
        (await TaskBotProcess.RunAsync(["cache", "import", "out/", "--cache", "other"], folder: folder.Root)).Output.ShouldBe("3 results imported\n");
        (await TaskBotProcess.RunAsync(["cache", "import", "out/", "--cache", "other"], folder: folder.Root)).Output.ShouldBe("0 results imported\n");

        (await CountAsync("big.task.yml", "--cache", "other")).ShouldBe((0, 3));
        (await TaskBotProcess.RunAsync(["cache", "prune", "--limit", "0"], folder: folder.Root)).Output.ShouldBe("3 results removed\n");
        (await CountAsync("big.task.yml")).ShouldBe((3, 0));
        folder.Write("broken", "no export");
        (await TaskBotProcess.RunAsync(["cache", "import", "broken"], folder: folder.Root)).Code.ShouldBe(2);
    }

    [Fact]
    public async Task A_ninja_file_becomes_a_task_that_runs()
    {
        folder.Write("build.ninja", """
            # Variables, a continuation and escapes.
            cc = gcc
            flags = -O2 $
                -g
            rule cc
              command = $cc $flags -c $in -o ${out} $extra
            rule link
              command = $cc $in -o $out
            include more.ninja
            build a.o: cc a.c | a.h || gen
            build b.o: cc b.c
              extra = -DB=$$1
            build app: link a.o b.o
            build all: phony app
            build unused: phony b.o
            default all
            """);
        folder.Write("more.ninja", "rule gen\n  command = make-header\nbuild a.h gen: gen in$ put\n");

        var import = await TaskBotProcess.RunAsync(["graph", "import-ninja", "build.ninja", "--out", "built.task.yml"], folder: folder.Root);

        import.Code.ShouldBe(0, import.Error);
        folder.Read("built.task.yml").ReplaceLineEndings("\n").ShouldBe("""
            taskbot: 1
            default: build
            nodes:
              build:
                type: graph
                nodes:
                  a_h: {type: core.noop, value: "make-header", title: "a.h"}
                  a_o: {type: core.noop, value: "gcc -O2 -g -c a.c -o a.o ", title: "a.o", inputs: {in: {from: [a_h.value]}}, needs: [a_h]}
                  b_o: {type: core.noop, value: "gcc -O2 -g -c b.c -o b.o -DB=$1", title: "b.o"}
                  app: {type: core.noop, value: "gcc a.o b.o -o app", inputs: {in: {from: [a_o.value, b_o.value]}}}
                  all: {type: core.noop, value: "all", inputs: {in: {from: [app.value]}}}

            """.ReplaceLineEndings("\n"));
        (await CountAsync("built.task.yml")).ShouldBe((5, 0));
    }

    [Fact]
    public async Task Every_mistake_in_a_ninja_file_is_told_with_its_line()
    {
        folder.Write("build.ninja", "build a: nothing b\nbuild a: phony\nrule r\nwhat is this\nbuild c phony\nx = $%\ninclude missing.ninja\ndefault nowhere\n");

        var import = await TaskBotProcess.RunAsync(["graph", "import-ninja", "build.ninja"], folder: folder.Root);

        import.Code.ShouldBe(2);
        foreach (var place in (string[])["build.ninja:1: There is no rule 'nothing'", "build.ninja:2: 'a' is built twice", "build.ninja:4: ", "build.ninja:5: ", "build.ninja:6: ", "missing.ninja:0: ", "'default' names 'nowhere'"])
            import.Error.ShouldContain(place);
    }

    public void Dispose() => folder.Dispose();

    async Task<(int Executed, int Cached)> CountAsync(params string[] arguments)
    {
        var ended = await TaskBotProcess.RunAsync(["graph", "run", .. arguments, "--json"], folder: folder.Root);
        ended.Code.ShouldBe(0, ended.Error);
        using var json = System.Text.Json.JsonDocument.Parse(ended.LastLine);
        return (json.RootElement.GetProperty("executed").GetInt32(), json.RootElement.GetProperty("cached").GetInt32());
    }
}
