using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using TaskBot.GitHub.Accounts;

namespace TaskBot.GitHub.Issues;

/// <summary>An issue, or a pull request seen as one.</summary>
/// <param name="Id">Unique on the server; not the number people see.</param>
/// <param name="Body">Markdown; null or empty when the author wrote nothing.</param>
/// <param name="State">GitHub's text: <c>open</c> or <c>closed</c>.</param>
/// <param name="User">The author; null when the account is gone.</param>
/// <param name="UpdatedAt">Pins the text: an edit moves it.</param>
/// <param name="PullRequest">Present when this is a pull request.</param>
public sealed record Issue(
    long Id,
    int Number,
    string Title,
    string? Body = null,
    string? State = null,
    string? StateReason = null,
    User? User = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? UpdatedAt = null,
    string? AuthorAssociation = null,
    bool? Locked = null,
    string? HtmlUrl = null,
    string? NodeId = null,
    JsonElement? PullRequest = null)
{
    [AllowNull]
    public IReadOnlyList<Label> Labels { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<User> Assignees { get; init => field = value ?? []; } = [];

    /// <summary>Whether the number belongs to a pull request.</summary>
    public bool IsPullRequest => PullRequest is { ValueKind: JsonValueKind.Object };
}
