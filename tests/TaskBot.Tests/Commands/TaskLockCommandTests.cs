using TaskBot.Graphs.Layers;

namespace TaskBot.Tests.Commands;

/// <summary><c>taskbot task lock</c>, with the real program and a server that answers as GitHub does; then composing with nobody to ask.</summary>
public sealed class TaskLockCommandTests : IAsyncLifetime, IDisposable
{
    const string Own = ".github/taskbot/tasks/fix-bug.task.yml";
    const string Asset = "acme/tasks/fix-bug.task.yml@v3";

    const string Acme = """
        taskbot: 1
        default: fix-bug
        classes:
          agent-step:
            type: llm.edit
            model: standard
            timeoutMinutes: 20
            inputs: { tree: { from: /fix-bug.tree }, description: { from: /fix-bug.description } }
        nodes:
          fix-bug:
            type: graph
            select: { language: csharp, strictness: fast }     # weak defaults
            nodes:
              reproduce: { extends: /agent-step, instructions: Write a failing test that shows the bug. }
              locate:    { extends: /agent-step, instructions: Find the cause. Do not edit files., needs: [reproduce] }
              implement: { extends: /agent-step, instructions: Make the smallest change that fixes the cause., needs: [locate] }
              test:      { type: command, needs: [implement] }
              lint:      { type: command, needs: [implement] }
              open-pr:   { type: forge.pr, needs: [test, lint], inputs: { tree: { from: implement.tree } } }
            variants:
              language:
                csharp: { over: { test: { run: dotnet test }, lint: { run: dotnet format --verify-no-changes } } }
                python: { over: { test: { run: pytest -q }, lint: { run: ruff check . } } }
              strictness:
                fast: {}
                thorough:
                  nodes:
                    review: { extends: /agent-step, instructions: Review the diff against the issue. List defects only., needs: [test] }
                  over:
                    implement: { timeoutMinutes: 60 }
                    open-pr:   { needs: [review] }              # adds; {set: [...]} would replace
        """;

    const string Repository = """
        taskbot: 1
        default: fix-our-bug
        classes:
          agent-step: { type: llm.edit, model: large }            # reaches every step of acme's graph
        nodes:
          fix-our-bug:
            uses: acme/tasks/fix-bug.task.yml@v3
            select: { language: python, strictness: thorough }
            over:
              reproduce: { instructions: Write a failing pytest under tests/regressions/ that shows the bug. }
              open-pr:   { needs: { delete: [lint], append: [changelog] } }
            nodes:
              changelog:
                extends: /agent-step
                instructions: Add one line to CHANGELOG.md.
                needs: [implement]
                inputs: { tree: { from: implement.tree }, description: { from: /fix-our-bug.description } }
        """;

    const string Flattened = """
        taskbot: 1
        default: fix-our-bug
        classes:
          start: { inputs: { tree: { from: /fix-our-bug.tree }, description: { from: /fix-our-bug.description } } }
        nodes:
          fix-our-bug:
            type: graph
            nodes:
              reproduce: { extends: /start, type: llm.edit, model: large, timeoutMinutes: 20, instructions: Write a failing pytest under tests/regressions/ that shows the bug. }
              locate:    { extends: /start, type: llm.edit, model: large, timeoutMinutes: 20, needs: [reproduce], instructions: Find the cause. Do not edit files. }
              implement: { extends: /start, type: llm.edit, model: large, timeoutMinutes: 60, needs: [locate], instructions: Make the smallest change that fixes the cause. }
              test:      { type: command, run: pytest -q, needs: [implement] }
              lint:      { type: command, run: ruff check ., needs: [implement] }
              review:    { extends: /start, type: llm.edit, model: large, timeoutMinutes: 20, needs: [test], instructions: Review the diff against the issue. List defects only. }
              open-pr:   { type: forge.pr, needs: [review, test, changelog], inputs: { tree: { from: implement.tree } } }
              changelog:
                type: llm.edit
                model: large
                needs: [implement]
                instructions: Add one line to CHANGELOG.md.
                inputs: { tree: { from: implement.tree }, description: { from: /fix-our-bug.description } }
        """;

    readonly TaskFolder folder = new();
    FakeRepository acme = null!;

    public async Task InitializeAsync() => acme = await FakeRepository.StartAsync();

    public async Task DisposeAsync() => await acme.DisposeAsync();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_task_of_another_repository_is_pinned_then_composes_offline_to_the_flattened_result()
    {
        var commit = acme.Tag("v3", ("fix-bug.task.yml", Acme));
        folder.Write(Own, Repository);
        folder.Write("flattened.task.yml", Flattened);
        (await folder.RunAsync("task", "compose", Own)).Error.ShouldContain("Run 'taskbot task lock'");

        var exit = await LockAsync();

        exit.Code.ShouldBe(0, exit.Error);
        exit.Output.ShouldBe($"+ {Asset}  {commit[..12]}\n{LockFile.Path}: 1 layer of other repositories locked.\n");
        var (locks, problems) = LockFile.Parse(LockFile.Path, folder.Read(LockFile.Path));
        problems.ShouldBeEmpty();
        locks.Entries[Asset].ShouldBe(new LockEntry(commit, LockFile.DigestOf(System.Text.Encoding.UTF8.GetBytes(Acme))));
        var difference = await folder.RunAsync("task", "diff", "flattened.task.yml", Own);
        difference.Error.ShouldBeEmpty();
        difference.Output.ShouldBeEmpty();
        difference.Code.ShouldBe(0);
    }

    [Fact]
    public async Task Locking_again_fetches_no_file_and_writes_the_same()
    {
        acme.Tag("v3", ("fix-bug.task.yml", Acme));
        folder.Write(Own, Repository);
        await LockAsync();
        var first = folder.Read(LockFile.Path);
        acme.Requests.Clear();

        (await LockAsync()).Code.ShouldBe(0);

        folder.Read(LockFile.Path).ShouldBe(first);
        acme.Requests.ShouldBe(["/repos/acme/tasks/commits/v3"]);
    }

    [Fact]
    public async Task References_are_followed_through_other_repositories_and_relative_paths_stay_in_theirs()
    {
        acme.Tag("v3", ("tasks/outer.task.yml", "taskbot: 1\ndefault: outer\nnodes: { outer: { uses: ../shared/inner.task.yml } }\n"),
            ("shared/inner.task.yml", "taskbot: 1\ndefault: inner\nnodes: { inner: { type: command, run: make } }\n"));
        folder.Write(Own, "taskbot: 1\nnodes: { a: { uses: ./local.task.yml#/b } }\n");
        folder.Write(".github/taskbot/tasks/local.task.yml", "taskbot: 1\nnodes: { b: { uses: acme/tasks/tasks/outer.task.yml@v3 } }\n");

        (await LockAsync()).Code.ShouldBe(0);

        LockFile.Parse("lock", folder.Read(LockFile.Path)).Lock.Entries.Keys.ShouldBe(["acme/tasks/shared/inner.task.yml@v3", "acme/tasks/tasks/outer.task.yml@v3"]);
        var composed = await folder.RunAsync("task", "compose", Own);
        composed.Code.ShouldBe(0, composed.Error);
        composed.Output.ShouldContain("run: make");
    }

    [Fact]
    public async Task A_moved_tag_is_an_error_until_it_is_updated_on_purpose()
    {
        acme.Tag("v3", ("fix-bug.task.yml", Acme));
        folder.Write(Own, Repository);
        await LockAsync();
        var first = folder.Read(LockFile.Path);
        var moved = acme.Tag("v3", ("fix-bug.task.yml", Acme.Replace("pytest -q", "pytest -x", StringComparison.Ordinal)));

        var refused = await LockAsync();

        refused.Code.ShouldBe(2);
        refused.Error.ShouldStartWith($"error: {Own}:7:");
        refused.Error.ShouldContain("'v3' of acme/tasks moved from");
        refused.Error.ShouldContain("--update");
        folder.Read(LockFile.Path).ShouldBe(first);
        (await folder.RunAsync("task", "compose", Own)).Output.ShouldContain("run: pytest -q");

        var updated = await LockAsync("--update");

        updated.Code.ShouldBe(0, updated.Error);
        updated.Output.ShouldStartWith($"~ {Asset}  ");
        folder.Read(LockFile.Path).ShouldContain(moved);
        (await folder.RunAsync("task", "compose", Own)).Output.ShouldContain("run: pytest -x");
    }

    [Fact]
    public async Task What_is_not_used_any_more_is_dropped()
    {
        acme.Tag("v3", ("fix-bug.task.yml", Acme));
        folder.Write(Own, Repository);
        await LockAsync();
        folder.Write(Own, "taskbot: 1\nnodes: { a: { type: command, run: make } }\n");

        var exit = await LockAsync();

        exit.Code.ShouldBe(0, exit.Error);
        exit.Output.ShouldStartWith($"- {Asset}\n");
        LockFile.Parse("lock", folder.Read(LockFile.Path)).Lock.Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Content_that_is_not_what_was_locked_is_refused_by_composing_and_by_locking()
    {
        acme.Tag("v3", ("fix-bug.task.yml", Acme));
        folder.Write(Own, Repository);
        await LockAsync();
        var cached = Directory.GetFiles(folder.Cache, "*", SearchOption.AllDirectories).ShouldHaveSingleItem();
        await File.AppendAllTextAsync(cached, "# changed\n");

        var composed = await folder.RunAsync("task", "compose", Own);
        composed.Code.ShouldBe(2);
        composed.Error.ShouldContain($"error: {Own}:7:");
        composed.Error.ShouldContain("The cached file is not what was locked.");

        // The cache is mended; a lock file that was tampered with is not.
        (await LockAsync()).Code.ShouldBe(0);
        (await folder.RunAsync("task", "compose", Own)).Code.ShouldBe(0);
        folder.Write(LockFile.Path, folder.Read(LockFile.Path).Replace(LockFile.DigestOf(System.Text.Encoding.UTF8.GetBytes(Acme)), LockFile.DigestOf([]), StringComparison.Ordinal));
        var refused = await LockAsync();
        refused.Code.ShouldBe(2);
        refused.Error.ShouldContain($"error: {Own}:7:");
        refused.Error.ShouldContain("has the digest");
    }

    [Fact]
    public async Task Everything_that_cannot_be_had_is_told_at_once_with_its_place_and_nothing_is_written()
    {
        acme.Tag("v3", ("fix-bug.task.yml", Acme));
        folder.Write(Own, """
            taskbot: 1
            colour: red
            nodes:
              a: { uses: acme/tasks/fix-bug.task.yml@v9 }
              b: { uses: acme/tasks/gone.task.yml@v3 }
              c: { uses: nobody/nothing/x.task.yml@v1 }
              d: { uses: ./gone.task.yml }
              e: { uses: acme/tasks/fix-bug.task.yml@v3 }
            """);

        var exit = await LockAsync();

        exit.Code.ShouldBe(2);
        foreach (var line in new[] { 2, 4, 5, 6, 7 }) exit.Error.ShouldContain($"error: {Own}:{line}:");
        exit.Error.TrimEnd().Split('\n').Length.ShouldBe(5);
        File.Exists(Path.Combine(folder.Root, LockFile.Path)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_failed_work_and_no_mistake_of_the_user()
    {
        folder.Write(Own, Repository);
        var environment = acme.Environment;
        await acme.DisposeAsync();

        var exit = await folder.RunAsync(environment, "task", "lock");

        exit.Code.ShouldBe(1);
        exit.Error.ShouldContain($"error: {Own}:7:");
    }

    [Fact]
    public async Task A_repository_that_uses_no_other_has_nothing_to_lock()
    {
        folder.Write(Own, "taskbot: 1\nnodes: { a: { type: command, run: make } }\n");

        var exit = await LockAsync();

        exit.Code.ShouldBe(0, exit.Error);
        exit.Output.ShouldContain("nothing to lock");
        File.Exists(Path.Combine(folder.Root, LockFile.Path)).ShouldBeFalse();
    }

    Task<Testing.Processes.TaskBotExit> LockAsync(params string[] arguments) => folder.RunAsync(acme.Environment, ["task", "lock", .. arguments]);
}
