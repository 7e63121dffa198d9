using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskBot.GitHub;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.Repositories;
using TaskBot.Testing.Contract;
using TaskBot.Testing.Models;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary>
/// The real program in a job's environment, against a GitHub that nobody here wrote, behind a proxy that refuses what GitHub's own description does
/// not allow.
/// </summary>
public sealed class ActionsRunTests(ContractKit kit) : IClassFixture<ContractKit>, IAsyncLifetime, IDisposable
{
    static readonly CancellationToken None = CancellationToken.None;

    readonly RepositoryName repository = RepositoryName.Parse(kit.Repository);
    readonly GitHubClientFactory factory = new(
        Options.Create(new GitHubOptions { ApiUrl = kit.Url, WriteInterval = TimeSpan.Zero }), TimeProvider.System, NullLogger<GitHubClientFactory>.Instance);

    readonly DirectoryInfo job = Directory.CreateTempSubdirectory("taskbot-job-");
    FakeOpenAIServer model = null!;
    SmallRepository checkout = null!;
    int comments;

    GitHubClient User => factory.ForToken(kit.UserToken);

    public async Task InitializeAsync()
    {
        model = await FakeOpenAIServer.StartAsync();
        var files = new Dictionary<string, string>(SmallRepository.Files, StringComparer.Ordinal) { ["README.md"] = "" };
        foreach (var (path, text) in SmallRepository.Files)
        {
            if (await User.Repositories.FindFileAsync(repository, path, reference: null, None) is null)
                await User.Repositories.WriteFileAsync(repository, path, new FileWrite($"Add {path}", Convert.ToBase64String(Encoding.UTF8.GetBytes(text)), Branch: "main"), None);
        }

        files["README.md"] = await ReadAsync("README.md", "main");
        checkout = SmallRepository.Create(files);
    }

    public async Task DisposeAsync() => await model.DisposeAsync();

    public void Dispose()
    {
        factory.Dispose();
        checkout.Dispose();
        job.Delete(recursive: true);
    }

    [Fact]
    public async Task A_labelled_issue_becomes_one_pull_request_one_tracking_comment_and_a_check_run()
    {
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);
        var issue = await OpenIssueAsync("The greeting is misspelt");

        var exit = await RunAsync(issue, "taskbot", "octocat");
        exit.Code.ShouldBe(0, exit.Error + exit.Output);
        long.Parse(Outputs()["input_tokens"], CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);
        long.Parse(Outputs()["output_tokens"], CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);
        var again = await RunAsync(issue, "taskbot", "octocat");
        again.Code.ShouldBe(0, again.Error + again.Output);

        var branch = $"taskbot/issue-{issue.Number}-the-greeting-is-misspelt";
        var pull = (await ToListAsync(User.PullRequests.ListAsync(repository, None))).Where(candidate => candidate.Head.Name == branch).ShouldHaveSingleItem();
        pull.Draft.ShouldBeTrue();
        pull.Body!.ShouldContain($"Fixes #{issue.Number}");
        var comment = (await ToListAsync(User.Issues.ListCommentsAsync(repository, issue.Number, None))).ShouldHaveSingleItem();
        comment.Body!.ShouldContain("<!-- taskbot:tracking -->");
        comment.Body!.ShouldContain("### TaskBot: succeeded");
        var check = (await ToListAsync(User.Checks.ListForReferenceAsync(repository, pull.Head.Sha, None))).ShouldHaveSingleItem();
        comment.Body!.ShouldContain($"See the [check run]({check.HtmlUrl}), the [job](https://github.test/acme/demo/actions/runs/77).");
        check.Name.ShouldBe("TaskBot");
        check.Conclusion.ShouldBe("success");
        (await ReadAsync("greet.sh", branch)).ShouldBe(SmallRepository.Files["greet.sh"].Replace("Helo", "Hello"));
        (await ToListAsync(User.Issues.ListLabelsAsync(repository, issue.Number, None))).ShouldNotContain(label => label.Name == "taskbot");

        // The second run was answered from the cache and asked no model.
        var outputs = Outputs();
        outputs["input_tokens"].ShouldBe("0");
        outputs["total_cost_usd"].ShouldBe("0");
        outputs["cache_hits"].ShouldNotBe("0");
        JsonNode.Parse(File.ReadAllText(outputs["execution_file"]))!["outcome"].ShouldNotBeNull();
        outputs["conclusion"].ShouldBe("success");
        outputs["branch_name"].ShouldBe(branch);
        outputs["pr_number"].ShouldBe(pull.Number.ToString(CultureInfo.InvariantCulture));
        var summary = File.ReadAllText(Path.Combine(job.FullName, "summary.md"));
        summary.ShouldContain("### TaskBot: succeeded");
        summary.ShouldContain("```mermaid\nflowchart TD");
        summary.ShouldContain("**Cost** $");
        summary.ShouldContain("**Cache** ");
        checkout.Git("status", "--porcelain").ShouldBeEmpty();
        checkout.Git("branch", "--list", "taskbot/*").ShouldBeEmpty();
        await kit.NothingWasRejectedAsync(None);
    }

    [Fact]
    public async Task A_job_whose_cache_is_gone_goes_on_in_the_same_pull_request_and_leaves_what_someone_else_pushed()
    {
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);
        var issue = await OpenIssueAsync("The greeting is forgotten");
        var branch = $"taskbot/issue-{issue.Number}-the-greeting-is-forgotten";
        (await RunAsync(issue, "taskbot", "octocat")).Code.ShouldBe(0);
        var first = Outputs()["pr_number"];

        ForgetAll();
        var resumed = await RunAsync(issue, "", "octocat", action: "created", eventName: "issue_comment", comment: "/taskbot resume");
        resumed.Code.ShouldBe(0, resumed.Error + resumed.Output);
        (await ToListAsync(User.Issues.ListCommentsAsync(repository, issue.Number, None))).ShouldContain(comment => comment.Body!.Contains("What earlier jobs knew of this run is gone", StringComparison.Ordinal));
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply.Replace("Hello, $1\"\n", "Hello, $1\"\n  # As in a dictionary.\n", StringComparison.Ordinal));
        var again = await RunAsync(issue, "taskbot", "octocat");
        again.Code.ShouldBe(0, again.Error + again.Output);
        Outputs()["pr_number"].ShouldBe(first);
        (await ReadAsync("greet.sh", branch)).ShouldContain("# As in a dictionary.");

        var theirs = await ReadAsync("README.md", branch) + "Theirs.\n";
        var readme = (await User.Repositories.FindFileAsync(repository, "README.md", branch, None))!;
        await User.Repositories.WriteFileAsync(repository, "README.md", new FileWrite("Mine", Convert.ToBase64String(Encoding.UTF8.GetBytes(theirs)), readme.Sha, branch), None);
        ForgetAll();
        var last = await RunAsync(issue, "taskbot", "octocat");
        last.Code.ShouldBe(0, last.Error + last.Output);
        Outputs()["branch_name"].ShouldBe($"{branch}-2");
        Outputs()["pr_number"].ShouldNotBe(first);
        (await ReadAsync("README.md", branch)).ShouldBe(theirs);
        (await ToListAsync(User.Issues.ListCommentsAsync(repository, issue.Number, None))).Count(comment => comment.Body!.Contains("taskbot:tracking")).ShouldBe(1);
        await kit.NothingWasRejectedAsync(None);

        void ForgetAll() => Directory.Delete(Path.Combine(job.FullName, "taskbot"), recursive: true);
    }

    [Fact]
    public async Task A_comment_asks_with_text_of_its_own_for_a_branch_with_a_prefix()
    {
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);
        var issue = await OpenIssueAsync("The greeting is odd");

        var exit = await RunAsync(
            issue, "", "octocat", action: "created", eventName: "issue_comment", comment: "@robot spell it as in a dictionary",
            inputs: new() { ["TRIGGER_PHRASE"] = "@robot", ["BRANCH_PREFIX"] = "robot/", ["MAX_TURNS"] = "1", ["PROMPT"] = "Change one line only.", ["BASE_BRANCH"] = "main" });

        exit.Code.ShouldBe(0, exit.Error + exit.Output);
        Outputs()["branch_name"].ShouldBe($"robot/issue-{issue.Number}-the-greeting-is-odd");
        var asked = model.Requests[0].Text;
        asked.ShouldContain("spell it as in a dictionary");
        asked.ShouldContain("Change one line only.");
        await kit.NothingWasRejectedAsync(None);
    }

    [Fact]
    public async Task An_assignment_asks_and_max_turns_ends_the_attempts()
    {
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply.Replace("Hello", "Hullo"));
        var issue = await OpenIssueAsync("The greeting is wrong again");

        var exit = await RunAsync(issue, "", "octocat", action: "assigned", assignee: "helper", inputs: new() { ["ASSIGNEE_TRIGGER"] = "@helper", ["MAX_TURNS"] = "1" });

        exit.Code.ShouldBe(1, exit.Error + exit.Output);
        Outputs()["attempts"].ShouldBe("1");
        Outputs()["outcome"].ShouldBe("waiting_for_human");
        Outputs()["branch_name"].ShouldBeEmpty();
        (await RunAsync(issue, "taskbot", "octocat", inputs: new() { ["MAX_TURNS"] = "many" })).Code.ShouldBe(2);
        await kit.NothingWasRejectedAsync(None);
    }

    [Fact]
    public async Task A_prompt_without_an_issue_gets_one()
    {
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);

        var exit = await RunAsync(issue: null, "", "octocat", action: "", eventName: "workflow_dispatch", inputs: new() { ["PROMPT"] = "The greeting is wrong\nIt says Helo." });

        exit.Code.ShouldBe(0, exit.Error + exit.Output);
        Outputs()["branch_name"].ShouldContain("the-greeting-is-wrong");
        await kit.NothingWasRejectedAsync(None);
    }

    [Fact]
    public async Task The_clock_starts_what_the_project_says_on_an_issue_of_its_own()
    {
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);
        checkout.Write(
            ".github/taskbot/project.yml",
            SmallRepository.Files[".github/taskbot/project.yml"] + "schedule:\n  - cron: \"0 6 * * mon\"\n    task: taskbot:core/fix-bug\n    title: Spell as in a dictionary\n    body: The greeting is often misspelt.\n");
        checkout.Git("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "--all", "--message", "Look each week");

        var exit = await TickAsync("0 6 * * MON");
        exit.Code.ShouldBe(0, exit.Error + exit.Output);
        var issue = (await ToListAsync(User.Issues.ListAsync(repository, None))).Where(candidate => candidate.Title == "Spell as in a dictionary").ShouldHaveSingleItem();
        Outputs()["branch_name"].ShouldBe($"taskbot/issue-{issue.Number}-spell-as-in-a-dictionary");
        model.Requests[0].Text.ShouldContain("The greeting is often misspelt.");

        // A week later it is the same issue, and its pull request.
        var pull = Outputs()["pr_number"];
        exit = await TickAsync("0 6 * * MON", attempt: 2);
        exit.Code.ShouldBe(0, exit.Error + exit.Output);
        Outputs()["pr_number"].ShouldBe(pull);

        var other = await TickAsync("5 4 * * *");
        other.Output.ShouldContain("no task under 'schedule' in .github/taskbot/project.yml has that line as its 'cron'");
        Outputs()["conclusion"].ShouldBe("skipped");
        await kit.NothingWasRejectedAsync(None);

        Task<TaskBotExit> TickAsync(string line, int attempt = 1) => RunAsync(issue: null, "", "", action: "", eventName: "schedule", line: line, runAttempt: attempt);
    }

    [Fact]
    public async Task A_label_of_someone_without_write_permission_starts_nothing()
    {
        var issue = await OpenIssueAsync("Please run my code");

        var exit = await RunAsync(issue, "taskbot", "mallory");

        exit.Code.ShouldNotBe(0);
        exit.Error.ShouldContain("write permission");
        model.Requests.ShouldBeEmpty();
        await kit.NothingWasRejectedAsync(None);
    }

    [Fact]
    public async Task Another_label_and_another_event_are_nothing_to_do_and_said_to_be_skipped()
    {
        var issue = await OpenIssueAsync("Nothing for a bot");

        var label = await RunAsync(issue, "question", "octocat");
        label.Code.ShouldBe(0, label.Error);
        label.Output.ShouldContain("Nothing to do");
        Outputs()["conclusion"].ShouldBe("skipped");

        var other = await RunAsync(issue, "taskbot", "octocat", action: "unlabeled");
        other.Code.ShouldBe(0, other.Error);
        other.Output.ShouldContain("Nothing to do");
        model.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_job_thinks_and_another_that_has_no_model_writes()
    {
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);
        var issue = await OpenIssueAsync("The greeting is split");
        var branch = $"taskbot/issue-{issue.Number}-the-greeting-is-split";

        var plan = await RunAsync(issue, "taskbot", "octocat", inputs: new() { ["MODE"] = "plan" });

        plan.Code.ShouldBe(0, plan.Error + plan.Output);
        (await User.Repositories.FindBranchAsync(repository, branch, None)).ShouldBeNull();
        (await ToListAsync(User.Issues.ListCommentsAsync(repository, issue.Number, None))).ShouldBeEmpty();
        (await ToListAsync(User.Issues.ListLabelsAsync(repository, issue.Number, None))).ShouldContain(label => label.Name == "taskbot");
        var digest = Outputs()["result_digest"];
        Outputs()["pr_number"].ShouldBeEmpty();
        File.ReadAllText(Path.Combine(job.FullName, "taskbot", "sealed.json")).ShouldNotContain(kit.InstallationToken);
        var asked = model.Requests.Count;

        for (var time = 1; time <= 2; time++)
        {
            var publish = await RunAsync(issue, "taskbot", "octocat", inputs: new() { ["MODE"] = "publish", ["RESULT_DIGEST"] = digest }, hasModel: false);
            publish.Code.ShouldBe(0, publish.Error + publish.Output);
        }

        var pull = (await ToListAsync(User.PullRequests.ListAsync(repository, None))).Where(candidate => candidate.Head.Name == branch).ShouldHaveSingleItem();
        pull.Draft.ShouldBeTrue();
        pull.Body!.ShouldContain($"Fixes #{issue.Number}");
        Outputs()["pr_number"].ShouldBe(pull.Number.ToString(CultureInfo.InvariantCulture));
        (await ReadAsync("greet.sh", branch)).ShouldBe(SmallRepository.Files["greet.sh"].Replace("Helo", "Hello"));
        var comment = (await ToListAsync(User.Issues.ListCommentsAsync(repository, issue.Number, None))).ShouldHaveSingleItem();
        comment.Body!.ShouldContain("### TaskBot: succeeded");
        (await ToListAsync(User.Checks.ListForReferenceAsync(repository, pull.Head.Sha, None))).ShouldHaveSingleItem().Conclusion.ShouldBe("success");
        (await ToListAsync(User.Issues.ListLabelsAsync(repository, issue.Number, None))).ShouldNotContain(label => label.Name == "taskbot");
        model.Requests.Count.ShouldBe(asked);
        await kit.NothingWasRejectedAsync(None);
    }

    [Fact]
    public async Task A_swapped_result_is_refused_and_nothing_is_written()
    {
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);
        var issue = await OpenIssueAsync("The greeting is swapped");
        (await RunAsync(issue, "taskbot", "octocat", inputs: new() { ["MODE"] = "plan" })).Code.ShouldBe(0);
        var file = Path.Combine(job.FullName, "taskbot", "sealed.json");
        var digest = Outputs()["result_digest"];
        var sealedAs = await File.ReadAllTextAsync(file);

        await File.WriteAllTextAsync(file, sealedAs.Replace("100644", "100755", StringComparison.Ordinal));
        var swapped = await RunAsync(issue, "taskbot", "octocat", inputs: new() { ["MODE"] = "publish", ["RESULT_DIGEST"] = digest }, hasModel: false);
        swapped.Code.ShouldBe(2);
        swapped.Error.ShouldContain("not the one that was sealed");
        (await ToListAsync(User.Issues.ListCommentsAsync(repository, issue.Number, None))).ShouldHaveSingleItem().Body!.ShouldContain("not the one that was sealed");

        await File.WriteAllTextAsync(file, sealedAs);
        var other = await RunAsync(issue, "taskbot", "mallory", inputs: new() { ["MODE"] = "publish", ["RESULT_DIGEST"] = digest }, hasModel: false);
        other.Code.ShouldBe(2);
        other.Error.ShouldContain("write permission");

        (await RunAsync(issue, "taskbot", "octocat", inputs: new() { ["MODE"] = "publish" }, hasModel: false)).Error.ShouldContain("ended before it had a result");
        (await RunAsync(issue, "taskbot", "octocat", inputs: new() { ["MODE"] = "dream" })).Code.ShouldBe(2);
        // Why is said where people asked, in one comment.
        (await ToListAsync(User.Issues.ListCommentsAsync(repository, issue.Number, None))).ShouldHaveSingleItem().Body!.ShouldContain("ended before it had a result");
        (await ToListAsync(User.PullRequests.ListAsync(repository, None))).ShouldNotContain(pull => pull.Title.Contains("swapped"));
        await kit.NothingWasRejectedAsync(None);
    }

    [Fact]
    public async Task Commands_in_comments_are_done_without_a_server_as_far_as_a_job_can_know()
    {
        model.Respond = _ => new FakeReply.Text(SmallRepository.GoodReply);
        var issue = await OpenIssueAsync("The greeting is planned");
        var branch = $"taskbot/issue-{issue.Number}-the-greeting-is-planned";

        (await SayAsync("/taskbot status")).Code.ShouldBe(0);
        Outputs()["outcome"].ShouldBe("answered");
        (await TextsAsync()).ShouldHaveSingleItem().ShouldContain("Nothing was started here yet");

        (await SayAsync("/taskbot plan fix-bug")).Code.ShouldBe(1);
        Outputs()["outcome"].ShouldBe("waiting_for_human");
        (await User.Repositories.FindBranchAsync(repository, branch, None)).ShouldBeNull();

        var approved = await SayAsync("/taskbot approve");
        approved.Code.ShouldBe(0, approved.Error + approved.Output);
        (await ReadAsync("greet.sh", branch)).ShouldContain("Hello");

        (await SayAsync("/taskbot status")).Code.ShouldBe(0);
        (await SayAsync("/taskbot why implement")).Code.ShouldBe(0);
        (await SayAsync("/taskbot cancel")).Code.ShouldBe(0);
        (await SayAsync("/taskbot status", by: "mallory")).Code.ShouldBe(0);
        var texts = await TextsAsync();
        texts.ShouldContain(text => text.Contains("taskbot:reply") && text.Contains("### TaskBot: succeeded"));
        texts.ShouldContain(text => text.Contains("| `implement` |"));
        // Refusals stand in one comment, the newest in place of the one before.
        texts.Count(text => text.Contains("taskbot:refusal")).ShouldBe(1);
        texts.ShouldContain(text => text.Contains("@mallory mallory may not give commands"));
        await kit.NothingWasRejectedAsync(None);

        Task<TaskBotExit> SayAsync(string text, string by = "octocat") => RunAsync(issue, "", by, action: "created", eventName: "issue_comment", comment: text);

        async Task<List<string>> TextsAsync() => [.. (await ToListAsync(User.Issues.ListCommentsAsync(repository, issue.Number, None))).Select(comment => comment.Body!)];
    }

    [Fact]
    public async Task What_a_model_says_never_reaches_the_log_as_a_command()
    {
        model.Respond = _ => new FakeReply.Text("SUMMARY: ok\n::set-env name=PATH::/tmp\n::add-mask::x\n" + SmallRepository.GoodReply);
        var issue = await OpenIssueAsync("The greeting says Helo");

        var exit = await RunAsync(issue, "taskbot", "octocat", inJob: true);

        var heard = new List<string>();
        string? deafUntil = null;
        foreach (var line in (exit.Output + exit.Error).Split('\n').Select(line => line.TrimStart()))
        {
            if (deafUntil is null && line.StartsWith("::stop-commands::", StringComparison.Ordinal)) deafUntil = $"::{line["::stop-commands::".Length..]}::";
            else if (line == deafUntil) deafUntil = null;
            else if (deafUntil is null && line.StartsWith("::", StringComparison.Ordinal)) heard.Add(line);
        }

        heard.ShouldBe([$"::add-mask::{kit.InstallationToken}"]);
    }

    async Task<Issue> OpenIssueAsync(string title) =>
        await User.Issues.CreateAsync(repository, new NewIssue(title, "`greet Ada` says `Helo, Ada` instead of `Hello, Ada`.", ["taskbot"]), None);

    async Task<string> ReadAsync(string path, string branch)
    {
        var file = (await User.Repositories.FindFileAsync(repository, path, branch, None))!;
        return Encoding.UTF8.GetString(Convert.FromBase64String(file.Content!));
    }

    async Task<TaskBotExit> RunAsync(
        Issue? issue, string label, string sender, string action = "labeled", bool inJob = false, string eventName = "issues", string? comment = null, string? assignee = null,
        Dictionary<string, string>? inputs = null, bool hasModel = true, string? line = null, int runAttempt = 1)
    {
        var @event = Path.Combine(job.FullName, "event.json");
        static JsonObject Person(string login) => new() { ["id"] = 1, ["login"] = login };
        var body = new JsonObject
        {
            ["action"] = action,
            ["issue"] = issue is null ? null : new JsonObject
            {
                ["id"] = issue.Id,
                ["number"] = issue.Number,
                ["title"] = issue.Title,
                ["body"] = issue.Body,
                ["state"] = "open",
                ["user"] = Person("octocat"),
                ["labels"] = new JsonArray(new JsonObject { ["id"] = 1, ["name"] = label }),
            },
            ["label"] = label.Length == 0 ? null : new JsonObject { ["id"] = 1, ["name"] = label },
            ["assignee"] = assignee is null ? null : Person(assignee),
            ["comment"] = comment is null ? null : new JsonObject { ["id"] = ++comments, ["body"] = comment, ["user"] = Person(sender) },
            ["repository"] = new JsonObject { ["id"] = 1, ["name"] = repository.Name, ["full_name"] = kit.Repository, ["default_branch"] = "main", ["owner"] = Person(repository.Owner) },
            ["sender"] = sender.Length == 0 ? null : Person(sender),
            ["schedule"] = line,
        };
        await File.WriteAllTextAsync(@event, body.ToJsonString());
        var environment = new Dictionary<string, string>
        {
            ["GITHUB_EVENT_NAME"] = eventName,
            ["GITHUB_EVENT_PATH"] = @event,
            ["GITHUB_WORKSPACE"] = checkout.Path,
            ["GITHUB_API_URL"] = kit.Url.AbsoluteUri.TrimEnd('/'),
            ["GITHUB_REPOSITORY"] = kit.Repository,
            ["GITHUB_SERVER_URL"] = "https://github.test",
            ["GITHUB_RUN_ID"] = "77",
            ["GITHUB_RUN_ATTEMPT"] = runAttempt.ToString(CultureInfo.InvariantCulture),
            ["GITHUB_OUTPUT"] = Path.Combine(job.FullName, "output"),
            ["GITHUB_STEP_SUMMARY"] = Path.Combine(job.FullName, "summary.md"),
            ["RUNNER_TEMP"] = job.FullName,
            ["INPUT_GITHUB_TOKEN"] = kit.InstallationToken,
            ["INPUT_MODEL"] = hasModel ? "fake-model@openai" : "",
            ["OPENAI_BASE_URL"] = model.BaseUrl.AbsoluteUri,
            ["OPENAI_API_KEY"] = hasModel ? "key-of-the-test" : "",
            ["TASKBOT_GitHub__WriteInterval"] = "00:00:00",
        };
        foreach (var (name, value) in inputs ?? []) environment[$"INPUT_{name}"] = value;
        if (inJob) environment["GITHUB_ACTIONS"] = "true";
        return await TaskBotProcess.RunAsync(["run"], environment, checkout.Path);
    }

    Dictionary<string, string> Outputs() => JobOutput.Read(Path.Combine(job.FullName, "output"));

    static async Task<List<T>> ToListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items) list.Add(item);
        return list;
    }
}
