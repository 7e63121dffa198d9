using TaskBot.Bot;
using TaskBot.Bot.Events;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Commands;
using TaskBot.GitHub.Repositories;
using TaskBot.GitHub.Webhooks;
using TaskBot.Terminal;

namespace TaskBot.Actions;

/// <summary>The slash commands of a comment, in a job without a server: done as a server does them, and then what they queued is worked on to its end.</summary>
/// <param name="host">The job's.</param>
/// <param name="story">Tells of the work.</param>
/// <param name="branchPrefix">What a first branch begins with.</param>
sealed class JobCommands(IHost host, StoryTeller story, string branchPrefix)
{
    /// <summary>True where the event is a comment with a command in it; mentions alone are the trigger phrase's.</summary>
    public static bool IsIn(WebhookEvent @event) =>
        @event is WebhookEvent.IssueCommentEvent { Action: "created", Sender: not null } comment
        && SlashCommand.Read(comment.Comment.Body, "taskbot").Any(command => command.Verb != SlashCommand.Mention);

    /// <summary>What commands need besides what a run needs.</summary>
    public static void Register(IServiceCollection services) =>
        services.AddVerbs().AddSingleton<RunControl>().AddSingleton<CommentHandler>().AddSingleton<FeedbackReader>()
            .AddSingleton(provider => new VerbTable(
                provider.GetServices<IVerb>().Select(verb => JobVerb.Names.Contains(verb.Help.Name) ? new JobVerb(verb, provider.GetRequiredService<IForge>()) : verb)));

    /// <returns>The run that was worked on last; null where an answer was all.</returns>
    public async Task<RunRecord?> DoAsync(RepositoryName repository, WebhookEvent.IssueCommentEvent @event, CancellationToken cancellationToken)
    {
        var (issue, comment) = (@event.Issue, @event.Comment);
        await host.Services.GetRequiredService<CommentHandler>().HandleAsync(
            new(repository, GitHubForge.Of(issue), issue.IsPullRequest, new(ForgeSubjectKind.Comment, issue.Number, comment.Id), comment.Body, comment.User, @event.Sender!), cancellationToken);
        var runs = host.Services.GetRequiredService<IRunStore>();
        RunRecord? last = null;
        while (await runs.ListAsync(RunStage.Queued, 1, cancellationToken) is [var queued])
            last = await RunCommand.AdvanceAsync(host, story, await NameBranchAsync(runs, queued, cancellationToken), ci: null, cancellationToken);
        return last;
    }

    async Task<RunRecord> NameBranchAsync(IRunStore runs, RunRecord run, CancellationToken cancellationToken) => run is { Branch: null, Purpose: RunPurpose.Change }
        ? await runs.SaveAsync(run with { Branch = branchPrefix + PullRequestNode.BranchName(run.Issue, run.Request.Title)["taskbot/".Length..] }, cancellationToken) : run;
}
