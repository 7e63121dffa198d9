using TaskBot.Bot.Projects;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Models.Prompts;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Nodes;

public sealed class EditNodeTests : IAsyncLifetime
{
    const string Fix = """
        SUMMARY: add adds.
        src/calc.py
        <<<<<<< SEARCH
            return a - b
        =======
            return a + b
        >>>>>>> REPLACE
        """;

    NodeLab lab = null!;
    TreeId tree;

    public async Task InitializeAsync()
    {
        lab = await NodeLab.CreateAsync();
        tree = await lab.TreeAsync(
            ("src/calc.py", "def add(a, b):\n    return a - b\n"), (".github/workflows/ci.yml", "on: push\n"), ("CODEOWNERS", "* @ada\n"));
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    [Fact]
    public async Task The_models_edits_become_a_tree_a_patch_and_a_summary()
    {
        lab.Reply(Fix);

        var result = (await EditAsync()).ShouldBeOfType<NodeResult.Succeeded>();

        (await lab.TextAsync(result.Outputs["tree"], "src/calc.py")).ShouldBe("def add(a, b):\n    return a + b\n");
        result.Outputs["summary"].ToString().ShouldBe("add adds.");
        var patch = result.Outputs["patch"].ToString();
        patch.ShouldContain("-    return a - b");
        patch.ShouldContain("+    return a + b");
    }

    [Fact]
    public async Task A_unified_diff_is_taken_as_well()
    {
        lab.Reply("--- a/src/calc.py\n+++ b/src/calc.py\n@@ -1,2 +1,2 @@\n def add(a, b):\n-    return a - b\n+    return a + b\n");

        var result = (await EditAsync()).ShouldBeOfType<NodeResult.Succeeded>();

        result.Outputs["summary"].ToString().ShouldBe("Changes src/calc.py.");
    }

    [Fact]
    public async Task The_model_is_shown_task_notes_acceptance_and_the_files_that_the_task_names()
    {
        lab.Reply(Fix, "> task\nadd in calc.py is wrong", "- tried multiplying", "- 1 + 1 is 2", "### src/calc.py", "def add(a, b):", "is data", "Be brief.", "For Python:");
        lab.Project = Project.Default with { Languages = ["python"] };

        var result = await lab.RunAsync(
            "llm.edit",
            [
                ("tree", tree.Value), ("description", "add in calc.py is wrong"), ("notes", TaskValue.ListOf(["tried multiplying"])),
                ("acceptance", TaskValue.ListOf(["1 + 1 is 2"])), ("context", "something else"),
            ],
            ("instructions", "Be brief."));

        result.ShouldBeOfType<NodeResult.Succeeded>();
    }

    [Fact]
    public async Task Edits_that_do_not_fit_change_nothing_and_say_why()
    {
        lab.Reply("src/calc.py\n<<<<<<< SEARCH\n    return a * b\n=======\n    return a + b\n>>>>>>> REPLACE\n");

        var failed = (await EditAsync()).ShouldBeOfType<NodeResult.Failed>();

        failed.IsTransient.ShouldBeFalse();
        failed.Evidence["refusal"].ToString().ShouldContain("return a - b");
        failed.Evidence["reply"].ToString().ShouldContain("return a * b");
    }

    [Theory]
    [InlineData("I am sorry, I would rather talk about the weather.")]
    [InlineData("```python\nprint('hello')\n```")]
    [InlineData("src/calc.py\n<<<<<<< SEARCH\n    return a - b\n=======\n")]
    [InlineData("../outside.py\n<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE\n")]
    [InlineData("/etc/cron.d/job\n<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE\n")]
    [InlineData(".git/hooks/pre-commit\n<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE\n")]
    [InlineData("--- /dev/null\n+++ b/src/../../outside.py\n@@ -0,0 +1 @@\n+x = 1\n")]
    [InlineData("src/calc.py\n<<<<<<< SEARCH\n    return a - b\n=======\n    return a + b\n>>>>>>> REPLACE\n\n../x\n<<<<<<< SEARCH\n=======\nx\n>>>>>>> REPLACE\n")]
    [InlineData("src/calc.py/more.py\n<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE\n")]
    public async Task Nonsense_and_what_leaves_the_repository_is_refused_whole(string reply)
    {
        lab.Reply(reply);

        var failed = (await EditAsync()).ShouldBeOfType<NodeResult.Failed>();

        failed.Evidence["refusal"].ToString().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task No_change_needed_is_believed_only_when_it_is_said()
    {
        lab.Reply("NO CHANGE NEEDED: add has added since yesterday.");

        (await EditAsync()).ShouldBeOfType<NodeResult.Skipped>().Reason.ShouldBe("No change needed: add has added since yesterday.");
    }

    [Theory]
    [InlineData("NO CHANGE NEEDED:")]
    [InlineData("NO CHANGE NEEDED: all fine.\n\n" + Fix)]
    [InlineData("CANNOT: I was not shown the file.")]
    public async Task Giving_up_and_contradicting_oneself_are_failures(string reply)
    {
        lab.Reply(reply);

        (await EditAsync()).ShouldBeOfType<NodeResult.Failed>().Evidence.ShouldContainKey("reply");
    }

    [Theory]
    [InlineData("timeout", true)]
    [InlineData("unreachable", true)]
    [InlineData("rate_limited", true)]
    [InlineData("server_error", true)]
    [InlineData("empty", false)]
    [InlineData("refused", false)]
    [InlineData("malformed", false)]
    [InlineData("unauthorized", false)]
    [InlineData("context_too_long", false)]
    public async Task A_model_that_gives_no_answer_is_a_failure_and_tried_again_where_that_may_help(string kind, bool transient)
    {
        lab.Fail(kind);

        (await EditAsync()).ShouldBeOfType<NodeResult.Failed>().IsTransient.ShouldBe(transient);
    }

    [Fact]
    public async Task An_empty_answer_is_a_failure()
    {
        lab.Reply("  \n ");

        (await EditAsync()).ShouldBeOfType<NodeResult.Failed>();
    }

    [Fact]
    public async Task A_task_without_text_is_not_guessed_at()
    {
        var result = await lab.RunAsync("llm.edit", [("tree", tree.Value), ("description", " ")]);

        result.ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("no description");
    }

    [Fact]
    public async Task A_prompt_that_is_not_there_or_wants_what_nobody_gives_says_so()
    {
        (await EditAsync(("prompt", "missing"))).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("no prompt 'missing'");

        var own = PromptSource.Parse("repository", [("own.prompt.yml", "name: own\ntags: [llm.edit]\nmessages: [{ role: user, content: 'Do {{everything}}' }]\n")], out _);
        lab.Prompts = new PromptLibrary([own]);
        (await EditAsync()).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("'everything'");
    }

    [Fact]
    public async Task What_the_answer_depends_on_is_part_of_the_key()
    {
        var node = NodeLab.Node("/task/step", "llm.edit", []);
        var before = await lab.EnvironmentAsync(node);

        before["model"].ShouldBe("played@scripted");
        before["prompt"].ShouldStartWith("llm.edit ");
        lab.Prompts = new PromptLibrary([PromptSource.Parse("repository", [("own.prompt.yml", "name: llm.edit\ntags: [llm.edit]\nmessages: [{ role: user, content: '{{description}}' }]\n")], out _)]);
        (await lab.EnvironmentAsync(node))["prompt"].ShouldNotBe(before["prompt"]);
    }

    Task<NodeResult> EditAsync(params (string, TaskValue)[] attributes) =>
        lab.RunAsync("llm.edit", [("tree", tree.Value), ("description", "add must add")], attributes);
}
