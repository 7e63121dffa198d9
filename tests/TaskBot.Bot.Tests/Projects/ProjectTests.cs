using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Models.Ledger;

namespace TaskBot.Bot.Tests.Projects;

public sealed class ProjectTests
{
    [Fact]
    public void A_project_that_says_nothing_has_the_defaults()
    {
        var (project, problems) = Project.Parse(new ProjectLayer("project.yml", "# nothing yet\n"));

        problems.ShouldBeEmpty();
        project.Attempts.ShouldBe(3);
        project.Protected.ShouldBe([".github/workflows/**", "CODEOWNERS", ".github/taskbot/**"]);
        project.Labels.Select(label => (label.Name, label.Task)).ShouldBe([("taskbot", (string?)null), ("taskbot:tests", "taskbot:core/write-tests")]);
        project.Permissions.Network.ShouldBeFalse();
        project.Test.ShouldBeNull();
    }

    [Fact]
    public void Every_key_is_read()
    {
        var (project, problems) = Project.Parse(new ProjectLayer("project.yml", """
            vision: A calculator for people who hate calculators.
            languages: [CSharp, python]
            restore: dotnet restore
            build: make
            test: make test
            style: [docs/style.md]
            context: docs/architecture.md
            models: { code: gpt-5@openai, reason: o5 }
            budget: { run: 2.50, day: 20 }
            attempts: 5
            protected: [secrets/**]
            labels:
              taskbot: auto
              bug: taskbot:core/fix-bug
              hard-bug: { task: taskbot:core/fix-bug, select: { strictness: thorough } }
            permissions: { network: true }
            """));

        problems.ShouldBeEmpty();
        project.Vision.ShouldBe("A calculator for people who hate calculators.");
        project.Languages.ShouldBe(["csharp", "python"]);
        (project.Restore, project.Build, project.Test).ShouldBe(("dotnet restore", "make", "make test"));
        project.Style.ShouldBe(["docs/style.md"]);
        project.Context.ShouldBe(["docs/architecture.md"]);
        project.ModelFor("code").ShouldBe("gpt-5@openai");
        project.ModelFor("fast").ShouldBe("fast");
        project.Budget.ShouldBe(new ProjectBudget(2.50m, 20m));
        project.Attempts.ShouldBe(5);
        project.Protected.ShouldContain("secrets/**");
        project.Protected.ShouldContain(".github/workflows/**");
        project.Labels.Select(label => (label.Name, label.Task)).ShouldBe(
            [("bug", "taskbot:core/fix-bug"), ("hard-bug", "taskbot:core/fix-bug"), ("taskbot", null), ("taskbot:tests", "taskbot:core/write-tests")]);
        project.Labels[1].Select["strictness"].ShouldBe("thorough");
        project.Permissions.Network.ShouldBeTrue();
    }

    [Fact]
    public void Starts_are_read_as_the_words_of_actions_have_them()
    {
        var (project, problems) = Project.Parse(new ProjectLayer("project.yml", """
            concurrency: everything
            labels:
              later: { delayMinutes: 90, concurrency: { group: docs, queue: max } }
            schedule:
              - cron: "*/15 0-6 * * mon-fri"
                task: taskbot:core/fix-bug
                select: { strictness: thorough }
                concurrency: { group: night, cancelInProgress: true }
              - { cron: "0 6 1 * *", task: taskbot:core/write-tests, title: Tests, body: Write some. }
            """));

        problems.ShouldBeEmpty();
        project.Concurrency.ShouldBe(new ConcurrencyGroup("everything"));
        (project.Labels[0].Delay, project.Labels[0].Concurrency).ShouldBe((TimeSpan.FromMinutes(90), new ConcurrencyGroup("docs") { KeepsPending = true }));
        project.Schedule.Select(entry => entry.Key).ShouldBe(["*/15 0-6 * * mon-fri taskbot:core/fix-bug Scheduled: taskbot:core/fix-bug", "0 6 1 * * taskbot:core/write-tests Tests"]);
        project.Schedule[0].Select["strictness"].ShouldBe("thorough");
        project.Schedule[0].Concurrency.ShouldBe(new ConcurrencyGroup("night") { CancelInProgress = true });
        project.Schedule[1].Body.ShouldBe("Write some.");
    }

    [Fact]
    public void Every_mistake_about_starts_is_told_with_its_line()
    {
        var (project, problems) = Project.Parse(new ProjectLayer("project.yml", """
            concurrency: { cancelInProgress: maybe }
            labels:
              later: { delayMinutes: soon, concurrency: { queue: min } }
            schedule:
              - cron: "0 25 * * *"
                task: a.task.yml
              - cron: "0 0 * * *"
              - task: a.task.yml
              - { cron: "0 0 * * *", task: b, when: now }
              - { cron: "0 0 * * *", task: c }
              - { cron: "0  0 * * *", task: c }
            """));

        problems.Select(problem => (problem.Location.Line, problem.Kind)).ShouldBe(
            [(1, "wrong-kind"), (3, "wrong-kind"), (3, "wrong-kind"), (5, "bad-value"), (7, "missing-key"), (8, "missing-key"), (9, "unknown-key"), (11, "duplicate")]);
        project.Schedule.Select(entry => entry.Task).ShouldBe(["c"]);
    }

    [Fact]
    public void The_repository_stands_over_the_organisation()
    {
        var (project, problems) = Project.Parse(
            new ProjectLayer("repository", "test: npm test\nprotected: [a/**]\nmodels: { code: mine }\nbudget: { run: 1 }\nlabels: { taskbot: null, \"taskbot:tests\": null }\n"),
            new ProjectLayer("organisation", "test: make test\nattempts: 2\nprotected: [b/**]\nmodels: { code: theirs, fast: small }\nbudget: { run: 9, day: 50 }\n"));

        problems.ShouldBeEmpty();
        project.Test.ShouldBe("npm test");
        project.Attempts.ShouldBe(2);
        project.Protected.ShouldBe([.. Project.DefaultProtected, "b/**", "a/**"]);
        project.Models["code"].ShouldBe("mine");
        project.Models["fast"].ShouldBe("small");
        project.Budget.ShouldBe(new ProjectBudget(1, 50));
        project.Labels.ShouldBeEmpty();
    }

    [Fact]
    public void A_budget_can_be_set_at_every_level_and_never_above_the_operators()
    {
        var (project, problems) = Project.Parse(new ProjectLayer("project.yml", "budget: { node: 0.10, attempt: 0.50, run: 2, issue: 5, day: 20, month: 100 }\n"));
        problems.ShouldBeEmpty();
        var own = new ProjectBudget(2, 20) { NodeUsd = 0.10m, AttemptUsd = 0.50m, IssueUsd = 5, MonthUsd = 100 };
        project.Budget.ShouldBe(own);

        own.AtMost(new BudgetOptions()).ShouldBe(own);
        own.AtMost(new BudgetOptions { NodeUsd = 1, RunUsd = 1, RepositoryDayUsd = 30, OrganisationMonthUsd = 10 }).ShouldBe(own with { RunUsd = 1, MonthUsd = 10 });
        new ProjectBudget(null, null).AtMost(new BudgetOptions { AttemptUsd = 3, IssueUsd = 4 }).ShouldBe(new ProjectBudget(null, null) { AttemptUsd = 3, IssueUsd = 4 });
    }

    [Fact]
    public void A_list_under_set_replaces_what_weaker_files_say()
    {
        var (project, problems) = Project.Parse(new ProjectLayer("project.yml", "protected: { set: [only/**] }"));

        problems.ShouldBeEmpty();
        project.Protected.ShouldBe(["only/**"]);
    }

    [Fact]
    public void Every_mistake_is_said_at_once_with_its_place_and_what_to_write()
    {
        var (project, problems) = Project.Parse(new ProjectLayer(Project.FilePath, """
            tset: make test
            attempts: 99
            budget: { run: lots, week: 3 }
            languages: { add: [c] }
            protected: ["../other"]
            labels: { bug: { tsk: x } }
            permissions: { network: maybe }
            build: ""
            """));

        project.Attempts.ShouldBe(3);
        problems.Select(problem => problem.ToString()).ShouldBe(
        [
            ".github/taskbot/project.yml:1:1: 'tset' is not known. Did you mean 'test'?",
            ".github/taskbot/project.yml:2:11: 'attempts' must be a whole number from 1 to 10. Write, for example, 'attempts: 3'.",
            ".github/taskbot/project.yml:3:16: 'budget.run' must be an amount in US dollars, zero or more. Write, for example, 'run: 2.50'.",
            ".github/taskbot/project.yml:3:22: 'budget.week' is not known. Write one of: node, attempt, run, issue, day, month.",
            ".github/taskbot/project.yml:4:12: 'languages' must be a list of texts. Write 'languages: [a, b]' to add, or 'languages: {set: [a, b]}' to replace what weaker files say.",
            ".github/taskbot/project.yml:5:12: '../other' in 'protected' does not stay in the repository. Write globs from the repository's root, with forward slashes and without '..'.",
            ".github/taskbot/project.yml:6:18: 'labels.bug.tsk' is not known. Did you mean 'task'?",
            ".github/taskbot/project.yml:7:25: 'permissions.network' must be true or false. Write 'network: true' to let builds and tests use the network.",
            ".github/taskbot/project.yml:8:8: 'build' must be a text that is not empty. Write it behind the colon, or leave the key out.",
        ]);
    }

    [Theory]
    [InlineData("- a\n- b\n", "one mapping")]
    [InlineData("just text", "one mapping")]
    [InlineData("test: a\ntest: b\n", "no YAML")]
    [InlineData("test: [unclosed\n", "no YAML")]
    [InlineData("style: &all [a]\ncontext: *all\n", "alias '*all'")]
    [InlineData("test: a\n---\ntest: b\n", "one mapping")]
    public void Text_that_is_no_project_is_a_problem(string text, string said) =>
        Project.Parse(new ProjectLayer("project.yml", text)).Problems.ShouldHaveSingleItem().Message.ShouldContain(said);

    [Fact]
    public void A_file_that_is_far_too_large_is_not_read() =>
        Project.Parse(new ProjectLayer("project.yml", "vision: " + new string('x', 300_000))).Problems.ShouldHaveSingleItem().Kind.ShouldBe("too-large");
}
