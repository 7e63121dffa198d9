using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Runs;

namespace TaskBot.Bot.Tests.Learning;

/// <summary>What people make of a pull request, from the forge to what is believed of a variant.</summary>
public sealed class FeedbackReaderTests : IAsyncLifetime
{
    RunLab lab = null!;
    RunRecord run = null!;

    public async Task InitializeAsync()
    {
        lab = await RunLab.CreateAsync(
            (".github/taskbot/project.yml", "test: sh test.sh\nbuild: 'true'\nlabels: { taskbot: { task: 'taskbot:core/fix-bug', select: { strictness: auto } } }\n"));
        lab.Reply("llm.edit", RunLab.Fix);
        lab.Reply("llm.clarify", """{"questions": []}""");
        lab.Reply("llm.plan", """{"summary": "One.", "missing": [], "context": [], "steps": [{"name": "add", "type": "llm.edit", "description": "Add.", "acceptance": ["3"], "files": ["calc.sh"], "context": [], "after": []}]}""");
        lab.Reply("review.self", """{"summary": "It adds.", "findings": []}""");
        run = await lab.StartAndAdvanceAsync("taskbot");
        run.Stage.ShouldBe(RunStage.WaitingForChecks, run.Reason);
        run.Choices.ShouldHaveSingleItem().Set.ShouldBe("strictness");
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    ForgeSubject Pull => new(ForgeSubjectKind.Issue, run.PullRequest!.Value, 0);

    double Believed => lab.Preferences.Model.Probability(run.Choices[0].Features);

    [Fact]
    public async Task A_reaction_counts_once_follows_a_change_of_mind_and_can_be_taken_back()
    {
        var before = Believed;
        await lab.Forge.ReactAsAsync(lab.Repository, Pull, "ada", "+1", default);
        run = await lab.Feedback.ReadAsync(run, default);
        run.Signals.ShouldBe([KeyValuePair.Create("reaction:ada", 1.0)]);
        var liked = Believed;
        liked.ShouldBeGreaterThan(before);

        run = await lab.Feedback.ReadAsync(run, default);
        Believed.ShouldBe(liked, "the same is not learnt twice");

        await lab.Forge.ReactAsAsync(lab.Repository, Pull, "ada", "-1", default);
        run = await lab.Feedback.ReadAsync(run, default);
        Believed.ShouldBe(1 - liked, 1e-9, "as if it had never been liked");

        await lab.Forge.ReactAsAsync(lab.Repository, Pull, "ada", null, default);
        (await lab.Feedback.ReadAsync(run, default)).Signals.ShouldBeEmpty();
        Believed.ShouldBe(before, 1e-9);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_people_make_of_it_is_found_by_the_issue_and_by_the_pull_request(bool byIssue)
    {
        await lab.Forge.ReactAsAsync(lab.Repository, Pull, "ada", "+1", default);
        await lab.Feedback.ReadAsync(lab.Repository, byIssue ? run.Issue : run.PullRequest!.Value, default);
        (await lab.Runs.FindAsync(run.Id, default))!.Signals.Keys.ShouldBe(["reaction:ada"]);
        Believed.ShouldBeGreaterThan(0.5);
        await lab.Feedback.ReadAsync(lab.Repository, number: 4711, default);
    }

    [Fact]
    public async Task Reactions_to_our_comments_count_too_and_those_of_strangers_and_our_own_do_not()
    {
        var comment = new ForgeSubject(ForgeSubjectKind.Comment, run.Issue, 1);
        await lab.Forge.ReactAsAsync(lab.Repository, comment, "ada", "-1", default);
        await lab.Forge.ReactAsAsync(lab.Repository, comment, "eve", "+1", default);
        await lab.Forge.ReactAsAsync(lab.Repository, Pull, "ada", "+1", default);

        run = await lab.Feedback.ReadAsync(run, default);

        run.Signals.ShouldBe([KeyValuePair.Create("reaction:ada", 0.5)]);
    }

    [Fact]
    public async Task Of_a_persons_reviews_the_newest_counts()
    {
        (run, _) = await lab.ReviewAsync(run, "ada", "changes_requested", "");
        run.Signals["review:ada"].ShouldBe(0);

        (run, _) = await lab.ReviewAsync(run, "ada", "approved", "");

        run.Signals["review:ada"].ShouldBe(1);
        Believed.ShouldBeGreaterThan(0.5);
        RunStatistics.Of([run], new Dictionary<string, PreferenceModel> { [run.Repository] = lab.Preferences.Model }).Options.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(variant => variant.Feedback.Approvals.ShouldBe(1), variant => variant.Feedback.ChangesAsked.ShouldBe(0), variant => variant.Pleases.ShouldBeGreaterThan(0.5));
    }

    [Theory]
    [InlineData("add() { echo $(($1 + $2)); }\n", 1)]
    [InlineData("add() { expr $1 + $2; }\n", 0.5)]
    [InlineData(RunLab.Wrong + "\n", 0)]
    public async Task What_people_changed_before_they_merged_says_how_much_was_worth_keeping(string merged, double kept)
    {
        var commit = await lab.CommitAsync(run.Branch!, ("calc.sh", merged), ("other.txt", "theirs\n"));

        run = await lab.PullAsync(run, "closed", "ada", commit.Value, merged: true);

        (run.Ending, run.MergedAs).ShouldBe((PullRequestEnding.Merged, commit.Value));
        run.Signals[FeedbackReader.Kept].ShouldBe(kept);
        RunStatistics.Of([run], new Dictionary<string, PreferenceModel>()).Feedback.ShouldBe(new(1, 0, 0, 0, 0, 0, kept));
    }

    [Fact]
    public async Task Open_pull_requests_are_looked_at_now_and_then_and_ended_ones_are_not()
    {
        var clock = new FeedbackClock(lab.Runs, lab.Feedback, lab.Time, NullLogger<FeedbackClock>.Instance);
        await lab.Forge.ReactAsAsync(lab.Repository, Pull, "ada", "+1", default);
        await clock.LookAsync(default);
        (await lab.Runs.FindAsync(run.Id, default))!.Signals.ShouldContainKey("reaction:ada");

        await lab.PullAsync(run, "closed", "ada");
        await lab.Forge.ReactAsAsync(lab.Repository, Pull, "ada", "-1", default);
        await clock.LookAsync(default);

        (await lab.Runs.FindAsync(run.Id, default))!.Signals["reaction:ada"].ShouldBe(1);
    }

    [Fact]
    public async Task A_pull_request_that_is_opened_again_was_not_closed()
    {
        var before = Believed;
        await lab.PullAsync(run, "closed", "ada");
        Believed.ShouldBeLessThan(before);

        await lab.PullAsync(run, "reopened", "ada");

        Believed.ShouldBe(before, 1e-9);
    }
}
