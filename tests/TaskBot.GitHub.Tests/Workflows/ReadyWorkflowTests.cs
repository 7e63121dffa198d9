using System.Text.RegularExpressions;
using TaskBot.Testing.Contract;

namespace TaskBot.GitHub.Tests.Workflows;

/// <summary>What users copy: the actions and the ready workflows, as GitHub's own parser and two linters see them.</summary>
public partial class ReadyWorkflowTests
{
    static readonly string Root = Path.GetFullPath(Path.Combine(NodeKit.Folder, "..", ".."));

    static string[] Workflows => Directory.GetFiles(Path.Combine(Root, "workflows"), "*.yml");

    [Fact]
    public async Task Every_linter_finds_them_clean()
    {
        string[] files = [Path.Combine(Root, "action.yml"), Path.Combine(Root, "action", "setup", "action.yml"), .. Workflows];
        files.Length.ShouldBeGreaterThan(4);
        // The script ends with another code than 0 where there is a finding, and the exception quotes it.
        (await NodeKit.RunScriptAsync(["--import", "./json-hook.mjs", "lint-actions.mjs", .. files], CancellationToken.None)).Trim().ShouldBe("clean");
    }

    [Fact]
    public void Actions_of_others_are_pinned_by_commit()
    {
        string[] files = [Path.Combine(Root, "action", "setup", "action.yml"), .. Workflows];
        var used = files.SelectMany(file => Uses().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).ToList();
        used.ShouldNotBeEmpty();
        // TaskBot's own is pinned by whoever copies the workflow: to the commit that they keep.
        used.Where(name => !name.StartsWith("taskbot-org/taskbot", StringComparison.Ordinal)).ShouldAllBe(name => Pinned().IsMatch(name));
    }

    [Fact]
    public void Every_workflow_starts_from_no_permission_and_never_cancels_itself()
    {
        foreach (var file in Workflows)
        {
            var text = File.ReadAllText(file);
            text.ShouldContain("\npermissions: {}\n", customMessage: file);
            text.ShouldContain("\nconcurrency:\n", customMessage: file);
            text.ShouldContain("cancel-in-progress: false", customMessage: file);
            text.ShouldContain("persist-credentials: false", customMessage: file);
            text.ShouldNotContain("pull_request_target", customMessage: file);
        }
    }

    [Fact]
    public void In_split_jobs_what_has_a_model_may_only_read_and_what_may_write_has_no_secret()
    {
        var jobs = Job().Split(File.ReadAllText(Path.Combine(Root, "workflows", "taskbot-split.yml")))[1..];
        jobs.Length.ShouldBe(3);
        jobs.Count(job => job.Contains("secrets.", StringComparison.Ordinal)).ShouldBe(1);
        foreach (var job in jobs) job.Contains(": write", StringComparison.Ordinal).ShouldNotBe(job.Contains("secrets.", StringComparison.Ordinal), job);
    }

    [GeneratedRegex(@"^  (?=[a-z]+:\n    (?:#|if:|needs:))", RegexOptions.Multiline)]
    private static partial Regex Job();

    [GeneratedRegex(@"uses: (\S+)")]
    private static partial Regex Uses();

    [GeneratedRegex("@[0-9a-f]{40}$")]
    private static partial Regex Pinned();
}
