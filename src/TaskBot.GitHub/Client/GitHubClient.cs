using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Apps;
using TaskBot.GitHub.Checks;
using TaskBot.GitHub.Git;
using TaskBot.GitHub.GraphQL;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.PullRequests;
using TaskBot.GitHub.Reactions;
using TaskBot.GitHub.Repositories;
using TaskBot.GitHub.Workflows;

namespace TaskBot.GitHub.Client;

/// <summary>
/// GitHub's API under one credential, grouped as Octokit groups it. Thread-safe; made by <see cref="GitHubClientFactory"/>. Every call
/// throws <see cref="GitHubApiException"/> when GitHub refuses or cannot be reached; <c>Find</c> answers null where there is nothing.
/// </summary>
public sealed class GitHubClient
{
    internal GitHubClient(GitHubConnection connection)
    {
        Actions = new(connection);
        Apps = new(connection);
        Checks = new(connection);
        Git = new(connection);
        GraphQL = new(connection);
        Issues = new(connection);
        Meta = new(connection);
        PullRequests = new(connection);
        Reactions = new(connection);
        Repositories = new(connection);
        Users = new(connection);
    }

    public ActionsClient Actions { get; }

    public AppsClient Apps { get; }

    public ChecksClient Checks { get; }

    public GitClient Git { get; }

    public GraphQLClient GraphQL { get; }

    public IssuesClient Issues { get; }

    public MetaClient Meta { get; }

    public PullRequestsClient PullRequests { get; }

    public ReactionsClient Reactions { get; }

    public RepositoriesClient Repositories { get; }

    public UsersClient Users { get; }
}
