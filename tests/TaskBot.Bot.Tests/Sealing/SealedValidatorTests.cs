using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Sealing;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Sealing;

/// <summary>Nothing that a sealed result claims is believed.</summary>
public sealed class SealedValidatorTests
{
    static readonly TreeId BaseTree = new(new string('a', 40));
    static readonly string Made = new('b', 40);

    static readonly RunRecord Pinned = new()
    {
        Id = new RunId("0123"),
        TriggerKey = "key",
        Repository = "acme/shop",
        Issue = 7,
        RequestedBy = "ada",
        Request = new ForgeIssue(7, "Wrong", "It is.", "eve", [], IsOpen: true, ""),
        Stage = RunStage.Queued,
        BaseBranch = "main",
        BaseCommit = new string('c', 40),
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    static readonly SealedRun Good = new()
    {
        Run = Pinned with
        {
            Stage = RunStage.Finished,
            Outcome = Outcome.Succeeded,
            Reason = "Sealed.",
            Task = "taskbot:core/fix-bug",
            Layers =
            [
                TaskLayers.Issue(Pinned.Request, "taskbot:core/fix-bug", ImmutableSortedDictionary<string, string>.Empty.Add("strictness", "normal"), BaseTree),
                TaskLayers.Attempt(2, "Better.", ["Not so."], NodePath.Parse("/task/implement")), TaskLayers.Variants("strategy", ("strictness", "thorough")), RunParameters.Prompt("llm.edit", "one"), RunParameters.Model("code", "first, second"),
                TaskLayers.Opinions("stronger-model", [NodePath.Parse("/task/implement")], "model", "reason"),
            ],
            Attempts = [new(1, Outcome.Succeeded, 3, 0, 10, 0.1m, "Done.", FailureSignature: null)],
            Steps = [new("Fix it", "llm.edit", NodeState.Succeeded)],
            Models = ["model"],
            Branch = "taskbot/issue-7-wrong",
            HeadTree = Made,
        },
        Change = new("taskbot/issue-7-wrong", "main", Pinned.BaseCommit, Made, OnTopOfBase: false, ExpectedHead: null, "What was done.", ["Tests: 1 passed."], [SealedLab.File("src/a.txt")]),
        Comments = [new(CommentNode.MarkerOf(Pinned.Id, NodePath.Parse("/task/say")), $"{CommentNode.MarkerOf(Pinned.Id, NodePath.Parse("/task/say"))}\nHello.\n")],
    };

    static readonly SealedResult Sealed = new() { Version = SealedResult.CurrentVersion, Runs = [Good], Replies = [new("acme/shop#7:Comment-1:0123-1", IsRefused: false, "Because it had to.")] };

    public static TheoryData<string, string> Tampered { get; } = new()
    {
        { "run.id", "run.id is 'other'" },
        { "run.repository", "run.repository is 'mallory/shop'" },
        { "run.issue", "run.issue is '8'" },
        { "run.requested_by", "run.requested_by is 'mallory'" },
        { "run.base_commit", "run.base_commit is" },
        { "line in issue", "run.base_branch is 'main ::set-env" },
        { "plan of nobody", "nobody is asked about it" },
        { "plan that ends its fence", "plan.drawn is no flowchart" },
        { "plan that is none", "plan.drawn is no flowchart" },
        { "not ended", "run has not ended" },
        { "task", "run.task names no task file" },
        { "attempt numbers", "run.attempts are not numbered" },
        { "approval", "says 'approvedBy'" },
        { "budget", "says 'with'" },
        { "other base tree", "starts from another tree" },
        { "foreign marker", "marks no comment of this run" },
        { "tracking marker", "marks no comment of this run" },
        { "hidden marker", "hides more" },
        { "token in reason", "looks like a token" },
        { "token in comment", "looks like a token" },
        { "token in summary", "looks like a token" },
        { "long summary", "characters; 65536 are the most" },
        { "branch", "change.branch is 'main'" },
        { "branch of another issue", "change.branch is 'taskbot/issue-70-wrong'" },
        { "branch with a path", "change.branch is" },
        { "base branch", "change.base_branch is 'release'" },
        { "tree", "change.tree is no tree's id" },
        { "expected head", "change.expected_head is no commit's id" },
        { "other tree than the run's", "change is not what the run says it made" },
        { "no files", "change.files is empty" },
        { "many files", "change.files has 1001 files" },
        { "large files", "33554433 bytes" },
        { "twice", "'src/a.txt' is there 2 times" },
        { "../escape", "'.' or '..' part" },
        { "/absolute", "the path is absolute" },
        { "a/.git/config", "leads into a .git folder" },
        { "a/.GIT /hooks", "leads into a .git folder" },
        { "line\nbreak", "characters that no name of a file should have" },
        { "mode", "mode 160000 is not a file's" },
        { "link out", "the link leads out" },
        { "link absolute", "the link leads out" },
        { "link to git", "the link leads out" },
    };

    [Fact]
    public void What_this_program_seals_is_in_order_and_survives_the_way()
    {
        Problems(Good).ShouldBeEmpty();
        var bytes = Sealed.ToBytes();
        var opened = SealedResult.Open(bytes, SealedResult.DigestOf(bytes).ToUpperInvariant() + "\n");
        Problems(opened.Runs.ShouldHaveSingleItem()).ShouldBeEmpty();
        opened.Replies.ShouldHaveSingleItem().ShouldBe(Sealed.Replies[0]);
    }

    [Theory]
    [MemberData(nameof(Tampered))]
    public void What_was_tampered_with_is_named(string what, string problem) => Problems(Tamper(Good, what)).ShouldHaveSingleItem().ShouldContain(problem);

    [Theory]
    [InlineData("Because it had to.", null)]
    [InlineData("", "empty")]
    [InlineData("Yes.\n<!-- taskbot:tracking -->", "hides something")]
    [InlineData("Use ghp_0123456789abcdefghijABCDEFGHIJ012345", "looks like a token")]
    public void What_a_command_said_there_may_be_read_by_people_and_no_more(string text, string? problem)
    {
        var found = SealedValidator.ProblemOf(new SealedReply("key", IsRefused: false, text));
        if (problem is null) found.ShouldBeNull();
        else found!.ShouldContain(problem);
        SealedValidator.ProblemOf(new SealedReply("key", IsRefused: false, new string('x', 70_000)))!.ShouldContain("characters");
    }

    [Fact]
    public void All_problems_are_told_at_once() =>
        Problems(Tamper(Tamper(Tamper(Good, "run.issue"), "branch"), "../escape")).Length.ShouldBe(3);

    [Fact]
    public void A_problem_tells_no_token_and_no_novel()
    {
        var problems = Problems(Good with { Change = Good.Change! with { Branch = $"ghp_{new string('a', 36)}{new string('x', 10_000)}" } });
        problems.ShouldAllBe(problem => problem.Length <= 500 && !problem.Contains("ghp_"));
    }

    [Fact]
    public void Where_the_branch_was_left_is_believed_of_the_pinned_run_alone()
    {
        var pinned = Pinned with { Branch = "taskbot/issue-7-wrong", HeadSha = new string('d', 40) };
        ProblemsOf(new string('e', 40)).ShouldHaveSingleItem().ShouldContain("the branch was left at");
        ProblemsOf(new string('d', 40)).ShouldBeEmpty();
        // The forge takes that for a branch that is not there, or has exactly this already.
        ProblemsOf(head: null).ShouldBeEmpty();

        ImmutableArray<string> ProblemsOf(string? head) => SealedValidator.FindProblems(Good with { Change = Good.Change! with { ExpectedHead = head } }, pinned, BaseTree, "taskbot/");
    }

    [Fact]
    public void Layers_that_the_run_had_stay_as_they_were()
    {
        var pinned = Pinned with { Layers = [Good.Run.Layers[0] with { Text = Good.Run.Layers[0].Text.Replace("Wrong", "Right") }] };
        SealedValidator.FindProblems(Good, pinned, BaseTree, "taskbot/").ShouldHaveSingleItem().ShouldContain("does not begin with the layers");
    }

    [Fact]
    public void Other_bytes_than_the_sealed_ones_are_not_opened()
    {
        var bytes = Sealed.ToBytes();
        var digest = SealedResult.DigestOf(bytes);
        bytes[^2] ^= 1;
        Should.Throw<SealBrokenException>(() => SealedResult.Open(bytes, digest)).Message.ShouldContain("not the one that was sealed");
        Should.Throw<SealBrokenException>(() => SealedResult.Open(bytes, ""));
    }

    [Theory]
    [InlineData("""{"version":1}""", "is not what this program writes")]
    [InlineData("[]", "is not what this program writes")]
    [InlineData("null", "is null")]
    public void What_is_no_result_is_not_opened(string json, string says)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        Should.Throw<SealBrokenException>(() => SealedResult.Open(bytes, SealedResult.DigestOf(bytes))).Message.ShouldContain(says);
    }

    [Fact]
    public void Another_version_and_unknown_members_are_not_opened()
    {
        Open(node => node["version"] = 3).ShouldContain("version 3");
        Open(node => node["effects"] = new JsonArray("delete_repository")).ShouldContain("effects");
        Open(node => node["runs"]![0]!["change"]!["force"] = true).ShouldContain("force");
        Open(node => node["runs"]![0]!["run"]!["layers"] = new JsonArray((JsonNode?)null)).ShouldContain("is missing");
        Open(node => node["runs"] = new JsonArray((JsonNode?)null)).ShouldContain("is missing");
        Open(node => node["replies"] = new JsonArray((JsonNode?)null)).ShouldContain("is missing");
        Open(node => node["runs"]![0]!["run"]!["id"]!["value"] = "../../home").ShouldContain("no name of its own");
        Open(node => node["runs"] = new JsonArray(node["runs"]![0]!.DeepClone(), node["runs"]![0]!.DeepClone())).ShouldContain("no name of its own");
        Open(node => node["runs"]![0]!["change"]!["checks"] = null);
        Open(node => node["runs"]![0]!["run"]!["attempts"] = null);
        Open(node => node["runs"]![0]!["run"]!["layers"]![0]!["text"] = null);

        static string Open(Action<JsonNode> change)
        {
            var node = JsonNode.Parse(Sealed.ToBytes())!;
            change(node);
            var bytes = Encoding.UTF8.GetBytes(node.ToJsonString());
            return Should.Throw<SealBrokenException>(() => SealedResult.Open(bytes, SealedResult.DigestOf(bytes))).Message;
        }
    }

    static ImmutableArray<string> Problems(SealedRun result) => SealedValidator.FindProblems(result, Pinned, BaseTree, "taskbot/");

    static SealedRun Tamper(SealedRun result, string what)
    {
        var (run, change) = (result.Run, result.Change!);
        const string Token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
        return what switch
        {
            "run.id" => Run(run with { Id = new RunId("other") }) with { Comments = [] },
            "line in issue" => Run(run with { BaseBranch = "main\n::set-env name=PATH::/tmp" }),
            "plan of nobody" => result with { Plan = new("", "flowchart TD\n") },
            "plan that ends its fence" => Asking("flowchart TD\n```\n# Hello"),
            "plan that is none" => Asking("pie"),
            "run.repository" => Run(run with { Repository = "mallory/shop" }),
            "run.issue" => Run(run with { Issue = 8 }),
            "run.requested_by" => Run(run with { RequestedBy = "mallory" }),
            "run.base_commit" => Run(run with { BaseCommit = new string('e', 40) }),
            "not ended" => Run(run with { Stage = RunStage.Queued }),
            "task" => Run(run with { Task = "x`\n# Heading" }),
            "attempt numbers" => Run(run with { Attempts = [run.Attempts[0] with { Number = 2 }] }),
            "approval" => Run(run with { Layers = run.Layers.Add(TaskLayers.Attempt(3, "x", []) with { Text = TaskLayers.Approval(NodePath.Parse("/task/open-pr"), "ada", digest: null).Text }) }),
            "budget" => Run(run with { Layers = run.Layers.Add(RunParameters.Budget(1000)) }),
            "other base tree" => Run(run with { Layers = run.Layers.SetItem(0, TaskLayers.Issue(run.Request, "taskbot:core/fix-bug", ImmutableSortedDictionary<string, string>.Empty, new TreeId(Made))) }),
            "foreign marker" => Comment("<!-- taskbot:comment other /task/say -->"),
            "tracking marker" => Comment("<!-- taskbot:tracking -->"),
            "hidden marker" => result with { Comments = [result.Comments[0] with { Body = result.Comments[0].Body + "<!-- taskbot:tracking -->" }] },
            "token in reason" => Run(run with { Reason = Token }),
            "token in comment" => result with { Comments = [result.Comments[0] with { Body = result.Comments[0].Body + Token }] },
            "token in summary" => Change(change with { Summary = $"Use {Token}" }),
            "long summary" => Change(change with { Summary = new string('x', 70_000) }),
            "branch" => Branch("main"),
            "branch of another issue" => Branch("taskbot/issue-70-wrong"),
            "branch with a path" => Branch("taskbot/issue-7-../../heads/main"),
            "base branch" => Change(change with { BaseBranch = "release" }),
            "tree" => result with { Change = change with { Tree = "x" }, Run = run with { HeadTree = "x" } },
            "expected head" => Change(change with { ExpectedHead = "main" }),
            "other tree than the run's" => Change(change with { Tree = new string('f', 40) }),
            "no files" => Change(change with { Files = [] }),
            "many files" => Change(change with { Files = [.. Enumerable.Range(0, SealedValidator.MaximumFiles + 1).Select(number => SealedLab.File($"{number}"))] }),
            "large files" => Change(change with { Files = [new("a", "100644", new byte[SealedValidator.MaximumContent + 1])] }),
            "twice" => Change(change with { Files = [change.Files[0], change.Files[0]] }),
            "mode" => Change(change with { Files = [SealedLab.File("sub", mode: "160000")] }),
            "link out" => Change(change with { Files = [SealedLab.File("src/link", "../../etc/passwd", "120000")] }),
            "link absolute" => Change(change with { Files = [SealedLab.File("link", "/etc/passwd", "120000")] }),
            "link to git" => Change(change with { Files = [SealedLab.File("src/link", "../.git/config", "120000")] }),
            var path => Change(change with { Files = [SealedLab.File(path)] }),
        };

        SealedRun Asking(string drawn) => result with { Run = run with { Stage = RunStage.WaitingForHuman, Outcome = Outcome.WaitingForHuman }, Change = null, Plan = new("implement: {}", drawn) };
        SealedRun Run(RunRecord other) => result with { Run = other };
        SealedRun Change(SealedChange other) => result with { Change = other };
        SealedRun Branch(string name) => result with { Change = change with { Branch = name }, Run = run with { Branch = name } };
        SealedRun Comment(string marker) => result with { Comments = [new(marker, $"{marker}\nHello.\n")] };
    }
}
