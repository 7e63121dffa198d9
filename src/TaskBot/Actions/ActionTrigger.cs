using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Issues;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Actions;

/// <summary>What the event of a job asks for: work on an issue, asked for by someone.</summary>
/// <param name="Issue">The issue as the event has it; null where the prompt alone says what to do.</param>
/// <param name="RequestedBy">Login of the person who asked.</param>
/// <param name="RequestedById">Their numeric account id.</param>
/// <param name="Label">The label to take off, as it asks once; null where it was no label.</param>
/// <param name="Text">What was asked besides the issue's own text; empty where nothing was.</param>
sealed record ActionTrigger(Issue? Issue, string RequestedBy, long RequestedById, string? Label, string Text)
{
    const string RunCommandLine = "/taskbot run";

    /// <summary>What is looked for in an event.</summary>
    /// <param name="Labels">Labels that ask for work.</param>
    /// <param name="Assignee">Login whose assignment asks for work; null for nobody's.</param>
    /// <param name="Phrase">What a comment begins a request with, such as <c>@taskbot</c>.</param>
    /// <param name="HasPrompt">True where the workflow itself says what to do: then every event asks for it.</param>
    public sealed record Wanted(IReadOnlyCollection<string> Labels, string? Assignee, string Phrase, bool HasPrompt);

    /// <returns>What is asked for, or why nothing is.</returns>
    public static (ActionTrigger? Trigger, string Reason) Find(WebhookEvent @event, string eventName, Wanted wanted)
    {
        if (@event.Sender is not { } sender) return (null, $"Event {eventName} does not say who caused it.");
        // By its number: a login proves nothing, and what a workflow's own token writes must not start the workflow's work again.
        if (sender.Id == UsersClient.ActionsBotId || sender.Type == "Bot") return (null, "It was caused by a workflow or another App, not by a person.");
        return @event switch
        {
            WebhookEvent.IssuesEvent { Issue.IsPullRequest: false, Action: "labeled", Label.Name: { } label } issues when wanted.Labels.Contains(label, StringComparer.OrdinalIgnoreCase) =>
                (new(issues.Issue, sender.Login, sender.Id, label, ""), ""),
            WebhookEvent.IssuesEvent { Issue.IsPullRequest: false, Action: "assigned", Assignee.Login: { } login } issues when login.Equals(wanted.Assignee, StringComparison.OrdinalIgnoreCase) =>
                (new(issues.Issue, sender.Login, sender.Id, Label: null, ""), ""),
            WebhookEvent.IssueCommentEvent { Issue.IsPullRequest: false, Action: "created" } comment when TextOf(comment.Comment.Body, wanted.Phrase) is { } text =>
                (new(comment.Issue, sender.Login, sender.Id, Label: null, text), ""),
            WebhookEvent.IssuesEvent { Issue.IsPullRequest: false } issues when wanted.HasPrompt => (new(issues.Issue, sender.Login, sender.Id, Label: null, ""), ""),
            WebhookEvent.IssueCommentEvent { Issue.IsPullRequest: false } comment when wanted.HasPrompt => (new(comment.Issue, sender.Login, sender.Id, Label: null, ""), ""),
            WebhookEvent.IssuesEvent { Action: "labeled", Label.Name: { } other } => (null, $"The label '{other}' asks for nothing; {string.Join(", ", wanted.Labels)} would."),
            not (WebhookEvent.IssuesEvent or WebhookEvent.IssueCommentEvent) when wanted.HasPrompt => (new(Issue: null, sender.Login, sender.Id, Label: null, ""), ""),
            _ => (null, $"Event {eventName}{(@event.Action is { } action ? $".{action}" : "")} asks for nothing; the label {string.Join(" or ", wanted.Labels)} on an issue does, or '{wanted.Phrase}' in a comment on one."),
        };
    }

    /// <summary>
    /// What a comment asks for: the rest of the line that the phrase stands in, and all lines after it; or of <c>/taskbot run</c>. Quotations and code ask for nothing.
    /// </summary>
    static string? TextOf(string? body, string phrase)
    {
        string? fence = null;
        var lines = (body ?? "").ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimStart();
            if (line.StartsWith("```", StringComparison.Ordinal) || line.StartsWith("~~~", StringComparison.Ordinal))
                fence = fence is null ? line[..3] : line.StartsWith(fence, StringComparison.Ordinal) ? null : fence;
            else if (fence is null && !line.StartsWith('>') && (line.StartsWith('/') ? After(line, RunCommandLine) : After(line, phrase)) is { } rest)
                return string.Join('\n', lines[(i + 1)..].Prepend(rest)).Trim();
        }

        return null;
    }

    /// <summary>What follows the phrase in a line; null where it does not stand there as a word.</summary>
    static string? After(string line, string phrase)
    {
        for (var at = line.IndexOf(phrase, StringComparison.OrdinalIgnoreCase); at >= 0; at = line.IndexOf(phrase, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var end = at + phrase.Length;
            if ((at == 0 || !IsWord(line[at - 1])) && (end == line.Length || !IsWord(line[end]))) return line[end..].TrimStart(' ', ',', ':');
        }

        return null;
    }

    static bool IsWord(char character) => char.IsLetterOrDigit(character) || character is '-' or '_' or '`' or '@';
}
