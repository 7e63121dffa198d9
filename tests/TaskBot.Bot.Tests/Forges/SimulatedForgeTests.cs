using System.Security.Cryptography;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Apps;
using TaskBot.GitHub.Client;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.Reactions;
using TaskBot.GitHub.Repositories;
using TaskBot.Testing.Contract;
using TaskBot.Testing.GitHub;

namespace TaskBot.Bot.Tests.Forges;

/// <summary>The forge where the emulator has gaps: against the simulated GitHub, whose answers are held to GitHub's description as our requests are.</summary>
public sealed class SimulatedForgeTests : IAsyncLifetime
{
    static readonly RepositoryName Demo = new("acme", "demo");

    SimulatedGitHub github = null!;
    SimulatedGitHubServer api = null!;
    ContractProxy proxy = null!;
    ForgeClients clients = null!;
    GitHubForge forge = null!;
    GitHubClient app = null!;
    GitHubClient person = null!;

    public async Task InitializeAsync()
    {
        github = new SimulatedGitHub(TimeProvider.System, await ExampleBodies.PublishedAsync());
        api = await SimulatedGitHubServer.StartAsync(github);
        proxy = await ContractProxy.StartAsync(api.Url, checkResponses: true, default);
        github.Push("main", "octocat", ("README.md", "Read me.\n"));
        using var key = RSA.Create(2048);
        clients = ForgeClients.OfApp(proxy.Url, "4242", key.ExportRSAPrivateKeyPem());
        forge = clients.Forge;
        app = clients.Clients.ForInstallation(100);
        person = clients.Clients.ForToken(SimulatedGitHub.UserToken);
    }

    public async Task DisposeAsync()
    {
        clients.Dispose();
        await proxy.DisposeAsync();
        await api.DisposeAsync();
    }

    [Fact]
    public async Task An_issue_of_ours_is_made_once_and_brought_up_to_date_and_neither_a_strangers_nor_a_closed_one_is_taken_for_it()
    {
        const string Scheduled = "<!-- taskbot:schedule a test -->";
        await person.Issues.CreateAsync(Demo, new NewIssue("Mine", $"I write {Scheduled} too."), default);
        var made = await forge.PutIssueAsync(Demo, Scheduled, "Weekly", "Tidy.", default);
        var again = await forge.PutIssueAsync(Demo, Scheduled, "Weekly", "Tidy more.", default);
        (again.Number, again.Body).ShouldBe((made.Number, $"Tidy more.\n\n{Scheduled}"));

        await app.Issues.UpdateAsync(Demo, made.Number, new IssueUpdate(State: "closed"), default);
        (await forge.PutIssueAsync(Demo, Scheduled, "Weekly", "Tidy more.", default)).Number.ShouldBeGreaterThan(made.Number);
        await NothingWasRejectedAsync();
    }

    [Fact]
    public async Task A_comment_that_says_the_same_is_not_written_again()
    {
        const string Marker = "<!-- taskbot:tracking -->";
        var issue = await person.Issues.CreateAsync(Demo, new NewIssue("A title", "A body"), default);
        foreach (var text in new[] { "One", "One", "Two", "Two" }) await forge.PutCommentAsync(Demo, issue.Number, Marker, $"{Marker}\n{text}", default);

        github.TakePending().Where(delivery => delivery.EventName == "issue_comment").Select(delivery => delivery.Action).ShouldBe(["created", "edited"]);
        await NothingWasRejectedAsync();
    }

    [Fact]
    public async Task A_job_with_an_Apps_token_knows_the_Apps_comments_for_its_own_and_anothers_for_anothers()
    {
        const string Marker = "<!-- taskbot:tracking -->";
        var issue = await person.Issues.CreateAsync(Demo, new NewIssue("A title", "A body"), default);
        await person.Issues.CreateCommentAsync(Demo, issue.Number, $"{Marker}\nI am the bot.", default);
        var token = await clients.Clients.ForApp().Apps.CreateInstallationTokenAsync(100, new InstallationTokenScope(), default);
        using var first = ForgeClients.OfToken(proxy.Url, token.Token);
        var made = await first.Forge.PutCommentAsync(Demo, issue.Number, Marker, $"{Marker}\nOne", default);
        using var second = ForgeClients.OfToken(proxy.Url, token.Token);

        (await second.Forge.PutCommentAsync(Demo, issue.Number, Marker, $"{Marker}\nTwo", default)).ShouldBe(made);

        (await second.Forge.GetSelfAsync(Demo, default)).ShouldBe(new ForgeAccount(SimulatedGitHub.BotId, "taskbot[bot]"));
        using var job = ForgeClients.OfToken(proxy.Url, SimulatedGitHub.JobToken);
        (await job.Forge.GetSelfAsync(Demo, default)).ShouldBe(new ForgeAccount(UsersClient.ActionsBotId, "github-actions[bot]"));
        github.BotComments(issue.Number).ShouldBe([$"{Marker}\nTwo"]);
        await NothingWasRejectedAsync();
    }

    [Fact]
    public async Task What_people_think_of_a_pull_request_is_read_from_reactions_and_reviews()
    {
        const string Marker = "<!-- taskbot:tracking -->";
        github.Push("taskbot/liked", "octocat", ("liked.txt", "liked\n"));
        var pull = await forge.PutPullRequestAsync(new PullRequestText(Demo, "taskbot/liked", "main", "fix: it", "One"), default);
        await forge.PutCommentAsync(Demo, pull.Number, Marker, $"{Marker}\nOurs.", default);
        var ours = await app.Issues.ListCommentsAsync(Demo, pull.Number, default).FirstAsync();
        await person.Reactions.CreateForIssueCommentAsync(Demo, ours.Id, ReactionContent.ThumbsDown, default);
        await person.Reactions.CreateForIssueAsync(Demo, pull.Number, ReactionContent.ThumbsUp, default);
        await person.Reactions.CreateForIssueAsync(Demo, pull.Number, ReactionContent.Laugh, default);
        await forge.ReactAsync(Demo, new(ForgeSubjectKind.Comment, pull.Number, ours.Id), Bot.Forges.Reaction.Hooray, default);
        await person.PullRequests.CreateReviewAsync(Demo, pull.Number, new("Fine.", "APPROVE"), default);

        var opinions = await forge.Reviews.ListOpinionsAsync(Demo, pull.Number, pull.Number, default);

        opinions.Select(opinion => (opinion.Kind, opinion.Likes)).ShouldBe([(OpinionKind.Review, true), (OpinionKind.Reaction, true), (OpinionKind.Reaction, false)]);
        opinions.Select(opinion => opinion.Login).Distinct().ShouldHaveSingleItem();
        await NothingWasRejectedAsync();
    }

    async Task NothingWasRejectedAsync()
    {
        (await proxy.ReportAsync(default)).Violations.ShouldBeEmpty();
        github.Unanswered.ShouldBeEmpty();
    }
}
