namespace TaskBot.GitHub.Issues;

/// <summary>An issue to open.</summary>
public sealed record NewIssue(string Title, string? Body = null, IReadOnlyList<string>? Labels = null, IReadOnlyList<string>? Assignees = null);

/// <summary>What to change of an issue; null leaves as it is.</summary>
/// <param name="State"><c>open</c> or <c>closed</c>.</param>
/// <param name="StateReason"><c>completed</c>, <c>not_planned</c>, <c>duplicate</c> or <c>reopened</c>.</param>
public sealed record IssueUpdate(
    string? Title = null,
    string? Body = null,
    string? State = null,
    string? StateReason = null,
    IReadOnlyList<string>? Labels = null,
    IReadOnlyList<string>? Assignees = null);
