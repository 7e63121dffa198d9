using System.Globalization;
using TaskBot.Bot;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Commands;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Actions;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Issues;
using TaskBot.Models.Ledger;
using TaskBot.Terminal;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Actions;

/// <summary>One run in a job of GitHub Actions: on the event that started the job, with the inputs of <c>action.yml</c>, publishing through the REST API.</summary>
static class JobRun
{
    /// <param name="model">What the command line said, over the input.</param>
    /// <param name="base">The same, for the branch to start from.</param>
    public static async Task<int> RunAsync(string? model, string? @base, bool json, CancellationToken cancellationToken)
    {
        var job = ActionsEnvironment.Read();
        if (job.Problems.Count > 0) throw new UsageException(string.Join('\n', job.Problems));
        var token = job.Input("github_token") ?? job.Token
            ?? throw new UsageException("There is no token. Pass one to the action: github_token: ${{ github.token }}.");
        var attempts = Attempts(job);
        var log = new WorkflowCommands(Console.Out);
        if (job.IsJob) log.AddMask(token);
        var output = new ActionsOutput(job);

        var workspace = job.Workspace!;
        await using var git = await GitRepository.OpenAsync(workspace, cancellationToken);
        var head = await git.Refs.HeadAsync(cancellationToken) ?? throw new UsageException($"'{workspace}' has no commit. Check the repository out before this step: actions/checkout.");
        var (project, _) = await ProjectReader.ReadAsync(git.Tree(await git.TreeOfAsync(head, cancellationToken)), cancellationToken);
        var prompt = job.Input("prompt");
        var wanted = new ActionTrigger.Wanted(
            job.Input("label_trigger") is { } label ? [label] : [.. project.Labels.Select(known => known.Name)],
            job.Input("assignee_trigger")?.TrimStart('@'),
            job.Input("trigger_phrase") ?? "@taskbot",
            prompt is not null);
        var (trigger, reason) = ActionTrigger.Find(await job.ReadEventAsync(cancellationToken), job.EventName!, wanted);
        if (trigger is null) return await NothingToDoAsync(output, reason, cancellationToken);

        var state = Path.Combine(Environment.GetEnvironmentVariable("RUNNER_TEMP") is { Length: > 0 } temporary ? temporary : Path.GetTempPath(), "taskbot");
        Directory.CreateDirectory(state);
        var choice = ModelChoice.Configured(model ?? job.Input("model"));
        var story = new StoryTeller(TimeProvider.System, json);
        using var host = RunCommand.CreateHost(
            new Dictionary<string, string?>(choice.Settings)
            {
                ["Database:ConnectionString"] = Path.Combine(state, "taskbot.db"),
                ["GitHub:Token"] = token,
                ["GitHub:ApiUrl"] = job.ApiUrl!.AbsoluteUri,
                ["GitHub:GraphQLUrl"] = job.GraphQLUrl?.AbsoluteUri,
                ["GitHub:ServerUrl"] = job.ServerUrl?.AbsoluteUri,
            },
            services => services.AddSingleton(new WorkspaceFolder(workspace)).AddGitHubForge<WorkspaceObjects>()
                .AddSingleton(new BotOptions { WaitForChecks = false, MaximumAttempts = attempts }));
        var repository = job.Repository!.Value;
        var forge = host.Services.GetRequiredService<IForge>();
        RunRecord run;
        // What models and commands say must not be heard by the runner as commands.
        using (job.IsJob ? log.StopCommands() : null)
        {
            if (trigger is { Label: { } once, Issue.Number: var labelled }) await forge.RemoveLabelAsync(repository, labelled, once, cancellationToken);
            var branch = @base ?? job.Input("base_branch") ?? (await forge.GetRepositoryAsync(repository, cancellationToken)).DefaultBranch;
            var text = string.Join("\n\n", new[] { prompt, trigger.Text }.Where(part => !string.IsNullOrWhiteSpace(part)));
            // Work without an issue gets one, so that there is a place where it is told of and answered. Who asks is looked at before anything is written.
            var issue = trigger.Issue is { } known ? GitHubForge.Of(known) : await OpenIssueAsync(host, job, forge, trigger.RequestedBy, text, cancellationToken);
            if (trigger.Issue is not null && text.Length > 0) issue = issue with { Body = $"{issue.Body.TrimEnd()}\n\n{text}" };
            var first = job.Input("branch_prefix") is { } prefix ? prefix + PullRequestNode.BranchName(issue.Number, issue.Title)["taskbot/".Length..] : null;
            var asked = new RunTrigger(RunCommand.NewKey(repository, issue.Number), trigger.RequestedBy) { RequestedById = trigger.RequestedById, BaseBranch = branch };
            run = await RunCommand.WorkAsync(host, story, repository, issue, asked, ci: null, cancellationToken, first);
            story.Say(run.Reason ?? "");
        }

        var execution = Path.Combine(state, $"execution-{run.Id}.json");
        await File.WriteAllTextAsync(execution, System.Text.Json.JsonSerializer.Serialize(run, RunJsonContext.Default.RunRecord), cancellationToken);
        var (input, answered) = await TokensAsync(host.Services.GetRequiredService<ILedgerStore>(), run, cancellationToken);
        foreach (var (name, value) in OutputsOf(run, input, answered, execution)) await output.SetAsync(name, value, cancellationToken);
        var view = await host.Services.GetRequiredService<RunViewer>().ViewAsync(run, cancellationToken);
        await output.AppendSummaryAsync(JobSummary.Render(view, input, answered), cancellationToken);
        if (json) Console.Out.WriteLine(RunSummary.Of(run).ToJson());
        return IsGood(run) ? ExitCode.Success : ExitCode.WorkFailed;
    }

    /// <summary>The action's outputs; <c>action.yml</c> names the same.</summary>
    static IEnumerable<(string Name, string Value)> OutputsOf(RunRecord run, long inputTokens, long outputTokens, string executionFile)
    {
        yield return ("conclusion", IsGood(run) ? "success" : "failure");
        yield return ("outcome", RunSummary.Word(run.Outcome));
        yield return ("branch_name", run.HeadSha is null ? "" : run.Branch ?? "");
        yield return ("pr_number", run.PullRequest?.ToString(CultureInfo.InvariantCulture) ?? "");
        yield return ("attempts", run.Attempts.Length.ToString(CultureInfo.InvariantCulture));
        yield return ("cache_hits", run.Attempts.Sum(attempt => attempt.NodesCached).ToString(CultureInfo.InvariantCulture));
        yield return ("tokens", (inputTokens + outputTokens).ToString(CultureInfo.InvariantCulture));
        yield return ("input_tokens", inputTokens.ToString(CultureInfo.InvariantCulture));
        yield return ("output_tokens", outputTokens.ToString(CultureInfo.InvariantCulture));
        yield return ("total_cost_usd", run.Attempts.Sum(attempt => attempt.CostUsd).ToString("0.######", CultureInfo.InvariantCulture));
        yield return ("execution_file", executionFile);
    }

    static bool IsGood(RunRecord run) => run.Outcome is Outcome.Succeeded or Outcome.NoChangeNeeded;

    static int? Attempts(ActionsEnvironment job) => job.Input("max_turns") switch
    {
        null => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var turns) && turns is >= 1 and <= 10 => turns,
        var text => throw new UsageException($"max_turns is '{text}'; write a whole number from 1 to 10: how often the task may be tried."),
    };

    static async Task<ForgeIssue> OpenIssueAsync(IHost host, ActionsEnvironment job, IForge forge, string requestedBy, string text, CancellationToken cancellationToken)
    {
        var repository = job.Repository!.Value;
        if (await forge.GetPermissionAsync(repository, requestedBy, cancellationToken) < Permission.Write)
            throw new ForgeException($"{requestedBy} may not start a run in {repository}: that takes write permission.");
        var (title, body) = IssueFile.Parse(text);
        var client = host.Services.GetRequiredService<GitHubClientFactory>().ForToken();
        return GitHubForge.Of(await client.Issues.CreateAsync(repository, new NewIssue(title, body), cancellationToken));
    }

    static async Task<(long Input, long Output)> TokensAsync(ILedgerStore ledger, RunRecord run, CancellationToken cancellationToken)
    {
        var (input, output) = (0L, 0L);
        await foreach (var call in ledger.ReadCallsAsync(new BudgetAccount(BudgetLevel.Run, run.Id.Value, CapUsd: null), cancellationToken))
            (input, output) = (input + call.InputTokens, output + call.OutputTokens);
        return (input, output);
    }

    static async Task<int> NothingToDoAsync(ActionsOutput output, string why, CancellationToken cancellationToken)
    {
        Console.Out.WriteLine($"Nothing to do. {why}");
        await output.SetAsync("conclusion", "skipped", cancellationToken);
        await output.SetAsync("outcome", "skipped", cancellationToken);
        return ExitCode.Success;
    }
}
