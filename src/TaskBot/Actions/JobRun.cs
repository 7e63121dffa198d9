using System.Globalization;
using TaskBot.Bot;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Commands;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Actions;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.Repositories;
using TaskBot.GitHub.Webhooks;
using TaskBot.Models.Ledger;
using TaskBot.Terminal;

namespace TaskBot.Actions;

/// <summary>One run in a job of GitHub Actions: on the event that started the job, with the inputs of <c>action.yml</c>, publishing through the REST API.</summary>
static class JobRun
{
    /// <param name="model">What the command line said, over the input.</param>
    /// <param name="base">The same, for the branch to start from.</param>
    /// <param name="mode">The same, for what the job does of the run.</param>
    public static async Task<int> RunAsync(string? model, string? @base, string? mode, bool json, CancellationToken cancellationToken)
    {
        var job = ActionsEnvironment.Read();
        if (job.Problems.Count > 0) throw new UsageException(string.Join('\n', job.Problems));
        var token = job.Input("github_token") ?? job.Token
            ?? throw new UsageException("There is no token. Pass one to the action: github_token: ${{ github.token }}.");
        var attempts = Attempts(job);
        var does = JobModes.Parse(mode ?? job.Input("mode"));
        var digest = job.Input("result_digest") ?? (does != JobMode.Publish ? ""
            : throw new UsageException("mode: publish needs result_digest, the output of the job with mode: plan: result_digest: ${{ needs.plan.outputs.result_digest }}."));
        var log = new WorkflowCommands(Console.Out);
        if (job.IsJob) log.AddMask(token);
        var output = new ActionsOutput(job);

        var @event = await job.ReadEventAsync(cancellationToken);
        var temporary = Environment.GetEnvironmentVariable("RUNNER_TEMP") is { Length: > 0 } named ? named : Path.GetTempPath();
        var story = new StoryTeller(TimeProvider.System, json);
        using var host = CreateHost(job, does, token, ModelChoice.Configured(model ?? job.Input("model")), temporary, attempts);
        var repository = job.Repository!.Value;
        var (project, _, _, _) = await host.Services.GetRequiredService<ProjectSource>().ReadAsync(repository, cancellationToken);
        var prompt = job.Input("prompt");
        var wanted = new ActionTrigger.Wanted(
            job.Input("label_trigger") is { } label ? [label] : [.. project.Labels.Select(known => known.Name)],
            job.Input("assignee_trigger")?.TrimStart('@'),
            job.Input("trigger_phrase") ?? "@taskbot",
            prompt is not null);
        var hasCommands = does == JobMode.Run && JobCommands.IsIn(@event);
        var (trigger, reason) = hasCommands ? (null, "") : ActionTrigger.Find(@event, job.EventName!, wanted);
        if (trigger is null && !hasCommands)
        {
            // This job may not write, so that nobody is told on the issue: the page of the run says it.
            if (job.IsJob && JobCommands.IsIn(@event)) log.Warning($"The command was not done: a job with mode: {does.ToString().ToLowerInvariant()} takes /taskbot run alone. A workflow with mode: run takes all.");
            return await NothingToDoAsync(output, $"{reason}{(JobCommands.IsIn(@event) ? " Commands other than /taskbot run take mode: run." : "")}", cancellationToken);
        }

        if (trigger is { Issue: null } && does != JobMode.Run) throw new UsageException($"mode: {does.ToString().ToLowerInvariant()} works on an issue, and this event has none. Leave mode out to have one opened for the prompt.");

        var forge = host.Services.GetRequiredService<IForge>();
        var branchPrefix = job.Input("branch_prefix") ?? "taskbot/";
        var handover = new SealedHandover(host, Path.Combine(temporary, "taskbot", "sealed.json"), branchPrefix);
        RunRecord? run;
        // Nobody tells a job of reactions: what people made of the work so far is read before it goes on, where the job remembers any.
        if (does == JobMode.Run && (trigger?.Issue?.Number ?? (@event as WebhookEvent.IssueCommentEvent)?.Issue.Number) is { } number)
            await host.Services.GetRequiredService<FeedbackReader>().ReadAsync(repository, number, cancellationToken);
        // What models and commands say must not be heard by the runner as commands.
        using (job.IsJob ? log.StopCommands() : null)
        {
            if (trigger is null)
            {
                run = await new JobCommands(host, story, branchPrefix).DoAsync(repository, (WebhookEvent.IssueCommentEvent)@event, cancellationToken);
            }
            else
            {
                if (trigger is { Label: { } once, Issue.Number: var labelled }) await forge.RemoveLabelAsync(repository, labelled, once, cancellationToken);
                var branch = @base ?? job.Input("base_branch") ?? (await forge.GetRepositoryAsync(repository, cancellationToken)).DefaultBranch;
                var text = string.Join("\n\n", new[] { prompt, trigger.Text }.Where(part => !string.IsNullOrWhiteSpace(part)));
                // Work without an issue gets one, so that there is a place where it is told of and answered. Who asks is looked at before anything is written.
                var issue = trigger.Issue is { } known ? GitHubForge.Of(known) : await OpenIssueAsync(host, repository, forge, trigger.RequestedBy, text, cancellationToken);
                if (trigger.Issue is not null && text.Length > 0) issue = issue with { Body = $"{issue.Body.TrimEnd()}\n\n{text}" };
                var asked = new RunTrigger(RunCommand.NewKey(repository, issue.Number), trigger.RequestedBy) { RequestedById = trigger.RequestedById, BaseBranch = branch };
                var first = branchPrefix + PullRequestNode.BranchName(issue.Number, issue.Title)["taskbot/".Length..];
                run = does == JobMode.Publish
                    ? await handover.PublishAsync(digest, repository, issue, asked, cancellationToken)
                    : await RunCommand.WorkAsync(host, story, repository, issue, asked, ci: null, cancellationToken, first);
            }

            digest = does == JobMode.Plan ? await handover.SealAsync(run!, cancellationToken) : "";
            story.Say(run?.Reason ?? "");
        }

        if (run is null) return await AnsweredAsync(output, cancellationToken);
        var execution = Path.Combine(temporary, $"taskbot-execution-{run.Id}.json");
        await File.WriteAllTextAsync(execution, System.Text.Json.JsonSerializer.Serialize(run, RunJsonContext.Default.RunRecord), cancellationToken);
        var (input, answered) = await TokensAsync(host.Services.GetRequiredService<ILedgerStore>(), run, cancellationToken);
        foreach (var (name, value) in OutputsOf(run, input, answered, execution, digest)) await output.SetAsync(name, value, cancellationToken);
        var view = await host.Services.GetRequiredService<RunViewer>().ViewAsync(run, cancellationToken);
        await output.AppendSummaryAsync(JobSummary.Render(view, input, answered), cancellationToken);
        if (json) Console.Out.WriteLine(RunSummary.Of(run).ToJson());
        // What was sealed was done as it should be; whether the run is good is said by the job that publishes.
        return IsGood(run) || does == JobMode.Plan ? ExitCode.Success : ExitCode.WorkFailed;
    }

    /// <summary>The action's outputs; <c>action.yml</c> names the same.</summary>
    static IEnumerable<(string Name, string Value)> OutputsOf(RunRecord run, long inputTokens, long outputTokens, string executionFile, string resultDigest)
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
        yield return ("result_digest", resultDigest);
    }

    static bool IsGood(RunRecord run) => run.Outcome is Outcome.Succeeded or Outcome.NoChangeNeeded;

    static int? Attempts(ActionsEnvironment job) => job.Input("max_turns") switch
    {
        null => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var turns) && turns is >= 1 and <= 10 => turns,
        var text => throw new UsageException($"max_turns is '{text}'; write a whole number from 1 to 10: how often the task may be tried."),
    };

    static async Task<ForgeIssue> OpenIssueAsync(IHost host, RepositoryName repository, IForge forge, string requestedBy, string text, CancellationToken cancellationToken)
    {
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

    static IHost CreateHost(ActionsEnvironment job, JobMode does, string token, ModelChoice choice, string temporary, int? attempts)
    {
        // What a job that thinks remembers is not believed by the one that publishes.
        var state = Directory.CreateDirectory(Path.Combine(temporary, does == JobMode.Publish ? "taskbot-publish" : "taskbot")).FullName;
        return RunCommand.CreateHost(
            new Dictionary<string, string?>(choice.Settings)
            {
                ["Database:ConnectionString"] = Path.Combine(state, "taskbot.db"),
                ["GitHub:Token"] = token,
                ["GitHub:ApiUrl"] = job.ApiUrl!.AbsoluteUri,
                ["GitHub:GraphQLUrl"] = job.GraphQLUrl?.AbsoluteUri,
                ["GitHub:ServerUrl"] = job.ServerUrl?.AbsoluteUri,
            },
            services =>
            {
                services.AddSingleton(new WorkspaceFolder(job.Workspace!)).AddSingleton(new MirrorFolder(Path.Combine(temporary, "taskbot-mirrors"))).AddSingleton<MirrorObjects>()
                    .AddSingleton(new BotOptions { WaitForChecks = false, JobUrl = job.RunUrl, MaximumAttempts = attempts });
                if (does == JobMode.Plan) services.AddSealedGitHubForge<WorkspaceObjects>();
                else services.AddGitHubForge<WorkspaceObjects>();
                JobCommands.Register(services);
            });
    }

    /// <summary>A command that was answered, done or refused in a comment, and left nothing to work on.</summary>
    static async Task<int> AnsweredAsync(ActionsOutput output, CancellationToken cancellationToken)
    {
        Console.Out.WriteLine("The command was answered in a comment.");
        await output.SetAsync("conclusion", "success", cancellationToken);
        await output.SetAsync("outcome", "answered", cancellationToken);
        return ExitCode.Success;
    }

    static async Task<int> NothingToDoAsync(ActionsOutput output, string why, CancellationToken cancellationToken)
    {
        Console.Out.WriteLine($"Nothing to do. {why}");
        await output.SetAsync("conclusion", "skipped", cancellationToken);
        await output.SetAsync("outcome", "skipped", cancellationToken);
        return ExitCode.Success;
    }
}
