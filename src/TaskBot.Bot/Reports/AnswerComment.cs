using TaskBot.Bot.Runs;

namespace TaskBot.Bot.Reports;

/// <summary>Answers to what was asked in a comment: one comment for each question.</summary>
public static class AnswerComment
{
    /// <summary>Found again by the run that answers.</summary>
    public static string MarkerOf(RunRecord run) => $"<!-- taskbot:answer {run.Id} -->";

    /// <summary>Found again by the command that asked.</summary>
    public static string MarkerOf(string command) => $"<!-- taskbot:reply {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(command)))[..16]} -->";

    /// <summary>What a command has to say to whoever wrote it.</summary>
    public static string Render(string command, string login, string text) => $"{MarkerOf(command)}\n@{login}\n\n{text.Trim()}\n";

    /// <summary>That there is no answer, and why.</summary>
    public static string Failed(RunRecord run) =>
        $"{MarkerOf(run)}\n@{run.RequestedBy} There is no answer: {(run.Outcome is { } outcome ? Outcomes.Word(outcome) : "it is not there yet")}.\n\n{ForeignText.Quote(run.Reason ?? "No reason was given.")}";
}
