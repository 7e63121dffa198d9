using TaskBot.Bot.Projects;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Bot.Tests.Nodes;

public sealed class CommandNodesTests : IAsyncLifetime
{
    NodeLab lab = null!;

    public async Task InitializeAsync() => lab = await NodeLab.CreateAsync();

    public async Task DisposeAsync() => await lab.DisposeAsync();

    [Fact]
    public async Task A_command_sees_the_trees_files_and_leaves_the_tree_as_it_is()
    {
        var tree = await lab.TreeAsync(("a.txt", "hello\n"));

        var result = (await lab.RunAsync("command", [("tree", tree.Value)], ("run", "cat a.txt; echo more >> a.txt"))).ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        result["log"].ToString().ShouldBe("hello\n");
        result["tree"].ShouldBe(tree.Value);
        result["exitCode"].ShouldBe(0);
    }

    [Fact]
    public async Task What_a_command_writes_is_the_next_tree_where_it_says_so()
    {
        var tree = await lab.TreeAsync(("a.txt", "hello\n"), (".gitignore", "*.log\n"));

        var result = (await lab.RunAsync("command", [("tree", tree.Value)], ("run", "echo new > b.txt; echo x > c.log; rm a.txt"), ("writes", true)))
            .ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        (await lab.TextAsync(result["tree"], "b.txt")).ShouldBe("new\n");
        (await lab.TextAsync(result["tree"], "a.txt")).ShouldBeNull();
        (await lab.TextAsync(result["tree"], "c.log")).ShouldBeNull();
    }

    [Fact]
    public async Task A_sparse_command_sees_its_folders_only_and_its_tree_has_the_others_too()
    {
        var tree = await lab.TreeAsync(("top.txt", "top\n"), ("web/a.txt", "a\n"), ("api/b.txt", "b\n"));

        var result = (await lab.RunAsync("command", [("tree", tree.Value)], ("run", "find . -type f | sort; echo new > web/c.txt"), ("writes", true), ("sparse", TaskValue.ListOf(["web"]))))
            .ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        result["log"].ToString().ShouldBe("./top.txt\n./web/a.txt\n");
        (await lab.TextAsync(result["tree"], "api/b.txt")).ShouldBe("b\n");
        (await lab.TextAsync(result["tree"], "web/c.txt")).ShouldBe("new\n");
    }

    [Theory]
    [InlineData("web/*")]
    [InlineData("../web")]
    [InlineData("/")]
    public async Task A_sparse_folder_that_is_none_is_refused(string folder)
    {
        var tree = await lab.TreeAsync(("web/a.txt", "a\n"));

        (await lab.RunAsync("command", [("tree", tree.Value)], ("run", "ls"), ("sparse", TaskValue.ListOf([folder])))).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain($"'{folder}'");
    }

    [Fact]
    public async Task Arguments_reach_a_program_without_a_shell()
    {
        var tree = await lab.TreeAsync(("a.txt", "hello\n"));

        var result = await lab.RunAsync("command", [("tree", tree.Value)], ("args", TaskValue.ListOf(["echo", "$(id); `id`", "&& id"])));

        result.ShouldBeOfType<NodeResult.Succeeded>().Outputs["log"].ToString().ShouldBe("$(id); `id` && id\n");
    }

    [Fact]
    public async Task A_command_that_fails_leaves_its_log()
    {
        var tree = await lab.TreeAsync(("a.txt", "hello\n"));

        var failed = (await lab.RunAsync("command", [("tree", tree.Value)], ("run", "echo error: no luck >&2; exit 3"))).ShouldBeOfType<NodeResult.Failed>();

        failed.Message.ShouldContain("ended with 3");
        failed.Evidence["log"].ToString().ShouldBe("error: no luck\n");
        failed.Evidence["exitCode"].ShouldBe(3);
    }

    [Fact]
    public async Task A_command_must_say_what_to_run_once()
    {
        var tree = await lab.TreeAsync(("a.txt", ""));

        (await lab.RunAsync("command", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("must say what to run");
        (await lab.RunAsync("command", [("tree", tree.Value)], ("run", "true"), ("args", TaskValue.ListOf(["true"])))).ShouldBeOfType<NodeResult.Failed>();
        (await lab.RunAsync("command", [("tree", tree.Value)], ("args", TaskValue.ListOf(["no-such-program-here"])))).ShouldBeOfType<NodeResult.Failed>()
            .Message.ShouldContain("no program 'no-such-program-here'");
    }

    [Fact]
    public async Task A_cancelled_run_ends_what_its_commands_started_however_deaf_that_is()
    {
        using var cancel = new CancellationTokenSource();
        var marker = $"taskbot-deaf-{Guid.NewGuid():N}";
        using var deaf = new FileSystemWatcher(lab.Folder, marker) { IncludeSubdirectories = true };
        deaf.Created += (_, _) => cancel.Cancel();
        deaf.EnableRaisingEvents = true;

        // A grandchild that ignores what it is asked; its marker shows in its command line, so that it can be looked for.
        var node = NodeLab.Node("/step", "command", [("run", $"(trap '' TERM INT HUP; exec bash -c 'trap \"\" TERM INT HUP; touch {marker}; while :; do sleep 1; done' {marker}) & wait")]);
        var result = await lab.RunGraphAsync(watcher: null, cancel.Token, node);

        result.Nodes[node.Path].State.ShouldBe(NodeState.Cancelled);
        Directory.EnumerateDirectories("/proc").Where(process => CommandLineOf(process).Contains(marker, StringComparison.Ordinal)).ShouldBeEmpty();

        static string CommandLineOf(string process)
        {
            try
            {
                return File.ReadAllText(Path.Combine(process, "cmdline"));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // No process, or none any more.
                return "";
            }
        }
    }

    [Fact]
    public async Task A_command_that_takes_too_long_is_stopped_and_keeps_its_log()
    {
        var tree = await lab.TreeAsync(("a.txt", ""));

        var failed = (await lab.RunAsync("command", [("tree", tree.Value)], ("run", "echo started; sleep 600"), ("timeoutMinutes", TaskValue.Parse("0.01"))))
            .ShouldBeOfType<NodeResult.Failed>();

        failed.Message.ShouldContain("timeoutMinutes");
        failed.Evidence["log"].ToString().ShouldBe("started\n");
    }

    [Fact]
    public async Task Tests_that_pass_are_counted()
    {
        var tree = await lab.TreeAsync(("test.sh", "echo 1..2; echo ok 1 - adds; echo ok 2 - parses\n"));

        var result = (await lab.RunAsync("project.test", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        result["report"].ShouldBe(TaskValue.MapOf(("passed", 2), ("failed", 0), ("skipped", 0)));
    }

    [Fact]
    public async Task A_failing_test_is_a_failure_with_its_name_and_a_signature_that_stays_the_same()
    {
        const string script = "echo 1..2; echo ok 1 - parses; echo not ok 2 - adds; exit 1\n";
        var first = (await lab.RunAsync("project.test", [("tree", (await lab.TreeAsync(("test.sh", script))).Value)])).ShouldBeOfType<NodeResult.Failed>();
        var second = (await lab.RunAsync("project.test", [("tree", (await lab.TreeAsync(("test.sh", "echo took 3 ms\n" + script))).Value)])).ShouldBeOfType<NodeResult.Failed>();

        first.Message.ShouldBe("1 of 2 tests failed: adds.");
        first.Evidence["failing"].ShouldBe(TaskValue.ListOf(["adds"]));
        first.Evidence["log"].ToString().ShouldContain("not ok 2 - adds");
        first.Evidence["signature"].ToString().Length.ShouldBe(64);
        second.Evidence["signature"].ShouldBe(first.Evidence["signature"]);
    }

    [Theory]
    [InlineData("true\n")]
    [InlineData("echo All good, trust me.\n")]
    [InlineData("echo 1..1; echo 'ok 1 - adds # SKIP not today'\n")]
    public async Task Where_no_test_ran_nothing_is_green(string script)
    {
        var tree = await lab.TreeAsync(("test.sh", script));

        (await lab.RunAsync("project.test", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("not known to work");
    }

    [Fact]
    public async Task A_failing_test_is_not_hidden_by_a_command_that_ends_well()
    {
        var tree = await lab.TreeAsync(("test.sh", "echo 1..1; echo not ok 1 - adds; exit 0\n"));

        (await lab.RunAsync("project.test", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Failed>();
    }

    [Fact]
    public async Task The_projects_own_commands_win()
    {
        var tree = await lab.TreeAsync(("test.sh", "exit 1\n"), ("built.txt", ""));
        lab.Project = Project.Default with { Restore = "echo fetched >> built.txt", Build = "echo built >> built.txt", Test = "echo 1..1; echo ok 1 - $(tr '\\n' ' ' < built.txt)" };

        (await lab.RunAsync("project.test", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Succeeded>().Outputs["log"].ToString().ShouldContain("ok 1 - fetched built");
        (await lab.RunAsync("project.build", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Succeeded>();
    }

    [Fact]
    public async Task A_build_that_fails_fails_build_and_test_alike()
    {
        var tree = await lab.TreeAsync(("test.sh", "echo ok 1 - x\n"), ("build.sh", "echo 'error: missing brace'; exit 2\n"));

        (await lab.RunAsync("project.build", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Failed>().Evidence["log"].ToString().ShouldContain("missing brace");
        (await lab.RunAsync("project.test", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Failed>().Evidence.ShouldContainKey("signature");
    }

    [Fact]
    public async Task A_repository_that_does_not_say_how_it_is_tested_is_told_what_to_write()
    {
        var tree = await lab.TreeAsync(("notes.txt", "nothing to see\n"));

        (await lab.RunAsync("project.test", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("'test: make test'");
        (await lab.RunAsync("project.build", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("'build: make'");
    }

    [Fact]
    public async Task A_repository_with_nothing_to_build_says_so()
    {
        var tree = await lab.TreeAsync(("test.sh", "echo ok 1 - x\n"));

        (await lab.RunAsync("project.build", [("tree", tree.Value)])).ShouldBeOfType<NodeResult.Succeeded>().Outputs["log"].ToString().ShouldContain("nothing to build");
    }
}
