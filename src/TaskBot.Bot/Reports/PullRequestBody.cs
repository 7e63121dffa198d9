using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Reports;

/// <summary>The texts of a pull request: its title, its body and the message of its one commit.</summary>
public static class PullRequestBody
{
    const int MaximumTitle = 72;

    /// <summary>A Conventional Commit's first line.</summary>
    public static string Title(RunRecord run)
    {
        var kind = run.Task?.Split('/')[^1] switch
        {
            "write-function" => "feat",
            "write-tests" => "test",
            _ => "fix",
        };
        var title = $"{kind}: {ForeignText.Line(run.Request.Title)}";
        return title.Length <= MaximumTitle ? title : title[..(MaximumTitle - 1)].TrimEnd() + "…";
    }

    public static string Message(RunRecord run) => $"{Title(run)}\n\nFixes #{run.Issue}";

    /// <summary>A trailer's value for whoever asked. The account's number keeps the commit theirs when they change their login.</summary>
    /// <param name="mailHost">The host of addresses that stand for accounts.</param>
    public static string CoAuthor(RunRecord run, string mailHost)
    {
        var account = run.RequestedById is { } id ? string.Create(CultureInfo.InvariantCulture, $"{id}+") : "";
        return $"{run.RequestedBy} <{account}{run.RequestedBy}@users.noreply.{mailHost}>";
    }

    /// <summary>The whole pull request of a run.</summary>
    public static PullRequestText TextOf(RunRecord run, RepositoryName repository, string branch, string summary, ImmutableArray<string> checks, ImmutableArray<string> files) =>
        new(repository, branch, run.BaseBranch, Title(run), Render(run, summary, checks, files)) { Reviewer = run.RequestedBy, Summary = summary, Checks = checks };

    /// <param name="summary">What changed and why, in the words of whoever changed it.</param>
    /// <param name="checks">What was run on the tree and what it said, a line each.</param>
    /// <param name="files">Paths that changed.</param>
    public static string Render(RunRecord run, string summary, IEnumerable<string> checks, ImmutableArray<string> files)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Fixes #{run.Issue}\n\n{ForeignText.Quote(summary)}\n### Changed\n\n");
        foreach (var file in files) text.Append(CultureInfo.InvariantCulture, $"- {ForeignText.Code(file)}\n");
        text.Append("\n### Checked before publishing\n\n");
        text.Append(ForeignText.Quote(string.Join('\n', checks.Select(check => $"- {check.ReplaceLineEndings(" ")}"))));
        if (!run.Attempts.IsEmpty) text.Append("\n### Earlier attempts\n\n").Append(TrackingComment.AttemptTable(run)).Append('\n').Append(TrackingComment.RefinedDescription(run));
        text.Append(CultureInfo.InvariantCulture, $"\nAsked for by @{run.RequestedBy}, done as `{run.Task}`{(run.Attempts.IsEmpty ? "" : $"; so far it cost ${run.Attempts.Sum(attempt => attempt.CostUsd):0.00##}")}.\n");
        return text.ToString();
    }
}
