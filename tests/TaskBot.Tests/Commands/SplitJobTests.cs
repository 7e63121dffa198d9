using System.Text;
using TaskBot.Bot.Sealing;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Testing.Models;

namespace TaskBot.Tests.Commands;

/// <summary>Commands in split jobs: the job that thinks does them and writes nothing, the other one answers.</summary>
public sealed class SplitJobTests : IAsyncLifetime
{
    SplitJobs jobs = null!;

    public async Task InitializeAsync()
    {
        jobs = await SplitJobs.StartAsync();
        jobs.Model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);
    }

    public async Task DisposeAsync() => await jobs.DisposeAsync();

    [Fact]
    public async Task From_plan_to_pull_request_to_another_attempt_each_job_goes_on_where_the_one_before_ended()
    {
        var issue = OpenIssue("The greeting is planned");
        var branch = $"taskbot/issue-{issue}-the-greeting-is-planned";

        Works(await jobs.SayAsync(issue, "/taskbot plan fix-bug"), "waiting_for_human", "eyes");
        var tracking = jobs.GitHub.BotComments(issue).ShouldHaveSingleItem();
        tracking.ShouldContain("This is the plan");
        tracking.ShouldContain("```mermaid\nflowchart TD");
        jobs.GitHub.PullRequests.ShouldBeEmpty();

        Works(await jobs.SayAsync(issue, "/taskbot approve"), "succeeded", "eyes", "hooray");
        jobs.GitHub.ReadFile(branch, "greet.sh")!.ShouldContain("Hello, $1");
        var pull = jobs.GitHub.PullRequests.ShouldHaveSingleItem().Number;

        jobs.Model.Respond = _ => new FakeReply.Text(Commented("As in a dictionary."));
        Works(await jobs.SayAsync(issue, "/taskbot refine Say where the spelling is from."), "succeeded", "eyes", "hooray");
        jobs.Model.Requests[^1].Text.ShouldContain("Say where the spelling is from.");
        jobs.GitHub.ReadFile(branch, "greet.sh")!.ShouldContain("# As in a dictionary.");

        jobs.Model.Respond = _ => new FakeReply.Text(Commented("As people say it."));
        Works(await jobs.SayAsync(issue, "@taskbot say it as people do"), "succeeded", "eyes", "hooray");
        jobs.GitHub.ReadFile(branch, "greet.sh")!.ShouldContain("# As people say it.");

        jobs.GitHub.Push(branch, "octocat", ("README.md", "Mine.\n"));
        jobs.Model.Respond = _ => new FakeReply.Text(Commented("Anew."));
        Works(await jobs.SayAsync(issue, "/taskbot run fix-bug"), "failed", "eyes", "confused");
        jobs.GitHub.ReadFile(branch, "README.md").ShouldBe("Mine.\n");
        jobs.GitHub.PullRequests.ShouldHaveSingleItem().Number.ShouldBe(pull);
        jobs.GitHub.BotComments(issue).ShouldHaveSingleItem().ShouldContain("Someone else worked on it");
        await jobs.NothingWasWrittenWhereItMayNotBeAsync();
    }

    [Fact]
    public async Task What_only_answers_is_answered_whoever_of_the_two_jobs_knows_it()
    {
        var issue = OpenIssue("The greeting is asked about");
        Works(await jobs.LabelAsync(issue), "succeeded");
        var before = jobs.Model.Requests.Count;

        var said = await jobs.SayAsync(
            issue,
            "/taskbot status\n/taskbot why implement\n/taskbot explain implement.model\n/taskbot find greeting\n/taskbot help\n/taskbot budget 2.50\n/taskbot model code=other-model\n");
        Works(said, "answered", "eyes", "hooray");
        var answers = jobs.GitHub.BotComments(issue).Where(text => text.Contains("taskbot:reply")).ToList();
        answers.Count.ShouldBe(7);
        answers.ShouldContain(text => text.Contains("### TaskBot: succeeded"));
        answers.ShouldContain(text => text.Contains("| `implement` | succeeded"));
        answers.ShouldContain(text => text.Contains("/task/implement.model"));
        answers.ShouldContain(text => text.Contains("- `greet.sh"));
        answers.ShouldContain(text => text.Contains("| `/taskbot ask TEXT` |"));
        answers.ShouldContain(text => text.Contains("may spend $2.50 from now on"));
        answers.ShouldContain(text => text.Contains("`other-model` does what `code` does"));
        jobs.Model.Requests.Count.ShouldBe(before);

        // What was said of the run holds for what comes after.
        jobs.Model.Respond = request => new FakeReply.Text(request.Text.Contains("Where is it?", StringComparison.Ordinal) ? "It is in greet.sh." : Commented("Anew."));
        Works(await jobs.SayAsync(issue, "/taskbot retry"), "succeeded", "eyes", "hooray");
        jobs.GitHub.BotComments(issue).ShouldContain(text => text.Contains("of $2.50."));

        Works(await jobs.SayAsync(issue, "/taskbot ask Where is it?"), "succeeded", "eyes", "hooray");
        jobs.GitHub.BotComments(issue).ShouldContain(text => text.Contains("It is in greet.sh."));
        await jobs.NothingWasWrittenWhereItMayNotBeAsync();
    }

    [Fact]
    public async Task What_cannot_be_done_says_why_and_what_to_write_instead()
    {
        var issue = OpenIssue("The greeting is refused");
        await RefusedAsync("/taskbot retry", "Nothing was started here yet. `/taskbot run` starts it.");
        await RefusedAsync("/taskbot resume", "Nothing was started here yet.");
        await RefusedAsync("/taskbot approve", "Nothing waits for an approval.");
        await RefusedAsync("/taskbot cancel", "a job that is working is stopped on its own page");
        await RefusedAsync("/taskbot stauts", "Did you mean `/taskbot status`?");
        await RefusedAsync("/taskbot find", "Write what to look for");
        await RefusedAsync("/taskbot status", "mallory may not give commands", by: "mallory");
        jobs.Model.Requests.ShouldBeEmpty();

        Works(await jobs.SayAsync(issue, "/taskbot run in=2h"), "cancelled", "eyes", "confused");
        jobs.GitHub.BotComments(issue).ShouldContain(text => text.Contains("Write `/taskbot run` when it is to begin."));
        jobs.Model.Requests.ShouldBeEmpty();
        (await jobs.SayAsync(issue, "Only people talk here.")).Publish.ShouldBeNull();
        await jobs.NothingWasWrittenWhereItMayNotBeAsync();

        async Task RefusedAsync(string text, string why, string by = "octocat")
        {
            Works(await jobs.SayAsync(issue, text, by), "answered", "eyes", "confused");
            jobs.GitHub.BotComments(issue).ShouldContain(comment => comment.Contains("taskbot:refusal") && comment.Contains(why));
        }
    }

    [Fact]
    public async Task A_plan_that_waits_is_cancelled_and_gone_on_with()
    {
        var issue = OpenIssue("The greeting waits");
        Works(await jobs.SayAsync(issue, "/taskbot plan fix-bug"), "waiting_for_human", "eyes");
        Works(await jobs.SayAsync(issue, "/taskbot cancel"), "answered", "eyes", "hooray");
        jobs.GitHub.BotComments(issue).ShouldHaveSingleItem().ShouldContain("### TaskBot: cancelled");
        Works(await jobs.SayAsync(issue, "/taskbot resume"), "waiting_for_human", "eyes");
        jobs.GitHub.PullRequests.ShouldBeEmpty();
        await jobs.NothingWasWrittenWhereItMayNotBeAsync();
    }

    [Fact]
    public async Task A_plan_is_done_as_a_person_changed_it_and_not_changed_so_that_it_does_not_compose()
    {
        jobs.Model.Respond = request => new FakeReply.Text(request.Text switch
        {
            var text when text.StartsWith("You plan", StringComparison.Ordinal) => Plan,
            var text when text.StartsWith("You review a change", StringComparison.Ordinal) => """{"summary": "It greets.", "findings": []}""",
            var text when text.Contains("JSON", StringComparison.Ordinal) && !text.Contains("SEARCH", StringComparison.Ordinal) => """{"questions": []}""",
            var text => text.Contains("As people write it.", StringComparison.Ordinal) ? Commented("As people write it.") : SmallRepository.GoodReply,
        });
        var issue = OpenIssue("The greeting is cut into steps");
        Works(await jobs.SayAsync(issue, "/taskbot plan fix-bug strictness=thorough"), "waiting_for_human", "eyes");
        jobs.GitHub.BotComments(issue).ShouldHaveSingleItem().ShouldContain("description: Spell it right.");

        Works(await jobs.SayAsync(issue, "/taskbot approve\n```yaml\ntaskbot: 1\nover: { task: { over: { spel: { description: Spell. } } } }\n```"), "answered", "eyes", "confused");
        jobs.GitHub.BotComments(issue).ShouldContain(text => text.Contains("The plan cannot be changed so"));
        Works(await jobs.SayAsync(issue, "/taskbot approve\n```yaml\ntaskbot: 1\nover: { task: { over: { spell: { description: As people write it. } } } }\n```"), "succeeded", "eyes", "hooray");
        jobs.GitHub.ReadFile($"taskbot/issue-{issue}-the-greeting-is-cut-into-steps", "greet.sh")!.ShouldContain("# As people write it.");
        await jobs.NothingWasWrittenWhereItMayNotBeAsync();
    }

    const string Plan = """
        {"summary": "One.", "missing": [], "context": [], "steps": [
          {"name": "spell", "type": "llm.edit", "description": "Spell it right.", "acceptance": ["It says Hello"], "files": ["greet.sh"], "context": [], "after": []}]}
        """;

    [Fact]
    public async Task A_pull_request_takes_review_and_ask_and_says_where_the_rest_belongs()
    {
        var issue = OpenIssue("The greeting is reviewed");
        Works(await jobs.LabelAsync(issue), "succeeded");
        var pull = jobs.GitHub.PullRequests.ShouldHaveSingleItem().Number;

        jobs.Model.Respond = _ => new FakeReply.Text("greet.sh:2 greets nobody.");
        Works(await jobs.SayAsync(pull, "/taskbot review"), "succeeded", "eyes", "hooray");
        jobs.Model.Requests[^1].Text.ShouldContain("+++ b/greet.sh");
        jobs.GitHub.BotComments(pull).ShouldHaveSingleItem().ShouldContain("greet.sh:2 greets nobody.");
        Works(await jobs.SayAsync(pull, "/taskbot retry"), "answered", "eyes", "confused");
        jobs.GitHub.BotComments(pull).ShouldContain(text => text.Contains("write this on the issue"));
        await jobs.NothingWasWrittenWhereItMayNotBeAsync();
    }

    [Fact]
    public async Task Where_the_job_that_thinks_breaks_down_the_other_says_so_where_people_asked()
    {
        var issue = OpenIssue("The greeting is not thought of");

        var end = await jobs.SayAsync(issue, "/taskbot run fix-bug", inputs: new() { ["MAX_TURNS"] = "many" });

        end.Plan.Code.ShouldNotBe(0);
        jobs.GitHub.BotReactions(end.Comment).ShouldBe(["eyes", "confused"]);
        jobs.GitHub.BotComments(issue).ShouldHaveSingleItem().ShouldContain("[Its page](https://github.test/acme/demo/actions/runs/77) says why");

        var label = await jobs.LabelAsync(issue, by: "mallory");
        label.Plan.Code.ShouldBe(0);
        label.Publish!.Code.ShouldBe(2);
        jobs.GitHub.BotComments(issue).ShouldHaveSingleItem().ShouldContain("mallory may not start a run");
        jobs.Model.Requests.ShouldBeEmpty();
        await jobs.NothingWasWrittenWhereItMayNotBeAsync();
    }

    [Fact]
    public async Task Nothing_that_the_job_that_thinks_made_up_is_published()
    {
        var issue = OpenIssue("The greeting is made up");
        jobs.Tamper = result => result with { Replies = [result.Replies[0] with { Text = "Here.\n<!-- taskbot:tracking -->" }] };
        await RefusedAsync("/taskbot find greeting", "had to say was refused. It hides something.");
        jobs.Tamper = result => result with { Replies = [] };
        await RefusedAsync("/taskbot find greeting", "left no answer");
        // A yes of that job opens no gate.
        jobs.Tamper = result => result with { Replies = [new SealedReply("key", IsRefused: false, "Welcome.")] };
        await RefusedAsync("/taskbot find greeting", "mallory may not give commands", by: "mallory");

        jobs.Tamper = result => Change(result, run => run with { Issue = issue + 1 });
        await FailsAsync("run.issue is");
        jobs.Tamper = result => Change(result, run => run with { RequestedBy = "mallory" });
        await FailsAsync("run.requested_by is");
        jobs.Tamper = result => Change(result, run => run with { BaseCommit = new string('0', 40) });
        await FailsAsync("run.base_commit is");
        jobs.Tamper = result => Change(result, run => run with { Layers = run.Layers.Add(TaskLayers.Approval(NodePath.Parse("/task/open-pr"), "octocat", run.HeadTree)) });
        await FailsAsync("says 'approvedBy'");
        jobs.Tamper = result => result with { Runs = [result.Runs[0] with { Change = result.Runs[0].Change! with { Files = [new(".github/workflows/ci.yml", "100644", Encoding.UTF8.GetBytes("on: push\n"))] } }] };
        await FailsAsync("was sealed");
        jobs.Tamper = result => result with { Runs = [] };
        await FailsAsync("left no result of it");

        jobs.Tamper = result => result with { Runs = [Change(result, run => run with { Id = new RunId("0123") }).Runs[0], result.Runs[0]] };
        var more = await jobs.SayAsync(issue, "/taskbot run fix-bug");
        more.Publish!.Code.ShouldBe(1);
        more.Publish.Error.ShouldContain("1 runs that nobody asked for");
        jobs.GitHub.PullRequests.Count.ShouldBeLessThanOrEqualTo(1);
        await jobs.NothingWasWrittenWhereItMayNotBeAsync();

        async Task RefusedAsync(string text, string why, string by = "octocat")
        {
            Works(await jobs.SayAsync(issue, text, by), "answered", "eyes", "confused");
            jobs.GitHub.BotComments(issue).ShouldHaveSingleItem().ShouldContain(why);
        }

        async Task FailsAsync(string why)
        {
            Works(await jobs.SayAsync(issue, "/taskbot run fix-bug"), "failed", "eyes", "confused");
            jobs.GitHub.BotComments(issue).ShouldContain(text => text.Contains(why));
            jobs.GitHub.PullRequests.ShouldBeEmpty();
        }

        static SealedResult Change(SealedResult result, Func<Bot.Runs.RunRecord, Bot.Runs.RunRecord> change) => result with { Runs = [result.Runs[0] with { Run = change(result.Runs[0].Run) }] };
    }

    [Fact]
    public async Task A_run_that_was_changed_on_its_way_between_jobs_is_as_if_it_were_gone()
    {
        var issue = OpenIssue("The greeting is kept");
        Works(await jobs.SayAsync(issue, "/taskbot plan fix-bug"), "waiting_for_human", "eyes");
        await File.WriteAllTextAsync(jobs.Kept, (await File.ReadAllTextAsync(jobs.Kept)).Replace("octocat", "mallory", StringComparison.Ordinal));

        Works(await jobs.SayAsync(issue, "/taskbot approve"), "answered", "eyes", "confused");

        jobs.GitHub.BotComments(issue).ShouldContain(text => text.Contains("What earlier jobs knew of this run is gone"));
        jobs.GitHub.PullRequests.ShouldBeEmpty();
        Works(await jobs.SayAsync(issue, "/taskbot run fix-bug"), "succeeded", "eyes", "hooray");
        jobs.GitHub.PullRequests.ShouldHaveSingleItem();
        await jobs.NothingWasWrittenWhereItMayNotBeAsync();
    }

    static string Commented(string comment) => SmallRepository.GoodReply.Replace("Hello, $1\"\n", $"Hello, $1\"\n  # {comment}\n", StringComparison.Ordinal);

    void Works(SplitEnd end, string outcome, params string[] reactions)
    {
        end.Plan.Code.ShouldBe(0, end.Plan.Error + end.Plan.Output);
        end.Outputs.GetValueOrDefault("outcome").ShouldBe(outcome, end.Publish!.Error + end.Publish.Output);
        if (end.Comment != 0) jobs.GitHub.BotReactions(end.Comment).ShouldBe(reactions);
    }

    int OpenIssue(string title) => jobs.GitHub.OpenIssue(title, "`greet Ada` says `Helo, Ada` instead of `Hello, Ada`.", "octocat");
}
