using FsCheck;
using FsCheck.Fluent;
using TaskBot.GitHub.Actions;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.GitHub.Tests.Actions;

public sealed class ActionsContractTests : IDisposable
{
    static readonly CancellationToken None = CancellationToken.None;
    readonly string _folder = Directory.CreateTempSubdirectory("taskbot-actions-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_jobs_variables_are_read()
    {
        var environment = ActionsEnvironment.Read(Variables());
        environment.Problems.ShouldBeEmpty();
        environment.IsJob.ShouldBeTrue();
        environment.Repository.ShouldNotBeNull().ToString().ShouldBe("acme/demo");
        environment.ApiUrl.ShouldBe(new Uri("https://ghes.example.org/api/v3"));
        environment.RunUrl.ShouldBe(new Uri("https://ghes.example.org/acme/demo/actions/runs/77"));
        environment.RunAttempt.ShouldBe(2);
        environment.Token.ShouldBe("ghs_x");
        (await environment.ReadEventAsync(None)).ShouldBeOfType<WebhookEvent.IssuesEvent>().Issue.Number.ShouldBe(12);
    }

    [Fact]
    public void An_inputs_name_loses_only_its_spaces()
    {
        var environment = ActionsEnvironment.Read(Variables());
        environment.Input("github-token").ShouldBe("ghs_input");
        environment.Input("base branch").ShouldBe("main");
        environment.Input("empty").ShouldBeNull();
        environment.Input("none").ShouldBeNull();
    }

    [Fact]
    public void All_that_is_missing_is_told_at_once()
    {
        var variables = new Dictionary<string, string> { ["GITHUB_REPOSITORY"] = "acme", ["GITHUB_API_URL"] = "ftp://x", ["GITHUB_EVENT_PATH"] = "/nowhere/event.json" };
        ActionsEnvironment.Read(variables).Problems.ShouldBe(
        [
            "GITHUB_EVENT_NAME is not set; GitHub Actions sets it in every job.",
            "GITHUB_WORKSPACE is not set; GitHub Actions sets it in every job.",
            "GITHUB_REPOSITORY is 'acme'; it must be owner/name.",
            "GITHUB_API_URL is 'ftp://x'; it must be an http(s) address.",
            "GITHUB_EVENT_PATH names '/nowhere/event.json', which does not exist."
        ]);
    }

    [Fact]
    public async Task No_value_ends_early_or_sets_another_output()
    {
        var path = Path.Combine(_folder, "output");
        var output = new ActionsOutput(ActionsEnvironment.Read(Variables()));
        await output.SetAsync("plain", "value", None);
        await output.SetAsync("evil", "a\nEOF\nstolen<<EOF\nx\nghadelimiter_0\nother=1", None);
        await output.SetAsync("empty", "", None);
        ReadAsTheRunnerDoes(await File.ReadAllLinesAsync(path)).ShouldBe(new Dictionary<string, string>
        {
            ["plain"] = "value",
            ["evil"] = "a\nEOF\nstolen<<EOF\nx\nghadelimiter_0\nother=1",
            ["empty"] = ""
        });
        (await File.ReadAllBytesAsync(path))[0].ShouldBe((byte)'p');
        await Should.ThrowAsync<ArgumentException>(() => output.SetAsync("a=b", "x", None));
    }

    [Fact]
    public async Task A_summary_stays_under_the_limit_over_all_appends()
    {
        var path = Path.Combine(_folder, "summary");
        var output = new ActionsOutput(ActionsEnvironment.Read(Variables()));
        await output.AppendSummaryAsync("# Done", None);
        (await File.ReadAllTextAsync(path)).ShouldBe("# Done\n");
        await output.AppendSummaryAsync(new string('ä', 600_000), None);
        await output.AppendSummaryAsync(new string('x', 600_000), None);
        new FileInfo(path).Length.ShouldBeInRange(ActionsOutput.SummaryByteLimit - 100, ActionsOutput.SummaryByteLimit);
        (await File.ReadAllTextAsync(path)).ShouldContain("… cut: GitHub shows 1 MiB");
    }

    [Fact]
    public async Task Outside_a_job_nothing_is_written()
    {
        var output = new ActionsOutput(ActionsEnvironment.Read(new Dictionary<string, string>()));
        await output.SetAsync("name", "value", None);
        await output.AppendSummaryAsync("text", None);
        Directory.GetFiles(_folder).ShouldBeEmpty();
    }

    [Fact]
    public void Commands_are_written_as_the_runner_reads_them()
    {
        using var log = new StringWriter { NewLine = "\n" };
        var commands = new WorkflowCommands(log);
        commands.Error("50% done,\r\nthen: broke", new AnnotationPlace("a,b:c.cs", 3, EndLine: 4, Column: 5, EndColumn: 6, Title: "T%"));
        commands.AddMask("s3cr3t\nline 2");
        commands.AddMask(" ");
        using (commands.Group("Tests")) commands.Notice("n");
        log.ToString().ShouldBe(
            """
            ::error file=a%2Cb%3Ac.cs,line=3,endLine=4,col=5,endColumn=6,title=T%25::50%25 done,%0D%0Athen: broke
            ::add-mask::s3cr3t%0Aline 2
            ::group::Tests
            ::notice::n
            ::endgroup::

            """);
    }

    [Fact]
    public void What_others_wrote_is_between_stop_tokens_that_differ_each_time()
    {
        using var log = new StringWriter { NewLine = "\n" };
        var commands = new WorkflowCommands(log);
        commands.Untrusted("::add-mask::x\n::set-env name=PATH::y");
        commands.Untrusted("::endgroup::");
        var lines = log.ToString().Split('\n');
        var first = lines[0]["::stop-commands::".Length..];
        lines[..4].ShouldBe([$"::stop-commands::{first}", "::add-mask::x", "::set-env name=PATH::y", $"::{first}::"]);
        lines[4].ShouldStartWith("::stop-commands::");
        lines[4].ShouldNotContain(first);
        first.Length.ShouldBe(32);
    }

    [Fact]
    public void A_message_of_any_text_is_one_line_and_reads_back() => Prop.ForAll<NonNull<string>>(text =>
    {
        using var log = new StringWriter { NewLine = "\n" };
        new WorkflowCommands(log).Warning(text.Get);
        var line = log.ToString()[..^1];
        var data = line["::warning::".Length..].Replace("%0D", "\r").Replace("%0A", "\n").Replace("%25", "%");
        return !line.Contains('\n') && !line.Contains('\r') && data == text.Get;
    }).QuickCheckThrowOnFailure();

    Dictionary<string, string> Variables()
    {
        var eventPath = Path.Combine(_folder, "event.json");
        if (!File.Exists(eventPath)) File.WriteAllText(eventPath, """{"action":"labeled","issue":{"id":1,"number":12,"title":"t"},"label":{"name":"taskbot"}}""");
        return new()
        {
            ["GITHUB_ACTIONS"] = "true",
            ["GITHUB_EVENT_NAME"] = "issues",
            ["GITHUB_EVENT_PATH"] = eventPath,
            ["GITHUB_WORKSPACE"] = _folder,
            ["GITHUB_REPOSITORY"] = "acme/demo",
            ["GITHUB_API_URL"] = "https://ghes.example.org/api/v3",
            ["GITHUB_SERVER_URL"] = "https://ghes.example.org",
            ["GITHUB_RUN_ID"] = "77",
            ["GITHUB_RUN_ATTEMPT"] = "2",
            ["GITHUB_TOKEN"] = "ghs_x",
            ["GITHUB_OUTPUT"] = Path.Combine(_folder, "output"),
            ["GITHUB_STEP_SUMMARY"] = Path.Combine(_folder, "summary"),
            ["INPUT_GITHUB-TOKEN"] = "ghs_input",
            ["INPUT_BASE_BRANCH"] = "main",
            ["INPUT_EMPTY"] = ""
        };
    }

    // actions/runner, FileCommandManager: the earlier of "=" and "<<" decides; a heredoc runs to its delimiter alone on a line.
    static Dictionary<string, string> ReadAsTheRunnerDoes(string[] lines)
    {
        var read = new Dictionary<string, string>();
        for (var at = 0; at < lines.Length; at++)
        {
            var equals = lines[at].IndexOf('=');
            var heredoc = lines[at].IndexOf("<<", StringComparison.Ordinal);
            if (heredoc >= 0 && (equals < 0 || heredoc < equals))
            {
                var end = Array.IndexOf(lines, lines[at][(heredoc + 2)..], at + 1);
                end.ShouldBePositive();
                read.Add(lines[at][..heredoc], string.Join('\n', lines[(at + 1)..end]));
                at = end;
            }
            else
            {
                read.Add(lines[at][..equals], lines[at][(equals + 1)..]);
            }
        }

        return read;
    }
}
