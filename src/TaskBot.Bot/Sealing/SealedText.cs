using TaskBot.GitHub.Authentication;

namespace TaskBot.Bot.Sealing;

/// <summary>The texts of a sealed result that people will read: no token may stand in them.</summary>
public static class SealedText
{
    /// <summary>Takes what looks like a token out of every text. Files stay as they are: they are what was asked for.</summary>
    public static SealedRun Redact(SealedRun result) => result with
    {
        Run = result.Run with
        {
            Reason = result.Run.Reason is { } reason ? Clean(reason) : null,
            TaskReason = result.Run.TaskReason is { } chosen ? Clean(chosen) : null,
            Attempts = [.. result.Run.Attempts.Select(attempt => attempt with { Summary = Clean(attempt.Summary) })],
            Steps = [.. result.Run.Steps.Select(step => step with { Title = Clean(step.Title) })],
            Answering = result.Run.Answering is { } pass ? pass with { Why = Clean(pass.Why) } : null,
        },
        Change = result.Change is { } change ? change with { Summary = Clean(change.Summary), Checks = [.. change.Checks.Select(Clean)] } : null,
        Comments = [.. result.Comments.Select(comment => comment with { Body = Clean(comment.Body) })],
        Plan = result.Plan is { } plan ? new(Clean(plan.Told), Clean(plan.Drawn)) : null,
    };

    /// <summary>The same for what a command said.</summary>
    public static SealedReply Redact(SealedReply reply) => reply with { Text = Clean(reply.Text) };

    /// <summary>Every text with where it stands.</summary>
    public static IEnumerable<(string Where, string Text)> Of(SealedRun result)
    {
        var run = result.Run;
        if (run.Reason is { } reason) yield return ("run.reason", reason);
        if (run.TaskReason is { } chosen) yield return ("run.task_reason", chosen);
        foreach (var attempt in run.Attempts) yield return ($"run.attempts[{attempt.Number}].summary", attempt.Summary);
        foreach (var step in run.Steps) yield return ("run.steps", step.Title);
        foreach (var model in run.Models) yield return ("run.models", model);
        if (run.Answering is { } pass)
        {
            yield return ("run.answering.why", pass.Why);
            foreach (var refused in pass.Refused.Values) yield return ("run.answering.refused", refused);
        }

        foreach (var comment in result.Comments) yield return ("comments", comment.Body);
        if (result.Plan is { } plan)
        {
            yield return ("plan.told", plan.Told);
            yield return ("plan.drawn", plan.Drawn);
        }

        if (result.Change is not { } change) yield break;
        yield return ("change.summary", change.Summary);
        foreach (var check in change.Checks) yield return ("change.checks", check);
    }

    /// <summary>True where something in it looks like a token.</summary>
    public static bool HasToken(string text) => Clean(text) != text;

    static string Clean(string text) => TokenRedaction.Redact(text);
}
