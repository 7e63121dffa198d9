using TaskBot.Bot.Runs;
using TaskBot.Bot.Sealing;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Sealing;

/// <summary>What was sealed by a run that may not write is published once, and only where all of it is in order.</summary>
public sealed class SealedPublisherTests
{
    [Fact]
    public async Task A_sealed_run_wrote_nothing_and_publishing_gives_what_the_run_would_have_given()
    {
        await using var lab = await SealedLab.CreateAsync();
        lab.Forge.Pulls(lab.Runs.Repository).ShouldBeEmpty();
        (await lab.Runs.CommentAsync(lab.Result.Run)).ShouldBeEmpty();
        (await lab.Runs.Git.Refs.ResolveAsync($"refs/heads/{lab.Result.Change!.Branch}", default)).ShouldBeNull();

        var run = (await lab.PublishAsync()).ShouldBeOfType<SealedAnswer.Published>().Run;

        run.Outcome.ShouldBe(Outcome.Succeeded, run.Reason);
        run.Branch.ShouldBe($"taskbot/issue-{lab.Issue}-add-is-wrong");
        (await lab.Runs.FileAsync(run.Branch!, "calc.sh")).ShouldBe("add() { echo $(($1 + $2)); }\n");
        var head = await lab.Runs.Git.ReadCommitAsync(new CommitId(run.HeadSha!), default);
        head.Message.ShouldContain($"Fixes #{lab.Issue}");
        head.Message.ShouldContain("Co-authored-by: ada <");
        var pull = await lab.Forge.GetPullRequestAsync(lab.Runs.Repository, run.PullRequest!.Value, default);
        pull.IsDraft.ShouldBeTrue();
        (await File.ReadAllTextAsync(pull.Url)).ShouldContain("add adds.");
        var comment = await lab.Runs.CommentAsync(run);
        comment.ShouldContain("### TaskBot: succeeded");
        comment.ShouldContain($"in #{run.PullRequest}");
        (await lab.Forge.GetChecksAsync(lab.Runs.Repository, new CommitId(run.HeadSha!), default)).ShouldHaveSingleItem().Conclusion.ShouldBe("success");
    }

    [Fact]
    public async Task Publishing_twice_gives_one_pull_request_and_one_comment()
    {
        await using var lab = await SealedLab.CreateAsync();

        var first = (await lab.PublishAsync()).Run;
        var second = (await lab.PublishAsync()).Run;

        second.Outcome.ShouldBe(Outcome.Succeeded, second.Reason);
        (second.HeadSha, second.PullRequest).ShouldBe((first.HeadSha, first.PullRequest));
        lab.Forge.Pulls(lab.Runs.Repository).ShouldHaveSingleItem();
        Directory.GetFiles(Path.Combine(lab.Forge.Root, "acme", "calculator", "comments", $"{lab.Issue}")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task In_a_server_the_run_goes_on_to_wait_for_its_checks()
    {
        await using var lab = await SealedLab.CreateAsync();

        var run = (await lab.PublishAsync(waitForChecks: true)).Run;

        run.Stage.ShouldBe(RunStage.WaitingForChecks);
        run.Expected.ShouldNotBeNull();
        run.Attempts.ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Succeeded);
        run.FilesChanged.ShouldBe(["calc.sh"]);
        run.IsTested.ShouldBeTrue();
    }

    [Fact]
    public async Task A_run_that_made_nothing_says_why_and_publishes_nothing()
    {
        await using var lab = await SealedLab.CreateAsync(edit: "*");
        lab.Result.Change.ShouldBeNull();

        var run = (await lab.PublishAsync()).ShouldBeOfType<SealedAnswer.Published>().Run;

        run.Outcome.ShouldBe(Outcome.WaitingForHuman);
        (await lab.Runs.CommentAsync(run)).ShouldContain("What is adding?");
        lab.Forge.Pulls(lab.Runs.Repository).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_branch_that_someone_else_moved_stays_as_it_is()
    {
        await using var lab = await SealedLab.CreateAsync();
        var theirs = await lab.Runs.CommitAsync(lab.Result.Change!.Branch, ("mine.txt", "mine\n"));

        var run = (await lab.PublishAsync()).Run;

        run.Outcome.ShouldBe(Outcome.Failed);
        run.Reason!.ShouldContain("Someone else worked on it");
        (await lab.Runs.Git.Refs.ResolveAsync($"refs/heads/{lab.Result.Change!.Branch}", default)).ShouldBe(theirs);
    }

    [Theory]
    [InlineData(".github/workflows/ci.yml")]
    [InlineData("CODEOWNERS")]
    [InlineData(".github/taskbot/project.yml")]
    public async Task Protected_paths_take_a_persons_approval_of_exactly_this_tree(string path)
    {
        await using var lab = await SealedLab.CreateAsync();
        var result = await lab.WithAsync(SealedLab.File(path));

        var refused = (await lab.PublishAsync(result)).ShouldBeOfType<SealedAnswer.Refused>();
        refused.Problems.ShouldHaveSingleItem().ShouldContain("protected");
        lab.Forge.Pulls(lab.Runs.Repository).ShouldBeEmpty();
        (await lab.Runs.CommentAsync(refused.Run)).ShouldContain("refused");

        var layers = result.Run.Layers.Add(TaskLayers.Approval(NodePath.Parse("/task/open-pr"), "ada", result.Change!.Tree));
        var approved = await lab.PublishAsync(result with { Run = result.Run with { Layers = layers } }, pin: run => run with { Layers = layers });
        approved.Run.Outcome.ShouldBe(Outcome.Succeeded, approved.Run.Reason);
    }

    [Fact]
    public async Task Workflows_are_protected_whatever_the_project_says()
    {
        await using var lab = await SealedLab.CreateAsync("+", (".github/taskbot/project.yml", "test: sh test.sh\nprotected: {set: []}\n"));

        (await lab.PublishAsync(await lab.WithAsync(SealedLab.File("CODEOWNERS")))).ShouldBeOfType<SealedAnswer.Published>();
        (await lab.PublishAsync(await lab.WithAsync(SealedLab.File(".github/workflows/ci.yml")))).ShouldBeOfType<SealedAnswer.Refused>();
    }

    [Fact]
    public async Task Files_that_make_another_tree_than_the_sealed_one_are_refused()
    {
        await using var lab = await SealedLab.CreateAsync();

        var answer = await lab.PublishAsync(lab.Result with { Change = lab.Result.Change! with { Files = [SealedLab.File("calc.sh", "rm -rf /\n")] } });

        answer.ShouldBeOfType<SealedAnswer.Refused>().Problems.ShouldHaveSingleItem().ShouldContain("was sealed");
        lab.Forge.Pulls(lab.Runs.Repository).ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_may_no_longer_ask_gets_nothing_published()
    {
        await using var lab = await SealedLab.CreateAsync();

        var answer = await lab.PublishAsync(lab.Result with { Run = lab.Result.Run with { RequestedBy = "eve" } }, pin: run => run with { RequestedBy = "eve" });

        answer.ShouldBeOfType<SealedAnswer.Refused>().Problems.ShouldHaveSingleItem().ShouldContain("that takes write permission");
        lab.Forge.Pulls(lab.Runs.Repository).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_base_branch_that_changed_in_the_same_file_is_not_written_over()
    {
        await using var lab = await SealedLab.CreateAsync();
        var (pinned, store) = await lab.PinAsync();
        await lab.Runs.CommitAsync("main", ("calc.sh", "add() { expr $1 + $2; }\n"));

        var run = (await lab.Runs.PublisherOver(store, waitForChecks: false).PublishAsync(pinned, lab.Result, "taskbot/", default)).Run;

        run.Outcome.ShouldBe(Outcome.Failed);
        run.Reason!.ShouldContain("changed meanwhile");
        lab.Forge.Pulls(lab.Runs.Repository).ShouldBeEmpty();
    }
}
