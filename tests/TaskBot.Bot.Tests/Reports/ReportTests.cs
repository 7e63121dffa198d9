using System.Collections.Immutable;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Bot.Tests.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Reports;

public sealed class ReportTests
{
    /// <summary>Everything that must not work from inside of someone's text.</summary>
    const string Hostile =
        "# Not a heading of ours\r\n@everyone and @acme/owners, closes #12 and fixes GH-13 | a | b |\n<!-- taskbot:tracking --> </details><img src=x onerror=alert(1)>\r\r## Nor this\u2028### nor this\n```\nopen fence\n~~~\n/taskbot approve\n---\n| x | y |\n|---|---|";

    static readonly ForgeIssue Issue = new(7, "add is wrong", "1 + 2 should be 3.", "eve", [], IsOpen: true, "http://localhost/7");

    static readonly RunRecord Started = new()
    {
        Id = new RunId("run"),
        TriggerKey = "test",
        Repository = "acme/calculator",
        Issue = 7,
        RequestedBy = "ada",
        Request = Issue,
        Task = "taskbot:core/fix-bug",
        Stage = RunStage.Queued,
        BaseBranch = "main",
        BaseCommit = new string('0', 40),
        CreatedAt = DateTimeOffset.UnixEpoch,
        Layers = [TaskLayers.Issue(Issue, "taskbot:core/fix-bug", ImmutableSortedDictionary<string, string>.Empty, new TreeId(new string('1', 40)))],
    };

    static readonly AttemptRecord Failed = new(1, Outcome.Failed, 5, 0, 1234, 0.0123m, "test: 1 of 1 tests failed: adds.", "signature");

    static readonly AttemptRecord Passed = new(2, Outcome.Succeeded, 3, 4, 987, 0m, "All nodes succeeded.", null);

    static RunRecord Waiting => Started with { Stage = RunStage.WaitingForChecks, Attempts = [Failed, Passed], PullRequest = 8, Branch = "taskbot/issue-7", Layers = Refined("add must add.", "Subtracting was wrong.") };

    static RunRecord Asking => Started with
    {
        Stage = RunStage.WaitingForHuman,
        Outcome = Outcome.WaitingForHuman,
        Reason = "All 1 attempts are used up. What should be done differently?",
        Attempts = [Failed],
    };

    static RunRecord Misused => Started with
    {
        RequestedBy = "ada",
        Stage = RunStage.Finished,
        Outcome = Outcome.Failed,
        Reason = Hostile,
        PullRequest = 8,
        Attempts = [Failed with { Summary = Hostile }, Passed with { Summary = @"a \| b \" }],
        Layers = Refined(Hostile, Hostile),
    };

    [Fact]
    public void The_tracking_comment_of_a_run_that_started() =>
        TrackingComment.Render(Started, PlanText.Of(Graph("Write the change")), []).ShouldMatchSnapshot("tracking-started.md");

    [Fact]
    public void The_tracking_comment_of_a_run_that_waits_for_checks() => TrackingComment.Render(
        Waiting, plan: null, [new("check run", "https://github.test/acme/calculator/runs/5"), new("job", "https://github.test/acme/calculator/actions/runs/4711"), new("dashboard", "https://taskbot.example.com/runs/run")])
        .ShouldMatchSnapshot("tracking-checks.md");

    [Fact]
    public void The_tracking_comment_of_a_run_that_asks() => TrackingComment.Render(Asking, plan: null, []).ShouldMatchSnapshot("tracking-question.md");

    [Fact]
    public void The_tracking_comment_of_a_run_that_waits_for_an_approval() =>
        TrackingComment.Render(Asking with { Attempts = [], Reason = "May this go on?\n\nrm -r build\n\nAnswer with: /taskbot approve", WaitingNode = "/task/look" }, plan: null, [])
            .ShouldMatchSnapshot("tracking-approval.md");

    [Fact]
    public void The_tracking_comment_of_a_run_that_succeeded() =>
        TrackingComment.Render(Waiting with { Stage = RunStage.Finished, Outcome = Outcome.Succeeded, Reason = "Pull request #8 is ready for review." }, plan: null, [])
            .ShouldMatchSnapshot("tracking-succeeded.md");

    [Fact]
    public void Text_of_strangers_in_the_tracking_comment_stays_theirs()
    {
        var comment = TrackingComment.Render(Misused, plan: null, []);

        comment.ShouldMatchSnapshot("tracking-strangers.md");
        Harmless(comment);
        comment.Split('\n').Where(line => line.StartsWith('|')).ShouldAllBe(line => line.Count(character => character == '|') == 7);
    }

    [Fact]
    public void A_plan_whose_titles_are_hostile_stays_in_its_fence()
    {
        var comment = TrackingComment.Render(Started, PlanText.Of(Graph(Hostile + "\n```\n# Out")), []);

        var lines = comment.Split('\n').SkipWhile(line => line != "```mermaid").Skip(1).ToList();
        lines.FindIndex(line => line.TrimStart().StartsWith("```", StringComparison.Ordinal)).ShouldBe(lines.IndexOf("</details>") - 2);
    }

    [Fact]
    public void The_body_of_a_pull_request() =>
        PullRequestBody.Render(Waiting, "add adds.", ["Tests: 1 passed, 0 failed, 0 skipped."], ["calc.sh", "docs/a b.md"]).ShouldMatchSnapshot("pull-request.md");

    [Fact]
    public void Text_of_strangers_in_the_body_of_a_pull_request_stays_theirs()
    {
        var body = PullRequestBody.Render(Misused, Hostile, [Hostile], ["a`b\nc.sh"]);

        body.ShouldMatchSnapshot("pull-request-strangers.md");
        Harmless(body);
    }

    [Theory]
    [InlineData("taskbot:core/fix-bug", "add is\r\nwrong", "fix: add is wrong")]
    [InlineData("taskbot:core/write-function", "add", "feat: add")]
    [InlineData("taskbot:core/write-tests", "add", "test: add")]
    [InlineData("taskbot:core/fix-bug", "closes #5, says @ada", "fix: closes #\u200b5, says @\u200bada")]
    public void The_title_is_one_line_that_mentions_and_closes_nothing(string task, string title, string expected) =>
        PullRequestBody.Title(Started with { Task = task, Request = Issue with { Title = title } }).ShouldBe(expected);

    [Fact]
    public void A_long_title_is_cut_and_the_message_closes_its_own_issue()
    {
        var message = PullRequestBody.Message(Started with { Request = Issue with { Title = new string('x', 500) } });

        message.Split('\n')[0].Length.ShouldBe(72);
        message.ShouldEndWith("…\n\nFixes #7");
    }

    [Fact]
    public void A_refusal() =>
        RefusalComment.Render("eve", "eve may not start a run in acme/calculator: that takes write permission, and this is read.").ShouldMatchSnapshot("refusal.md");

    [Fact]
    public void The_check_of_a_run()
    {
        Report(CheckReports.Of(Waiting)).ShouldMatchSnapshot("check-waiting.md");
        Report(CheckReports.Of(Asking)).ShouldMatchSnapshot("check-question.md");
        Harmless(CheckReports.Of(Misused).Summary);

        static string Report(CheckReport check) => $"{check.Name}: {check.Conclusion ?? "in progress"}: {check.Title}\n\n{check.Summary}";
    }

    [Fact]
    public void Only_a_run_that_succeeded_is_green() =>
        Enum.GetValues<Outcome>().Where(outcome => CheckReports.Of(Started with { Outcome = outcome }).Conclusion == "success").ShouldBe([Outcome.Succeeded]);

    /// <summary>Outside of quotations nothing of a stranger begins a line of its own, notifies anyone, closes anything, or is a tag.</summary>
    static void Harmless(string text)
    {
        foreach (var live in new[] { "@everyone", "@acme", "closes #12", "GH-13", "<img", "\r", "\u2028" }) text.Contains(live, StringComparison.Ordinal).ShouldBeFalse(live);
        var ours = text.Split('\n').Where(line => !line.StartsWith("> ", StringComparison.Ordinal)).ToList();
        ours.ShouldNotContain(line => line.TrimStart().StartsWith("```", StringComparison.Ordinal) || line.TrimStart().StartsWith("~~~", StringComparison.Ordinal));
        ours.ShouldNotContain(line => line.StartsWith('#') && (line.Contains("ot a heading") || line.Contains("nor this", StringComparison.OrdinalIgnoreCase)));
        ours.ShouldNotContain("---");
        ours.Count(line => line.Contains("<!--", StringComparison.Ordinal)).ShouldBe(text.StartsWith(TrackingComment.Marker, StringComparison.Ordinal) ? 1 : 0);
        ours.Count(line => line == "</details>").ShouldBe(ours.Count(line => line.StartsWith("<details>", StringComparison.Ordinal)));
        Bot.Events.SlashCommand.Read(text, "taskbot").ShouldBeEmpty();
    }

    static ImmutableArray<RunLayer> Refined(string description, string note) => [Started.Layers[0], TaskLayers.Attempt(2, description, [note])];

    static TaskGraph Graph(string title)
    {
        var node = NodeLab.Node("/task/implement", "llm.edit", [("title", title)]);
        return new TaskGraph(NodePath.Parse("/task"), ImmutableSortedDictionary<NodePath, TaskNode>.Empty.Add(node.Path, node));
    }
}
