using System.Text.Json.Nodes;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Runs;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Tests.Reviews;

/// <summary>A review is answered: one pass, every thread, and nothing that nobody asked for.</summary>
public sealed class ReviewLoopTests
{
    [Fact]
    public async Task A_suggestion_is_applied_as_it_is_without_a_model_and_its_thread_resolved()
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await ReadyAsync(lab);
        var tokens = run.Attempts.Sum(attempt => attempt.Tokens);

        (run, _) = await lab.ReviewAsync(run, "ada", "commented", "", Remark(run, 1, "```suggestion\nadd() { expr $1 + $2; }\n```"));
        run = await lab.AdvanceAsync(run);

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        (await lab.FileAsync(run.Branch!, "calc.sh")).ShouldBe("add() { expr $1 + $2; }\n");
        run.Attempts.Sum(attempt => attempt.Tokens).ShouldBe(tokens, "no model was asked");
        var threads = await lab.ThreadsAsync(run.PullRequest!.Value);
        threads[0].ShouldContain("resolved: true");
        threads[1].ShouldContain($"Done in {run.HeadSha}.");
        run.Answering.ShouldBeNull();
    }

    [Fact]
    public async Task A_suggestion_stays_when_the_next_attempt_writes_the_same_lines()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Refine("add must add and the file must say what it is.");
        var run = await ReadyAsync(lab);
        (run, _) = await lab.ReviewAsync(run, "ada", "commented", "", Remark(run, 1, "```suggestion\nadd() { expr $1 + $2; }\n```"));
        run = await lab.AdvanceAsync(run);

        (run, _) = await lab.ReviewAsync(run, "ada", "changes_requested", "Say what it is.");
        run = await lab.AdvanceAsync(run);

        (await lab.FileAsync(run.Branch!, "calc.sh")).ShouldBe("add() { expr $1 + $2; }\n");
    }

    [Fact]
    public async Task A_request_for_changes_corrects_the_description_and_every_thread_is_answered()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", "SUMMARY: add uses expr.\ncalc.sh\n<<<<<<< SEARCH\n" + RunLab.Wrong + "\n=======\nadd() { expr $1 + $2; }\n>>>>>>> REPLACE\n", "Use expr");
        lab.Refine("add must add. Use expr.");
        var run = await ReadyAsync(lab);

        (run, _) = await lab.ReviewAsync(
            run, "ada", "changes_requested", "", Remark(run, 1, "Use expr here."), Remark(run, 1, "Is this tested?", "test.sh"));
        run.Reviews.ShouldHaveSingleItem();
        run = await lab.AdvanceAsync(run);

        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        run.Attempts.Length.ShouldBe(2, "one review is one pass");
        (await lab.FileAsync(run.Branch!, "calc.sh")).ShouldBe("add() { expr $1 + $2; }\n");
        var threads = await lab.ThreadsAsync(run.PullRequest!.Value);
        threads.Length.ShouldBe(4);
        threads[0].ShouldContain("resolved: true");
        threads[1].ShouldContain("resolved: false");
        threads[2].ShouldContain($"Done in {run.HeadSha}.");
        threads[3].ShouldContain("does not change these lines");
        threads[3].ShouldContain("> add uses expr.");
    }

    [Fact]
    public async Task A_suggestion_whose_lines_have_changed_is_refused_and_its_thread_stays_open()
    {
        await using var lab = await RunLab.CreateAsync();
        lab.Reply("llm.edit", "SUMMARY: It says what it is.\ncalc.sh\n<<<<<<< SEARCH\n" + RunLab.Wrong + "\n=======\n# Adds.\nadd() { echo $(($1 + $2)); }\n>>>>>>> REPLACE\n", "Say what it is");
        lab.Refine("add must add. Say what it is.");
        var run = await ReadyAsync(lab);

        (run, _) = await lab.ReviewAsync(run, "ada", "changes_requested", "Say what it is.", Remark(run, 1, "```suggestion\nadd() { expr $1 + $2; }\n```"));
        run = await lab.AdvanceAsync(run);

        (await lab.FileAsync(run.Branch!, "calc.sh")).ShouldBe("# Adds.\nadd() { echo $(($1 + $2)); }\n");
        var threads = await lab.ThreadsAsync(run.PullRequest!.Value);
        threads[0].ShouldContain("resolved: false");
        threads[1].ShouldContain("I did not apply this: The lines 1 to 1 of calc.sh are not those any more");
    }

    [Theory]
    [InlineData("eve", "changes_requested", "Make it so.")]
    [InlineData("taskbot", "changes_requested", "Make it so.")]
    [InlineData("ada", "approved", "Nice.")]
    [InlineData("ada", "commented", "")]
    public async Task Nothing_is_done_for_whoever_may_not_ask_nor_where_nothing_is_asked(string login, string state, string body)
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await ReadyAsync(lab);

        var after = (await lab.ReviewAsync(run, login, state, body)).Run;

        // What people think of the work is taken note of; nothing is done about it.
        after.ShouldBe(run with { Signals = after.Signals, Version = after.Version });
    }

    [Fact]
    public async Task The_same_review_told_of_twice_is_one_pass()
    {
        await using var lab = await RunLab.CreateAsync();
        var run = await ReadyAsync(lab);
        (run, var review) = await lab.ReviewAsync(run, "ada", "changes_requested", "Say what it is.");

        await lab.TellAsync("pull_request_review", new()
        {
            ["action"] = "submitted",
            ["review"] = new JsonObject { ["id"] = review, ["state"] = "changes_requested" },
            ["pull_request"] = new JsonObject
            {
                ["id"] = 1,
                ["number"] = run.PullRequest,
                ["head"] = new JsonObject { ["ref"] = "x", ["sha"] = "y" },
                ["base"] = new JsonObject { ["ref"] = "x", ["sha"] = "y" },
            },
            ["sender"] = new JsonObject { ["id"] = 1, ["login"] = "ada", ["type"] = "User" },
        });

        (await lab.Runs.FindAsync(run.Id, default))!.Reviews.ShouldHaveSingleItem();
    }

    static async Task<RunRecord> ReadyAsync(RunLab lab)
    {
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.CheckAsync(await lab.StartAndAdvanceAsync(), "success", "");
        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
        return run;
    }

    static ReviewRemark Remark(RunRecord run, int line, string body, string path = "calc.sh") => new(0, 0, path, line, line, run.HeadSha!, IsOnNewSide: true, body);
}
