using System.Collections;
using TaskBot.GitHub.Repositories;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.GitHub.Actions;

/// <summary>
/// What GitHub Actions tells a container action: the <c>GITHUB_*</c> variables and the inputs. Empty variables count as not given.
/// Source: actions/runner, and "Variables reference" in GitHub's documentation.
/// </summary>
public sealed class ActionsEnvironment
{
    readonly IReadOnlyDictionary<string, string> _variables;

    ActionsEnvironment(IReadOnlyDictionary<string, string> variables) => _variables = variables;

    /// <summary>Whether the variables are a job's: <c>GITHUB_ACTIONS</c> is <c>true</c>.</summary>
    public bool IsJob => Variable("GITHUB_ACTIONS") == "true";

    /// <summary>The event's name, such as <c>issues</c>.</summary>
    public string? EventName => Variable("GITHUB_EVENT_NAME");

    /// <summary>The file with the event's payload.</summary>
    public string? EventPath => Variable("GITHUB_EVENT_PATH");

    /// <summary>The checked-out repository's folder.</summary>
    public string? Workspace => Variable("GITHUB_WORKSPACE");

    /// <summary>The repository the job runs for; null when not given or malformed.</summary>
    public RepositoryName? Repository => RepositoryName.TryParse(Variable("GITHUB_REPOSITORY"), out var name) ? name : null;

    /// <summary>The REST API; its own on GHES.</summary>
    public Uri? ApiUrl => Address("GITHUB_API_URL");

    /// <summary>The GraphQL API.</summary>
    public Uri? GraphQLUrl => Address("GITHUB_GRAPHQL_URL");

    /// <summary>Where people look at the repository.</summary>
    public Uri? ServerUrl => Address("GITHUB_SERVER_URL");

    /// <summary>The job's token, when the workflow passes it as a variable. Secret. The runner does not set it by itself.</summary>
    public string? Token => Variable("GITHUB_TOKEN");

    /// <summary>Where the job gets tokens that prove who it is; null without <c>id-token: write</c>.</summary>
    public Uri? IdTokenRequestUrl => Address("ACTIONS_ID_TOKEN_REQUEST_URL");

    /// <summary>What it asks for them with. Secret.</summary>
    public string? IdTokenRequestToken => Variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN");

    /// <summary>The commit that started the workflow.</summary>
    public string? Sha => Variable("GITHUB_SHA");

    /// <summary>The full name of the branch or tag, <c>refs/heads/main</c>.</summary>
    public string? Reference => Variable("GITHUB_REF");

    /// <summary>The login that started the workflow.</summary>
    public string? Actor => Variable("GITHUB_ACTOR");

    /// <summary>The numeric id of <see cref="Actor"/>.</summary>
    public long? ActorId => Number("GITHUB_ACTOR_ID");

    /// <summary>The run's id, the same over re-runs.</summary>
    public long? RunId => Number("GITHUB_RUN_ID");

    /// <summary>The run's attempt, from 1.</summary>
    public int? RunAttempt => (int?)Number("GITHUB_RUN_ATTEMPT");

    /// <summary>The job's id in its workflow file.</summary>
    public string? Job => Variable("GITHUB_JOB");

    /// <summary>The file that outputs are appended to.</summary>
    public string? OutputPath => Variable("GITHUB_OUTPUT");

    /// <summary>The file that the step's summary is appended to.</summary>
    public string? StepSummaryPath => Variable("GITHUB_STEP_SUMMARY");

    /// <summary>Whether someone asked for debug output.</summary>
    public bool IsDebug => Variable("RUNNER_DEBUG") == "1";

    /// <summary>The page of this run, or null when the variables do not tell it.</summary>
    public Uri? RunUrl => ServerUrl is { } server && Repository is { } repository && RunId is { } run
        ? new Uri($"{server.AbsoluteUri.TrimEnd('/')}/{repository}/actions/runs/{run}")
        : null;

    /// <summary>
    /// What the variables lack for working on an event, each with what to do; empty when all is there. All problems at once.
    /// </summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            var problems = new List<string>();
            foreach (var name in (string[])["GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REPOSITORY", "GITHUB_WORKSPACE", "GITHUB_API_URL"])
                if (Variable(name) is null) problems.Add($"{name} is not set; GitHub Actions sets it in every job.");
            if (Variable("GITHUB_REPOSITORY") is { } repository && Repository is null)
                problems.Add($"GITHUB_REPOSITORY is '{repository}'; it must be owner/name.");
            foreach (var name in (string[])["GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "GITHUB_SERVER_URL"])
                if (Variable(name) is { } text && Address(name) is null) problems.Add($"{name} is '{text}'; it must be an http(s) address.");
            if (EventPath is { } path && !File.Exists(path)) problems.Add($"GITHUB_EVENT_PATH names '{path}', which does not exist.");
            return problems;
        }
    }

    /// <summary>Reads this process's variables.</summary>
    public static ActionsEnvironment Read() =>
        Read(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal));

    /// <summary>Reads variables given as data.</summary>
    public static ActionsEnvironment Read(IReadOnlyDictionary<string, string> variables) => new(variables);

    /// <summary>
    /// An input of the action, or null when empty. The runner upper-cases the name and replaces spaces, and nothing else:
    /// <c>github-token</c> arrives as <c>INPUT_GITHUB-TOKEN</c>.
    /// </summary>
    public string? Input(string name) => Variable("INPUT_" + name.Replace(' ', '_').ToUpperInvariant());

    /// <summary>Reads the event of the job.</summary>
    /// <exception cref="InvalidOperationException">The variables name no event; see <see cref="Problems"/>.</exception>
    /// <exception cref="WebhookPayloadException">The file is not the event's payload.</exception>
    public async Task<WebhookEvent> ReadEventAsync(CancellationToken cancellationToken) =>
        EventName is { } name && EventPath is { } path
            ? WebhookEvent.Parse(name, await File.ReadAllBytesAsync(path, cancellationToken))
            : throw new InvalidOperationException("GITHUB_EVENT_NAME and GITHUB_EVENT_PATH name no event.");

    string? Variable(string name) => _variables.GetValueOrDefault(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    long? Number(string name) => long.TryParse(Variable(name), out var number) ? number : null;

    Uri? Address(string name) =>
        Uri.TryCreate(Variable(name), UriKind.Absolute, out var address) && address.Scheme is ("https" or "http") ? address : null;
}
