using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Bot.Tests.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Models.Ledger;
using TaskBot.Testing.Models;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Events;

/// <summary>What each verb does to a run.</summary>
public sealed class VerbTests
{
    [Fact]
    public async Task A_plan_is_shown_and_nothing_is_done_before_it_is_approved()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", [], default);

        await lab.SayAsync(issue, isPullRequest: false, "ada", "/taskbot plan fix-bug");
        var run = await lab.AdvanceAsync((await lab.Runs.FindByIssueAsync("acme/calculator", issue, default))!);

        (run.Stage, run.Attempts.Length, run.PullRequest).ShouldBe((RunStage.WaitingForHuman, 0, null));
        var comment = await lab.CommentAsync(run);
        comment.ShouldContain("- [ ] Fix the bug\n");
        comment.ShouldContain("```mermaid");
        comment.ShouldContain("Answer with `/taskbot approve`");
        // Nothing ran for this plan, and it can be looked at all the same.
        (await lab.Viewer.ExplainAsync(run, NodePath.Parse("/task/implement"), "title", default)).ShouldContain("Fix the bug");

        run = await lab.AdvanceAsync(await lab.SayAsync(run, "ada", "/taskbot approve"));
        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        (await lab.CommentAsync(run)).ShouldContain("- [x] Fix the bug\n");
    }

    const string Plan = """
        {"summary": "One.", "missing": [], "context": [], "steps": [
          {"name": "add", "type": "llm.edit", "description": "Make add right.", "acceptance": ["1 + 2 is 3"], "files": ["calc.sh"], "context": [], "after": []}]}
        """;

    const string Look = """
        {"summary": "Where?", "missing": [{"name": "sums", "type": "context.files", "paths": ["calc.sh"], "query": ""}], "context": [], "steps": []}
        """;

    static async Task<(RunLab Lab, RunRecord Run)> PlannedAsync(string clarify = """{"questions": []}""")
    {
        var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", "test: sh test.sh\nbuild: 'true'\n"));
        lab.Reply("llm.clarify", clarify);
        lab.Reply("llm.plan", Plan, "- sums: calc.sh");
        lab.Reply("llm.plan", Look);
        lab.Reply("llm.edit", RunLab.Edit("+ 0 +"), "with a zero");
        lab.Reply("llm.edit", RunLab.Fix, "Make add right.");
        lab.Reply("review.self", """{"summary": "It adds.", "findings": []}""");
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", [], default);
        await lab.SayAsync(issue, isPullRequest: false, "ada", "/taskbot plan fix-bug strictness=thorough");
        return (lab, await lab.AdvanceAsync((await lab.Runs.FindByIssueAsync("acme/calculator", issue, default))!));
    }

    [Fact]
    public async Task A_plan_gathers_its_context_first_is_shown_as_text_and_done_as_it_was_approved()
    {
        var (lab, run) = await PlannedAsync();
        await using var _ = lab;

        run.IsPlanShown.ShouldBeTrue(run.Reason);
        var comment = await lab.CommentAsync(run);
        comment.ShouldContain("description: Make add right.");
        comment.ShouldContain("clarify → plan → review the plan → branch → execute → verify → publish");
        (await lab.Viewer.ExplainAsync(run, NodePath.Parse("/task/add"), "description", default)).ShouldContain("plan-");
        var edit = (await lab.Viewer.ComposeAsync(run, default)).Graph!.Nodes.Values.First(node => node.Type == "llm.edit").Path;
        foreach (var attribute in new[] { null, "prompt" })
            (await lab.Viewer.ExplainAsync(run, edit, attribute, default)).ShouldContain("Prompt: llm.edit from built-in fits llm.edit");
        (await lab.Viewer.ExplainAsync(run, NodePath.Parse("/task/test"), null, default)).ShouldNotContain("Prompt:");

        run = await lab.AdvanceAsync(await lab.SayAsync(run, "ada", "/taskbot approve"));

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        (await lab.FileAsync(run.Branch!, "calc.sh")).ShouldBe("add() { echo $(($1 + $2)); }\n");
        var planned = (await lab.Viewer.ViewAsync(run, default)).Attempts.ShouldHaveSingleItem().Nodes;
        planned.Single(node => node.Path == NodePath.Parse("/task/plan-2")).State.ShouldBe(NodeState.Succeeded);
        planned.Single(node => node.Path == NodePath.Parse("/task/plan-context-1/sums")).State.ShouldBe(NodeState.Succeeded);
        (await lab.ReplayAsync(run)).ShouldReproduce(run);
    }

    [Fact]
    public async Task A_plan_that_was_made_is_kept_as_a_task_of_the_repository_that_composes_without_planning()
    {
        var (lab, run) = await PlannedAsync();
        await using var used = lab;

        var kept = KeptPlan.Write((await lab.Viewer.ComposeAsync(run, default)).Graph!, run);

        TaskLayer.Parse("kept", kept).Problems.ShouldBeEmpty(kept);
        TaskLibrary.Describe("kept", kept).Tags.ShouldBe(["wrong"]);
        var composed = new TaskComposer(new LayerResolver(Files(kept), TaskLibrary.Resolver), NodeTypes.Schemas).Compose(TaskLayer.Parse("issue", $$"""
            { taskbot: 1, default: task, nodes: { task: { uses: ".github/taskbot/tasks/kept.task.yml", description: Another., tree: "{{new string('0', 40)}}", issue: { title: Another, body: "" } } } }
            """).Layer, NodePath.Parse("/task"));
        composed.Problems.ShouldBeEmpty(kept);
        composed.Graph!.Nodes.Values.ShouldNotContain(node => node.Type == PlanNode.TypeName);
        composed.Graph[NodePath.Parse("/task/implement")].Inputs["description"].ShouldHaveSingleItem().ToString().ShouldBe("/task/add.description");
        composed.Graph[composed.Graph.Root].Attributes["description"].ShouldBe("Another.");
    }

    static MemoryLayerResolver Files(string kept)
    {
        var files = new MemoryLayerResolver();
        files.Add(".github/taskbot/tasks/kept.task.yml", kept);
        return files;
    }

    [Fact]
    public async Task A_plan_that_a_person_changed_is_what_is_done()
    {
        var (lab, run) = await PlannedAsync();
        await using var _ = lab;

        foreach (var (edit, problem) in new[]
        {
            ("over: { task: { over: { ad: { description: Sum. } } } }", "/task/ad"), ("over: { task: { over: { add: { descripton: Sum. } } } }", "'descripton' of /task/add"),
            ("over: { task: { nodes: { run: { type: command, run: ls } } } }", "'nodes' of /task"), ("over: [", "edit-of-ada:"), ("description: Sum.", "here is nothing"),
        })
        {
            (await lab.SayAsync(run, "ada", $"/taskbot approve\n```yaml\ntaskbot: 1\n{edit}\n```")).IsPlanShown.ShouldBeTrue("what cannot be is refused");
            (await lab.CommentAsync(run, RefusalComment.Marker)).ShouldContain(problem);
        }

        run = await lab.SayAsync(run, "ada", "/taskbot approve\n```yaml\ntaskbot: 1\nover:\n  task:\n    over:\n      add:\n        description: Write it with a zero.\n```\nThank you.");
        run.Layers[^1].Step.ShouldBe("/task/add");
        run = await lab.AdvanceAsync(run);

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        (await lab.FileAsync(run.Branch!, "calc.sh")).ShouldBe("add() { echo $(($1 + 0 + $2)); }\n");
    }

    [Fact]
    public async Task A_question_that_comes_up_while_planning_is_answered_in_words_and_approves_nothing()
    {
        var (lab, run) = await PlannedAsync("""{"questions": [{"question": "Which numbers?", "depends": "Whole ones are easier."}]}""");
        await using var _ = lab;

        (run.Stage, run.IsPlanShown, run.WaitingNode).ShouldBe((RunStage.WaitingForHuman, false, null));
        run.Reason.ShouldNotBeNull().ShouldContain("1. Which numbers?");
        (await lab.CommentAsync(run)).ShouldContain("Answer with `/taskbot refine");
        (await lab.SayAsync(run, "ada", "/taskbot approve")).Stage.ShouldBe(RunStage.WaitingForHuman);
    }

    [Theory]
    [InlineData("/taskbot run in=2h", 120, null)]
    [InlineData("/taskbot run fix-bug at=1970-01-01T03:30Z strictness=thorough", 210, "taskbot:core/fix-bug")]
    public async Task Work_can_be_asked_for_later(string comment, int minutes, string? task)
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", [], default);
        await lab.SayAsync(issue, isPullRequest: false, "ada", comment);

        var run = (await lab.Runs.FindByIssueAsync("acme/calculator", issue, default))!;
        (run.NotBefore, run.Wish?.Task).ShouldBe((lab.Time.GetUtcNow().AddMinutes(minutes), task));
        (await lab.CommentAsync(run)).ShouldContain("starts at 1970-01-01");
    }

    [Theory]
    [InlineData("/taskbot run in=soon", "no length of time")]
    [InlineData("/taskbot run at=noon", "no moment")]
    [InlineData("/taskbot run at=1969-01-01T00:00Z", "is over")]
    [InlineData("/taskbot plan in=1h in=2h", "a second time")]
    public async Task A_time_that_is_none_is_refused_with_what_to_write(string comment, string reason)
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", [], default);
        await lab.SayAsync(issue, isPullRequest: false, "ada", comment);

        (await lab.Runs.ListAsync(10, default)).ShouldBeEmpty();
        var refusal = Directory.GetFiles(Path.Combine(lab.Forge.Root, "acme", "calculator", "comments", $"{issue}")).Select(File.ReadAllText).ShouldHaveSingleItem();
        refusal.ShouldContain(reason);
        refusal.ShouldContain("Write `in=90m`");
    }

    [Fact]
    public async Task A_refinement_by_a_person_is_one_more_layer_and_one_more_attempt()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Edit("+ 0 +"), "Write a zero between");
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();

        run = await lab.SayAsync(run, "ada", "/taskbot refine Write a zero between\nthe two.");
        run.Stage.ShouldBe(RunStage.Queued);
        TaskLayers.Told(run.Layers).Description.ShouldBe("add is wrong\n\n1 + 2 should be 3.\n\nCorrection by ada:\nWrite a zero between\nthe two.");
        run = await lab.AdvanceAsync(run);

        run.Attempts.Length.ShouldBe(2, run.Reason);
        (await lab.FileAsync(run.Branch!, "calc.sh")).ShouldBe("add() { echo $(($1 + 0 + $2)); }\n");
        (await lab.CommentAsync(run)).ShouldContain("> +Write a zero between");
    }

    [Fact]
    public async Task After_all_attempts_a_retry_is_granted_and_knows_what_failed()
    {
        await using var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", "test: sh test.sh\nattempts: 1\n"));
        lab.Reply("llm.edit", RunLab.Fix, "Attempt 1 failed");
        lab.Reply("llm.edit", RunLab.Edit("*"));
        var run = await lab.StartAndAdvanceAsync();
        run.Stage.ShouldBe(RunStage.WaitingForHuman);

        run = await lab.AdvanceAsync(await lab.SayAsync(run, "ada", "/taskbot retry"));

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        run.Attempts.Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_cancelled_run_is_resumed_where_it_stood()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        run = await lab.SayAsync(run, "ada", "/taskbot cancel");
        (await lab.CommentAsync(run)).ShouldContain("### TaskBot: cancelled");
        (await lab.Forge.GetChecksAsync(lab.Repository, new CommitId(run.HeadSha!), default)).Single().Conclusion.ShouldBe("cancelled");

        var head = run.HeadSha;
        run = await lab.AdvanceAsync(await lab.SayAsync(run, "ada", "/taskbot resume"));

        (run.Stage, run.HeadSha).ShouldBe((RunStage.WaitingForChecks, head));
        run.Attempts[^1].Tokens.ShouldBe(0, "everything was done already");
    }

    [Fact]
    public async Task Work_goes_on_from_what_a_person_pushed_and_keeps_it()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", "SUMMARY: It says what it is.\ncalc.sh\n<<<<<<< SEARCH\nadd() { echo $(($1 + $2)); }\n=======\n# Adds.\nadd() { echo $(($1 + $2)); }\n>>>>>>> REPLACE\n", "Say what it is");
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        var theirs = await lab.CommitAsync(run.Branch!, ("theirs.txt", "mine\n"));

        run = await lab.PullAsync(run, "synchronize", "ada", theirs.Value);
        run.Stage.ShouldBe(RunStage.WaitingForHuman);
        run.Reason.ShouldNotBeNull().ShouldContain("@ada pushed to");
        run = await lab.SayAsync(run, "ada", "/taskbot resume");
        run = await lab.AdvanceAsync(await lab.SayAsync(run, "ada", "/taskbot refine Say what it is."));

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        (await lab.Git.ReadCommitAsync(new CommitId(run.HeadSha!), default)).Parents.ShouldBe([theirs]);
        (await lab.FileAsync(run.Branch!, "theirs.txt")).ShouldBe("mine\n");
        (await lab.FileAsync(run.Branch!, "calc.sh")).ShouldBe("# Adds.\nadd() { echo $(($1 + $2)); }\n");
    }

    [Theory]
    [InlineData(".github/workflows/ci.yml")]
    [InlineData(".GitHub/Workflows/new.yml")]
    [InlineData("docs/CODEOWNERS")]
    public async Task What_is_protected_is_published_after_a_persons_word_only(string path)
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", $"{RunLab.Fix}\n{path}\n<<<<<<< SEARCH\n=======\nnew\n>>>>>>> REPLACE\n");

        var run = await lab.StartAndAdvanceAsync();

        run.Stage.ShouldBe(RunStage.WaitingForHuman, run.Reason);
        run.Reason.ShouldNotBeNull().ShouldContain($"{path} (by '");
        lab.Forge.Pulls(lab.Repository).ShouldBeEmpty();
        run = await lab.AdvanceAsync(await lab.SayAsync(run, "ada", "/taskbot approve"));
        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        (await lab.FileAsync(run.Branch!, path)).ShouldBe("new\n");
    }

    [Fact]
    public async Task A_budget_set_by_a_command_is_the_runs()
    {
        await using var lab = await RunLab.CreateAsync((".github/taskbot/project.yml", "test: sh test.sh\nbudget: { run: 1 }\n"));
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        (await lab.CommentAsync(run)).ShouldContain("of $1.00.");

        run = await lab.SayAsync(run, "ada", "/taskbot budget $2.50");
        (await AnswersAsync(lab, run)).ShouldContain("This run may spend $2.50 from now on.");
        run = await lab.AdvanceAsync(await lab.SayAsync(run, "ada", "/taskbot refine Once more."));

        run.BudgetUsd.ShouldBe(2.50m);
    }

    [Fact]
    public async Task A_run_over_budget_says_how_to_raise_it_and_then_goes_on_without_paying_again()
    {
        await using var server = await FakeOpenAIServer.StartAsync();
        server.Respond = request => new FakeReply.Text(
            request.Text.Contains("You plan changes to a repository", StringComparison.Ordinal) ? Plan
            : request.Text.Contains("You review a change", StringComparison.Ordinal) ? """{"summary": "It adds.", "findings": []}"""
            : request.Text.Contains("You change the code", StringComparison.Ordinal) || request.Text.Contains("SEARCH", StringComparison.Ordinal) ? RunLab.Fix
            : """{"questions": []}""")
        { InputTokens = 50_000, OutputTokens = 10 };
        await using var lab = await RunLab.CreateAsync(
            (".github/taskbot/project.yml", "test: sh test.sh\nbuild: 'true'\nbudget: { run: 0.05 }\nlabels: { careful: { task: 'taskbot:core/fix-bug', select: { strictness: thorough } } }\n"));
        lab.Settings["Models:Model"] = "m@fake";
        lab.Settings["Models:Providers:fake:BaseUrl"] = server.BaseUrl.ToString();
        lab.Settings["Models:Prices:m:Input"] = "1";
        lab.Settings["Models:Prices:m:Output"] = "0";

        var run = await lab.StartAndAdvanceAsync("careful");
        run.Outcome.ShouldBe(Outcome.OverBudget, run.Reason);
        server.Requests.Count.ShouldBe(1, "the first call spent all that there was");
        (await lab.CommentAsync(run)).ShouldContain("`/taskbot budget AMOUNT` gives the run more to spend and goes on.");

        run = await lab.AdvanceAsync(await lab.SayAsync(run, "ada", "/taskbot budget 5"));

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        (await lab.Ledger.ReadCallsAsync(lab.AccountOf(run), default).Select(call => call.Prompt).ToListAsync()).ShouldBe(["llm.clarify", "llm.plan", "llm.edit", "review.self"]);
        (await lab.Ledger.GetBalanceAsync(lab.AccountOf(run), default)).ShouldBe(new BudgetBalance(4 * 0.05m, 0));
    }

    [Fact]
    public async Task A_model_set_by_a_command_is_asked_from_then_on()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();

        run = await lab.SayAsync(run, "ada", "/taskbot model code=other@scripted\n/taskbot model fast=small");
        run = await lab.SayAsync(run, "ada", "/taskbot model code=third");

        var project = RunParameters.Of(run).Over(Project.Default with { Models = Project.Default.Models.Add("code", "first").Add("reason", "big") });
        (project.ModelFor("code"), project.ModelFor("fast"), project.ModelFor("reason")).ShouldBe(("third", "small", "big"));
        run.Stage.ShouldBe(RunStage.WaitingForChecks, "what is under way is not disturbed");
    }

    [Theory]
    [InlineData("/taskbot status", "### TaskBot: attempt 1: waiting for the checks of #2")]
    [InlineData("/taskbot why", "| `implement` | succeeded | First run. |")]
    [InlineData("/taskbot why implement", "| `implement` | succeeded | First run. |")]
    [InlineData("/taskbot explain implement.instructions", "/task/implement.instructions = \"Find the cause of the bug")]
    [InlineData("/taskbot explain", "/task\n  * issue:")]
    [InlineData("/taskbot find where is add", "- `calc.sh")]
    [InlineData("/taskbot help", "| `/taskbot refine TEXT` |")]
    [InlineData("/taskbot", "| `/taskbot refine TEXT` |")]
    [InlineData("@taskbot status", "### TaskBot: attempt 1: waiting for the checks of #2")]
    public async Task Questions_about_a_run_are_answered_in_a_comment_of_their_own(string comment, string answer)
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();

        (await lab.SayAsync(run, "ada", comment)).ShouldBe(run);

        (await AnswersAsync(lab, run)).ShouldContain(answer);
        (await lab.ReactionsAsync(run.Issue, lab.LastComment)).ShouldBe("eyes hooray");
    }

    [Theory]
    [InlineData("/taskbot why implemet", "Did you mean 'implement'?")]
    [InlineData("/taskbot budget lots", "Write an amount in US dollars")]
    [InlineData("/taskbot model code", "Write the role and the model")]
    [InlineData("/taskbot explain no path", "is no path")]
    [InlineData("/taskbot refine", "Write what the description should say")]
    [InlineData("/taskbot ask", "Write the question")]
    [InlineData("/taskbot find", "Write what to look for")]
    [InlineData("/taskbot retry", "It is being worked on already")]
    [InlineData("/taskbot resume", "It is being worked on already")]
    [InlineData("@taskbot", "Write what is to be done")]
    public async Task What_cannot_be_done_says_what_to_write(string comment, string reason)
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();

        (await lab.SayAsync(run, "ada", comment)).ShouldBe(run);

        (await lab.CommentAsync(run, RefusalComment.Marker)).ShouldContain(reason);
    }

    [Theory]
    [InlineData("/taskbot ask Where is add?")]
    [InlineData("@taskbot Where is add?")]
    public async Task A_question_is_answered_beside_the_run_and_leaves_it_alone(string comment)
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", RunLab.Fix);
        lab.Reply("llm.answer", "It is in calc.sh.", "Where is add?");
        var run = await lab.StartAndAdvanceAsync();
        var tracking = await lab.CommentAsync(run);

        (await lab.SayAsync(run, "ada", comment)).ShouldBe(run);
        var answer = await lab.AdvanceAsync((await lab.Runs.ListAsync(1, default)).Single());

        (answer.Purpose, answer.Outcome).ShouldBe((RunPurpose.Answer, Outcome.Succeeded), answer.Reason);
        (await AnswersAsync(lab, run)).ShouldContain("It is in calc.sh.");
        (await lab.CommentAsync(run)).ShouldBe(tracking);
        (await lab.ReactionsAsync(run.Issue, lab.LastComment)).ShouldBe("eyes hooray");
    }

    [Fact]
    public async Task A_review_reads_what_a_pull_request_changes_and_runs_nothing_of_it()
    {
        await using var lab = await RunLab.CreateAsync(SeenForge.With(
            ("GetDiffAsync", _ => Task.FromResult("--- a/evil.sh\n+++ b/evil.sh\n@@ -0,0 +1 @@\n+touch /tmp/pwned\n"))));
        lab.Reply("llm.answer", "evil.sh:1 writes outside of the repository.", "+touch /tmp/pwned");

        await lab.SayAsync(77, isPullRequest: true, "ada", "/taskbot review");
        var answer = await lab.AdvanceAsync((await lab.Runs.ListAsync(1, default)).Single());

        (answer.Purpose, answer.Outcome, answer.BaseBranch).ShouldBe((RunPurpose.Answer, Outcome.Succeeded, "main"), answer.Reason);
        answer.Steps.ShouldNotContain(step => step.Type == "command" || step.Type.StartsWith("project.", StringComparison.Ordinal));
        File.Exists("/tmp/pwned").ShouldBeFalse();
    }

    [Fact]
    public async Task A_mention_with_a_text_starts_work_with_the_text()
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "It subtracts.", "eve", [], default);

        await lab.SayAsync(issue, isPullRequest: false, "ada", "@taskbot, please mend the tests as well.");

        var run = (await lab.Runs.FindByIssueAsync("acme/calculator", issue, default)).ShouldNotBeNull();
        run.Request.Body.ShouldBe("It subtracts.\n\nplease mend the tests as well.");
    }

    static async Task<string> AnswersAsync(RunLab lab, RunRecord run) => string.Join(
        '\n', await Task.WhenAll(Directory.GetFiles(Path.Combine(lab.Forge.Root, "acme", "calculator", "comments", $"{run.Issue}")).Select(path => File.ReadAllTextAsync(path))));
}
