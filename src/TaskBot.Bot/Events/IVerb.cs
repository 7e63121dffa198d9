using TaskBot.Bot.Forges;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Accounts;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Events;

/// <summary>One thing that people can tell the bot to do in a comment. Whoever calls it has passed the gate.</summary>
public interface IVerb
{
    VerbHelp Help { get; }

    Task<VerbAnswer> DoAsync(VerbCall call, CancellationToken cancellationToken);
}

/// <summary>What help says of a verb.</summary>
/// <param name="Name">As it is written: <c>run</c>.</param>
/// <param name="Usage">With its arguments: <c>run [task] [set=variant]</c>.</param>
public sealed record VerbHelp(string Name, string Usage, string Summary);

/// <summary>A command of a comment, with where it was written and by whom.</summary>
/// <param name="Issue">The issue or pull request, as it stood when the comment was written.</param>
/// <param name="Sender">Who wrote it, and may.</param>
/// <param name="Subject">The comment.</param>
/// <param name="Key">Natural key of the command: told of twice, it counts once.</param>
/// <param name="Project">As the default branch has it.</param>
/// <param name="Run">The newest run that works on this issue or pull request; null where there is none.</param>
public sealed record VerbCall(
    RepositoryName Repository, ForgeIssue Issue, bool IsPullRequest, SlashCommand Command, User Sender, ForgeSubject Subject, string Key, ProjectAt Project, RunRecord? Run)
{
    /// <summary>Where a run that this starts begins; null for the default branch.</summary>
    public string? BaseBranch { get; init; }

    /// <summary>The run that another job started and worked on for this command; null where this process does it.</summary>
    public RunId? Started { get; init; }

    /// <summary>True where another job, which has what the run planned, found this command in order.</summary>
    public bool IsChecked { get; init; }

    /// <summary>What asks for a run here.</summary>
    public RunTrigger Trigger => new(Key, Sender.Login) { RequestedById = Sender.Id, Subject = Subject, BaseBranch = BaseBranch, Id = Started };
}

/// <summary>What became of a command.</summary>
public abstract record VerbAnswer
{
    VerbAnswer() { }

    /// <summary>It is done.</summary>
    /// <param name="Text">What there is to say, in Markdown; null where the page shows it.</param>
    public sealed record Done(string? Text = null) : VerbAnswer;

    /// <summary>A run is under way for it, which says itself how it ends.</summary>
    public sealed record Working : VerbAnswer;

    /// <summary>It is not done; the reason says what to write instead.</summary>
    public sealed record Refused(string Reason) : VerbAnswer;
}
