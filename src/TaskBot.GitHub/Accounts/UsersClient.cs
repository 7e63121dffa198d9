using System.Net;
using TaskBot.GitHub.Client;

namespace TaskBot.GitHub.Accounts;

/// <summary>Accounts.</summary>
public sealed class UsersClient
{
    /// <summary>The numeric user id of <c>github-actions[bot]</c>, in whose name a job's own token writes.</summary>
    public const long ActionsBotId = 41898282;

    readonly GitHubConnection _connection;

    internal UsersClient(GitHubConnection connection) => _connection = connection;

    /// <summary>The account that the token belongs to; null for the tokens of Apps and jobs, which belong to no person: <see cref="GraphQL.GraphQLClient.FindViewerAsync"/> tells theirs.</summary>
    public async Task<User?> FindAuthenticatedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _connection.FindAsync<User>($"user", cancellationToken);
        }
        catch (GitHubApiException e) when (e.Status is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized)
        {
            return null;
        }
    }

    /// <summary>An account by its login; an App's bot is <c>slug[bot]</c>. Null where there is none.</summary>
    public Task<User?> FindAsync(string login, CancellationToken cancellationToken) => _connection.FindAsync<User>($"users/{login}", cancellationToken);
}
