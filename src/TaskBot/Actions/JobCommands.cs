using TaskBot.Bot;
using TaskBot.Bot.Events;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Learning;
using TaskBot.GitHub.Repositories;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Actions;

/// <summary>The commands of a comment in a job without a server: read and done as a server does, by verbs that know what a job cannot.</summary>
static class JobCommands
{
    /// <summary>What commands need besides what a run needs.</summary>
    /// <param name="does">What the job does of them.</param>
    public static void Register(IServiceCollection services, JobMode does) =>
        services.AddVerbs().AddSingleton<CommentHandler>().AddSingleton<FeedbackReader>()
            .AddSingleton(provider => new VerbTable(provider.GetServices<IVerb>().Select(verb => InJob(verb, does, provider))));

    static IVerb InJob(IVerb verb, JobMode does, IServiceProvider services)
    {
        var known = JobVerb.Names.Contains(verb.Help.Name) ? new JobVerb(verb, services.GetRequiredService<IForge>()) : verb;
        return does switch
        {
            JobMode.Plan => new SealingVerb(known, services.GetRequiredService<SealedWriter>()),
            JobMode.Publish => new SealedVerb(known, services.GetRequiredService<SealedReader>()),
            _ => known,
        };
    }

    /// <summary>The comment that the event is about; null where it is about none that was written now.</summary>
    /// <param name="prompt">What the workflow says besides the issue; null for nothing.</param>
    public static Comment? Of(WebhookEvent @event, RepositoryName repository, string? mention, string? prompt, string? baseBranch)
    {
        if (@event is not WebhookEvent.IssueCommentEvent { Action: "created", Sender: { } sender } written) return null;
        var issue = With(prompt, GitHubForge.Of(written.Issue));
        return new(
            repository, issue, written.Issue.IsPullRequest, new(ForgeSubjectKind.Comment, issue.Number, written.Comment.Id), written.Comment.Body, written.Comment.User, sender)
        {
            Mention = mention ?? SlashCommand.At,
            BaseBranch = baseBranch,
        };
    }

    /// <summary>The issue with what the workflow says besides.</summary>
    public static ForgeIssue With(string? prompt, ForgeIssue issue) => string.IsNullOrWhiteSpace(prompt) ? issue : issue with { Body = $"{issue.Body.TrimEnd()}\n\n{prompt}" };
}
