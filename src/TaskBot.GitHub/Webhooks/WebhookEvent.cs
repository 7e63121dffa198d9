using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Apps;
using TaskBot.GitHub.Checks;
using TaskBot.GitHub.Git;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.PullRequests;
using TaskBot.GitHub.Repositories;
using TaskBot.GitHub.Workflows;

namespace TaskBot.GitHub.Webhooks;

/// <summary>
/// What happened, as a webhook delivery or a workflow's event file tells it. A closed set: events that TaskBot has no use for are
/// <see cref="Unknown"/>. Only what is needed is required; every other member may be null, and enumerations keep GitHub's text.
/// </summary>
public abstract record WebhookEvent
{
    WebhookEvent()
    {
    }

    /// <summary>The event's name, as in <c>X-GitHub-Event</c>.</summary>
    [JsonIgnore]
    public string Name { get; private init; } = "";

    /// <summary>What was done, such as <c>labeled</c>; null for events without actions.</summary>
    public string? Action { get; init; }

    /// <summary>Where; null for events of an account.</summary>
    public Repository? Repository { get; init; }

    /// <summary>Who did it. Compare ids: a <c>[bot]</c> suffix or a login proves nothing.</summary>
    public User? Sender { get; init; }

    /// <summary>The App's installation; null for webhooks of a repository and in workflows.</summary>
    public Installation? Installation { get; init; }

    /// <summary>Reads an event.</summary>
    /// <param name="name">As in <c>X-GitHub-Event</c> or <c>GITHUB_EVENT_NAME</c>; <c>pull_request_target</c> reads as <c>pull_request</c>.</param>
    /// <param name="body">The JSON, UTF-8.</param>
    /// <exception cref="WebhookPayloadException">The body is not JSON or lacks something that its event cannot be understood without.</exception>
    public static WebhookEvent Parse(string name, ReadOnlySpan<byte> body)
    {
        try
        {
            return Read(name, body) is { } read
                ? read with { Name = name }
                : throw new WebhookPayloadException(name, "the payload is null");
        }
        catch (JsonException exception)
        {
            throw new WebhookPayloadException(name, WhatIsWrong(exception), exception);
        }
    }

    /// <summary>What was done, without reading the rest of the event; null where it does not say so.</summary>
    /// <param name="name">As for <see cref="Parse"/>.</param>
    /// <param name="body">The JSON, UTF-8. GitHub writes the action first.</param>
    /// <exception cref="WebhookPayloadException">The body is not JSON, as far as it was read.</exception>
    public static string? ActionOf(string name, ReadOnlySpan<byte> body) => TextAt(name, body, "action");

    /// <summary>The commit that a check or a status is of, without reading the rest of the event; null for other events, and where it does not say so.</summary>
    /// <inheritdoc cref="ActionOf" path="/param|/exception"/>
    public static string? CheckedCommitOf(string name, ReadOnlySpan<byte> body) => name switch
    {
        "status" => TextAt(name, body, "sha"),
        "check_run" => TextAt(name, body, "check_run", "head_sha"),
        "check_suite" => TextAt(name, body, "check_suite", "head_sha"),
        _ => null,
    };

    /// <param name="members">The way to it, from the outermost object on.</param>
    static string? TextAt(string name, ReadOnlySpan<byte> body, params ReadOnlySpan<string> members)
    {
        var reader = new Utf8JsonReader(body);
        try
        {
            if (!reader.Read()) return null;
            foreach (var member in members)
            {
                if (reader.TokenType != JsonTokenType.StartObject || !IsFound(ref reader, member)) return null;
            }

            return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        }
        catch (JsonException exception)
        {
            throw new WebhookPayloadException(name, WhatIsWrong(exception), exception);
        }
    }

    /// <summary>Goes to the value of a member of the object that begins here.</summary>
    static bool IsFound(ref Utf8JsonReader reader, string member)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(member);
            reader.Read();
            if (isIt) return true;
            reader.Skip();
        }

        return false;
    }

    static WebhookEvent? Read(string name, ReadOnlySpan<byte> body)
    {
        var json = Client.GitHubJson.Default;
        return name switch
        {
            "issues" => JsonSerializer.Deserialize(body, json.IssuesEvent),
            "issue_comment" => JsonSerializer.Deserialize(body, json.IssueCommentEvent),
            "pull_request" or "pull_request_target" => JsonSerializer.Deserialize(body, json.PullRequestEvent),
            "pull_request_review" => JsonSerializer.Deserialize(body, json.PullRequestReviewEvent),
            "pull_request_review_comment" => JsonSerializer.Deserialize(body, json.PullRequestReviewCommentEvent),
            "check_run" => JsonSerializer.Deserialize(body, json.CheckRunEvent),
            "check_suite" => JsonSerializer.Deserialize(body, json.CheckSuiteEvent),
            "workflow_run" => JsonSerializer.Deserialize(body, json.WorkflowRunEvent),
            "status" => JsonSerializer.Deserialize(body, json.StatusEvent),
            "push" => JsonSerializer.Deserialize(body, json.PushEvent),
            "installation" => JsonSerializer.Deserialize(body, json.InstallationEvent),
            "installation_repositories" => JsonSerializer.Deserialize(body, json.InstallationRepositoriesEvent),
            "repository" => JsonSerializer.Deserialize(body, json.RepositoryEvent),
            "ping" => JsonSerializer.Deserialize(body, json.PingEvent),
            "repository_dispatch" => JsonSerializer.Deserialize(body, json.RepositoryDispatchEvent),
            "workflow_dispatch" => JsonSerializer.Deserialize(body, json.WorkflowDispatchEvent),
            "schedule" => JsonSerializer.Deserialize(body, json.ScheduleEvent),
            _ => JsonSerializer.Deserialize(body, json.Unknown)
        };
    }

    // The serializer's message may quote the payload; the path and the position do not.
    static string WhatIsWrong(JsonException exception) =>
        exception.Path is null or "$" && exception.LineNumber is null
            ? "something that it must have is missing"
            : $"it is not JSON of the expected form at {exception.Path ?? "$"}, line {exception.LineNumber + 1}";

    /// <summary>An issue was opened, labelled, assigned, edited, closed and so on.</summary>
    /// <param name="Label">The label put on or taken off, for <c>labeled</c> and <c>unlabeled</c>.</param>
    /// <param name="Assignee">Who was assigned or unassigned.</param>
    public sealed record IssuesEvent(Issue Issue, Label? Label = null, User? Assignee = null, TextChanges? Changes = null) : WebhookEvent;

    /// <summary>A comment on an issue or a pull request (<see cref="Issue.IsPullRequest"/>) was written, edited or deleted.</summary>
    public sealed record IssueCommentEvent(Issue Issue, IssueComment Comment, TextChanges? Changes = null) : WebhookEvent;

    /// <summary>A pull request was opened, pushed to (<c>synchronize</c>), closed and so on.</summary>
    /// <param name="Before">The head before a push.</param>
    /// <param name="After">The head after a push.</param>
    public sealed record PullRequestEvent(
        PullRequest PullRequest,
        int Number = 0,
        Label? Label = null,
        User? Assignee = null,
        User? RequestedReviewer = null,
        string? Before = null,
        string? After = null,
        TextChanges? Changes = null) : WebhookEvent;

    /// <summary>A review was submitted, edited or dismissed.</summary>
    public sealed record PullRequestReviewEvent(Review Review, PullRequest PullRequest) : WebhookEvent;

    /// <summary>A comment on a diff was written, edited or deleted.</summary>
    public sealed record PullRequestReviewCommentEvent(ReviewComment Comment, PullRequest PullRequest, TextChanges? Changes = null) : WebhookEvent;

    /// <summary>A check run was made, completed or asked for again.</summary>
    /// <param name="RequestedAction">The button that was pressed, for <c>requested_action</c>.</param>
    public sealed record CheckRunEvent(CheckRun CheckRun, RequestedCheckAction? RequestedAction = null) : WebhookEvent;

    /// <summary>All check runs of an App on a commit completed, or were asked for.</summary>
    public sealed record CheckSuiteEvent(CheckSuite CheckSuite) : WebhookEvent;

    /// <summary>A workflow run was requested, started or completed.</summary>
    /// <param name="Workflow">Null when its file is gone.</param>
    public sealed record WorkflowRunEvent(WorkflowRun WorkflowRun, Workflow? Workflow = null) : WebhookEvent;

    /// <summary>A commit status changed.</summary>
    /// <param name="State"><c>error</c>, <c>failure</c>, <c>pending</c> or <c>success</c>.</param>
    public sealed record StatusEvent(
        string Sha, string State, string Context = "default", string? Description = null, string? TargetUrl = null) : WebhookEvent
    {
        /// <summary>Branches that contain the commit, ten at most.</summary>
        [AllowNull]
        public IReadOnlyList<StatusBranch> Branches { get; init => field = value ?? []; } = [];
    }

    /// <summary>A branch or tag was pushed, made or deleted.</summary>
    /// <param name="Reference">The full name, <c>refs/heads/main</c>.</param>
    /// <param name="Before">The commit before; zeros when it was made.</param>
    /// <param name="After">The commit after; zeros when it was deleted.</param>
    /// <param name="Deleted">The branch or tag is gone. A push that says so and names a commit contradicts itself: what it names is there.</param>
    public sealed record PushEvent(
        [property: JsonPropertyName("ref")] string Reference,
        string Before,
        string After,
        bool Created = false,
        bool Deleted = false,
        bool Forced = false,
        PushCommit? HeadCommit = null,
        GitIdentity? Pusher = null) : WebhookEvent
    {
        /// <summary>The branch or tag is gone. A push that says so and names a commit contradicts itself: what it names is there.</summary>
        public bool Deleted { get; init; } = Deleted && After.All(digit => digit == '0');

        [AllowNull]
        public IReadOnlyList<PushCommit> Commits { get; init => field = value ?? []; } = [];
    }

    /// <summary>The App was installed, removed, suspended, or got new permissions.</summary>
    public sealed record InstallationEvent : WebhookEvent
    {
        [AllowNull]
        public IReadOnlyList<Repository> Repositories { get; init => field = value ?? []; } = [];
    }

    /// <summary>Repositories were added to or taken from the App.</summary>
    public sealed record InstallationRepositoriesEvent : WebhookEvent
    {
        [AllowNull]
        public IReadOnlyList<Repository> RepositoriesAdded { get; init => field = value ?? []; } = [];

        [AllowNull]
        public IReadOnlyList<Repository> RepositoriesRemoved { get; init => field = value ?? []; } = [];
    }

    /// <summary>A repository was renamed, transferred, archived, deleted and so on.</summary>
    /// <param name="Changes">Where it was before, for <c>renamed</c> and <c>transferred</c>.</param>
    public sealed record RepositoryEvent(RepositoryChanges? Changes = null) : WebhookEvent;

    /// <summary>GitHub tries the webhook out.</summary>
    public sealed record PingEvent(string? Zen = null, long? HookId = null) : WebhookEvent;

    /// <summary>Someone with write access started workflows by the API; <see cref="WebhookEvent.Action"/> is the type they chose.</summary>
    public sealed record RepositoryDispatchEvent(string? Branch = null, JsonElement? ClientPayload = null) : WebhookEvent;

    /// <summary>Someone with write access started one workflow.</summary>
    /// <param name="Workflow">The workflow file's path.</param>
    public sealed record WorkflowDispatchEvent(
        [property: JsonPropertyName("ref")] string? Reference = null, string? Workflow = null, JsonElement? Inputs = null) : WebhookEvent;

    /// <summary>The clock started a workflow; in a workflow's event file alone.</summary>
    /// <param name="Schedule">The line of <c>on.schedule</c> that did.</param>
    public sealed record ScheduleEvent(string? Schedule = null) : WebhookEvent;

    /// <summary>An event that TaskBot has no use for.</summary>
    public sealed record Unknown : WebhookEvent;
}

/// <summary>What an edit changed: the texts before it, null for those it left alone.</summary>
public sealed record TextChanges(TextChange? Title = null, TextChange? Body = null);

/// <summary>A text before an edit.</summary>
public sealed record TextChange(string? From = null);

/// <summary>Where a repository was before it was renamed or transferred; null for what stayed.</summary>
public sealed record RepositoryChanges(RepositoryRename? Repository = null, OwnerChange? Owner = null);

/// <summary>A repository's old name.</summary>
public sealed record RepositoryRename(TextChange? Name = null);

/// <summary>A repository's old owner.</summary>
public sealed record OwnerChange(PreviousOwner? From = null);

/// <summary>One of the two.</summary>
public sealed record PreviousOwner(User? User = null, User? Organization = null);

/// <summary>The button of a check run that was pressed.</summary>
public sealed record RequestedCheckAction(string? Identifier = null);

/// <summary>A branch that contains a commit.</summary>
public sealed record StatusBranch(string Name);

/// <summary>A commit of a push.</summary>
public sealed record PushCommit(string Id, string? Message = null, GitIdentity? Author = null, GitIdentity? Committer = null)
{
    [AllowNull]
    public IReadOnlyList<string> Added { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<string> Modified { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<string> Removed { get; init => field = value ?? []; } = [];
}
