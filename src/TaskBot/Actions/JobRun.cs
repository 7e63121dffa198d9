using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Events;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Schedules;
using TaskBot.Commands;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Actions;
using TaskBot.GitHub.Repositories;
using TaskBot.GitHub.Webhooks;
using TaskBot.Models.Ledger;
using TaskBot.Storage.Sqlite;
using TaskBot.Terminal;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Actions;

/// <summary>One run in a job of GitHub Actions: on the event that started the job, with the inputs of <c>action.yml</c>, publishing through the REST API.</summary>
static class JobRun
{
    /// <summary>What the event asks for, in a comment or by itself, and where it is answered.</summary>
    /// <param name="Tasks">What the project starts by the clock now.</param>
    /// <param name="Login">Who asks; empty for the clock.</param>
    sealed record Asked(Comment? Comment, ActionTrigger? Trigger, ImmutableArray<ScheduledTask> Tasks, string Login)
    {
        /// <summary>The issue or pull request; null where the workflow asks without any.</summary>
        public int? Number => Comment?.Issue.Number ?? Trigger?.Issue?.Number;
    }

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
        var log = new WorkflowCommands(Console.Out);
        if (job.IsJob) log.AddMask(token);
        var output = new ActionsOutput(job);

        var @event = await job.ReadEventAsync(cancellationToken);
        var folders = new JobFolders(Environment.GetEnvironmentVariable("RUNNER_TEMP") is { Length: > 0 } named ? named : Path.GetTempPath());
        var story = new StoryTeller(TimeProvider.System, json);
        using var host = JobHost.Create(job, does, token, ModelChoice.Configured(model ?? job.Input("model")), folders, attempts);
        var repository = job.Repository!.Value;
        var baseBranch = @base ?? job.Input("base_branch");
        var comment = JobCommands.Of(@event, repository, job.Input("trigger_phrase"), job.Input("prompt"), baseBranch);
        var handler = host.Services.GetRequiredService<CommentHandler>();
        if (does == JobMode.Acknowledge)
        {
            return comment is not null && await handler.AcknowledgeAsync(comment, cancellationToken)
                ? await AnsweredAsync(output, "The command was seen.", digest: "", cancellationToken)
                : await NothingToDoAsync(output, "There is no command to acknowledge.", cancellationToken);
        }

        if (comment is not null && (await handler.ReadAsync(comment, cancellationToken)).IsEmpty) comment = null;
        var project = (await host.Services.GetRequiredService<ProjectSource>().ReadAsync(repository, cancellationToken)).Project;
        var (tasks, reason) = @event is WebhookEvent.ScheduleEvent { Schedule: { } line } ? Due(project, line, does) : ([], "");
        var trigger = default(ActionTrigger);
        if (comment is null && @event is not WebhookEvent.ScheduleEvent) (trigger, reason) = ActionTrigger.Find(@event, job.EventName!, Wanted(job, project));
        if (trigger is null && comment is null && tasks.IsEmpty) return await NothingToDoAsync(output, reason, cancellationToken);
        if (trigger is { Issue: null } && does != JobMode.Run) throw new UsageException($"mode: {does.Word()} works on an issue, and this event has none. Leave mode out to have one opened for the prompt.");

        JobEnd end;
        var digest = job.Input("result_digest") ?? "";
        // What models and commands say must not be heard by the runner as commands.
        using (job.IsJob ? log.StopCommands() : null)
        {
            (end, digest) = await DoAsync(job, does, new(comment, trigger, tasks, @event.Sender?.Login ?? ""), digest, baseBranch, host, folders, story, cancellationToken);
            story.Say(end.Run?.Reason ?? end.Refusal ?? "");
        }

        if (does == JobMode.Publish && await host.Services.GetRequiredService<SealedReader>().CountLeftAsync(host.Services.GetRequiredService<IRunStore>(), cancellationToken) is > 0 and var left)
        {
            Console.Error.WriteLine($"The sealed result tells of {left} runs that nobody asked for here. Nothing of them was published.");
            return ExitCode.WorkFailed;
        }

        if (end.Run is not { } run) return await AnsweredAsync(output, "The command was answered.", digest, cancellationToken);
        var execution = Path.Combine(folders.Temporary, $"taskbot-execution-{run.Id}.json");
        await File.WriteAllTextAsync(execution, System.Text.Json.JsonSerializer.Serialize(run, RunJsonContext.Default.RunRecord), cancellationToken);
        var (input, answered) = await TokensAsync(host.Services.GetRequiredService<ILedgerStore>(), run, cancellationToken);
        foreach (var (name, value) in OutputsOf(run, input, answered, execution, digest)) await output.SetAsync(name, value, cancellationToken);
        var view = await host.Services.GetRequiredService<RunViewer>().ViewAsync(run, cancellationToken);
        await output.AppendSummaryAsync(JobSummary.Render(view, input, answered), cancellationToken);
        if (json) Console.Out.WriteLine(RunSummary.Of(run).ToJson());
        // What was sealed was done as it should be; whether the run is good is said by the job that publishes.
        return IsGood(run) || does == JobMode.Plan ? ExitCode.Success : ExitCode.WorkFailed;
    }

    /// <returns>What became of it, and with mode plan the digest of what was sealed.</returns>
    static async Task<(JobEnd End, string Digest)> DoAsync(
        ActionsEnvironment job, JobMode does, Asked asked, string digest, string? baseBranch, IHost host, JobFolders folders, StoryTeller story, CancellationToken cancellationToken)
    {
        var repository = job.Repository!.Value;
        try
        {
            var branchPrefix = job.Input("branch_prefix") ?? "taskbot/";
            var (seal, thought) = (host.Services.GetRequiredService<SealedWriter>(), host.Services.GetRequiredService<SealedReader>());
            if (does == JobMode.Publish) await thought.OpenAsync(digest.Length > 0 ? digest : throw new UsageException(NoResult(job)), cancellationToken);
            var kept = new KeptRun(host.Services.GetRequiredService<IForge>(), host.Services.GetRequiredService<IRunStore>(), folders.Kept);
            if (does != JobMode.Run) await kept.RecallAsync(repository, asked.Number!.Value, cancellationToken);
            // Nobody tells a job of reactions: what people made of the work so far is read before it goes on, where the job remembers any.
            if (does != JobMode.Publish && asked.Number is { } number) await host.Services.GetRequiredService<FeedbackReader>().ReadAsync(repository, number, cancellationToken);
            var work = new JobWork(host.Services, repository, branchPrefix, does switch
            {
                JobMode.Publish => (run, token) => thought.PublishAsync(run, host.Services, branchPrefix, token),
                JobMode.Plan => (run, token) => SealAsync(run, seal, branchPrefix, host, story, token),
                _ => (run, token) => RunCommand.AdvanceAsync(host, story, run, ci: null, token),
            });
            var isThere = does == JobMode.Publish;
            var end = asked.Comment is { } comment ? await work.DoAsync(comment, cancellationToken)
                : !asked.Tasks.IsEmpty ? await work.DoAsync(asked.Tasks, string.Create(CultureInfo.InvariantCulture, $"job-{job.RunId}-{job.RunAttempt}"), baseBranch, cancellationToken)
                : await work.DoAsync(
                    asked.Trigger!, issue => isThere ? $"{repository}#{issue}:sealed:{digest}" : RunCommand.NewKey(repository, issue), job.Input("prompt"), baseBranch, isThere ? thought.Only : null,
                    cancellationToken);
            if (does == JobMode.Plan) return (end, await seal.CloseAsync(cancellationToken));
            if (isThere) await kept.KeepAsync(repository, asked.Number!.Value, cancellationToken);
            if (end.Refusal is { } refusal) throw new ForgeException(refusal);
            return (end, "");
        }
        catch (Exception e) when (asked.Number is not null && e is ForgeException or GitException or UsageException or OptionsValidationException or DatabaseException)
        {
            await TellAsync(host, repository, asked, e.Message, cancellationToken);
            throw;
        }
    }

    static async Task<RunRecord> SealAsync(RunRecord queued, SealedWriter seal, string branchPrefix, IHost host, StoryTeller story, CancellationToken cancellationToken)
    {
        var run = await RunCommand.AdvanceAsync(host, story, queued, ci: null, cancellationToken);
        await seal.AddAsync(queued, run, host.Services, branchPrefix, cancellationToken);
        return run;
    }

    /// <summary>Says on the issue why what was asked for there is not done: its page is not where people look. A job that may not write leaves that to the one that may.</summary>
    static async Task TellAsync(IHost host, RepositoryName repository, Asked asked, string why, CancellationToken cancellationToken)
    {
        try
        {
            var forge = host.Services.GetRequiredService<IForge>();
            await forge.PutCommentAsync(repository, asked.Number!.Value, RefusalComment.Marker, RefusalComment.Render(asked.Login, why), cancellationToken);
            if (asked.Comment is { } comment) await forge.ReactAsync(repository, comment.Subject, Reaction.Confused, cancellationToken);
            if (asked.Trigger?.Label is { } label) await forge.RemoveLabelAsync(repository, asked.Number!.Value, label, cancellationToken);
        }
        catch (ForgeException e)
        {
            Console.Error.WriteLine($"That could not be said on the issue: {e.Message}");
        }
    }

    static string NoResult(ActionsEnvironment job) =>
        $"The job that was to do this ended before it had a result. {(job.RunUrl is { } page ? $"[Its page]({page})" : "Its page, under Actions,")} says why. Once that is mended, ask again.";

    static ActionTrigger.Wanted Wanted(ActionsEnvironment job, Project project) => new(
        job.Input("label_trigger") is { } label ? [label] : [.. project.Labels.Select(known => known.Name)], job.Input("assignee_trigger")?.TrimStart('@'),
        job.Input("trigger_phrase") ?? SlashCommand.At, job.Input("prompt") is not null);

    /// <summary>What the project starts by this line of the workflow's schedule, or why nothing.</summary>
    static (ImmutableArray<ScheduledTask> Tasks, string Reason) Due(Project project, string line, JobMode does)
    {
        if (does != JobMode.Run) return ([], $"The clock asks nothing of mode: {does.Word()}; a workflow that leaves mode out works on its own.");
        var meant = CronLine.Parse(line, out _)?.ToString() ?? line;
        ImmutableArray<ScheduledTask> due = [.. project.Schedule.Where(task => task.Cron.ToString().Equals(meant, StringComparison.OrdinalIgnoreCase))];
        return (due, due.IsEmpty ? $"The workflow was started by '{line}', and no task under 'schedule' in {Project.FilePath} has that line as its 'cron': write it there just so." : "");
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

    static async Task<(long Input, long Output)> TokensAsync(ILedgerStore ledger, RunRecord run, CancellationToken cancellationToken)
    {
        var (input, output) = (0L, 0L);
        await foreach (var call in ledger.ReadCallsAsync(new BudgetAccount(BudgetLevel.Run, run.Id.Value, CapUsd: null), cancellationToken))
            (input, output) = (input + call.InputTokens, output + call.OutputTokens);
        return (input, output);
    }

    /// <summary>A command that was answered, done or refused in a comment, and left nothing to work on.</summary>
    static async Task<int> AnsweredAsync(ActionsOutput output, string said, string digest, CancellationToken cancellationToken)
    {
        Console.Out.WriteLine(said);
        await output.SetAsync("conclusion", "success", cancellationToken);
        await output.SetAsync("outcome", "answered", cancellationToken);
        await output.SetAsync("result_digest", digest, cancellationToken);
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
