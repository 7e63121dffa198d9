namespace TaskBot.Bot.Forges;

/// <summary>What can stand in the way on a forge. Each has an answer of its own in <see cref="Obstacles"/>.</summary>
public enum Obstacle
{
    /// <summary>None of the others; the forge's own words are all there is.</summary>
    Other,

    /// <summary>The token lacks a permission.</summary>
    PermissionMissing,

    /// <summary>A setting keeps workflows from opening pull requests.</summary>
    MayNotOpenPullRequests,

    /// <summary>The change touches workflows and the token may not.</summary>
    MayNotChangeWorkflows,

    /// <summary>The token is wrong, expired or revoked.</summary>
    BadCredentials,

    /// <summary>The repository takes no changes any more.</summary>
    RepositoryArchived,

    /// <summary>The conversation takes no comments.</summary>
    ConversationLocked,

    /// <summary>Gone, moved, or never visible.</summary>
    NotFound,

    /// <summary>The branch to start from is not there any more.</summary>
    BaseBranchGone,

    /// <summary>The branch to start from changed in what the run changed.</summary>
    BaseMoved,

    /// <summary>Someone else worked on the run's branch.</summary>
    HeadMoved,

    /// <summary>The forge had enough of us for now.</summary>
    RateLimited,

    /// <summary>The workflow that jobs are started by is not there, or not as it has to be.</summary>
    WorkflowMissing,

    /// <summary>Actions, or the workflow, is turned off.</summary>
    ActionsDisabled,

    /// <summary>No job took up the work.</summary>
    RunnerNeverCame,

    /// <summary>The job that had the work is heard of no more.</summary>
    RunnerWentSilent,

    /// <summary>The job ended and left nothing that can be used.</summary>
    RunnerLeftNothing,
}

/// <summary>What to do about each <see cref="Obstacle"/>: one sentence for people.</summary>
public static class Obstacles
{
    /// <summary>What went wrong, with what to do about it where that is known.</summary>
    public static string Explain(Exception exception) => (exception as ForgeException)?.Obstacle.Answer() is { Length: > 0 } answer ? $"{exception.Message}\n\n{answer}" : exception.Message;

    /// <summary>The answer; empty only for <see cref="Obstacle.Other"/>.</summary>
    public static string Answer(this Obstacle obstacle) => obstacle switch
    {
        Obstacle.PermissionMissing => "Give TaskBot that permission (an App: Settings > Permissions, then accept them for the installation; a workflow: 'permissions:'), then write `/taskbot resume`.",
        Obstacle.MayNotOpenPullRequests =>
            "Turn on 'Allow GitHub Actions to create and approve pull requests' under Settings > Actions > General > Workflow permissions, or use a GitHub App's token; then write `/taskbot resume`.",
        Obstacle.MayNotChangeWorkflows => "Give the App the permission 'workflows: write', or make the change to .github/workflows yourself; then write `/taskbot resume`.",
        Obstacle.BadCredentials => "Give TaskBot a token or key that is valid, then write `/taskbot resume`.",
        Obstacle.RepositoryArchived => "Unarchive the repository if work is to go on, then write `/taskbot resume`.",
        Obstacle.ConversationLocked => "Unlock the conversation to see what TaskBot has to say here.",
        Obstacle.NotFound => "Check that the repository, issue or pull request is still there and that the App is installed where it is now; then ask again with `/taskbot run`.",
        Obstacle.BaseBranchGone => "Restore the branch, or ask again with `/taskbot run` to start from the default branch.",
        Obstacle.BaseMoved => "Ask again with `/taskbot run` to start from where the branch is now.",
        Obstacle.HeadMoved => "`/taskbot resume` goes on from what is on the branch now; nothing of it is overwritten.",
        Obstacle.RateLimited => "Wait a while, then write `/taskbot resume`.",
        Obstacle.WorkflowMissing =>
            "Copy TaskBot's workflows/taskbot-dispatched.yml to .github/workflows/ on the default branch, as it belongs to this version; then write `/taskbot resume`.",
        Obstacle.ActionsDisabled => "Turn Actions on under Settings > Actions > General, and the workflow on the Actions page; then write `/taskbot resume`.",
        Obstacle.RunnerNeverCame => "See the Actions page for what it waits for, such as a runner with the labels of 'runs-on'; then write `/taskbot resume`.",
        Obstacle.RunnerWentSilent => "See the job's log on the Actions page; then write `/taskbot resume`.",
        Obstacle.RunnerLeftNothing =>
            "See the job's log on the Actions page. It needs 'id-token: write' under 'permissions', the variable TASKBOT_SERVER with this server's address, and a way to reach it; then write `/taskbot resume`.",
        _ => "",
    };
}
