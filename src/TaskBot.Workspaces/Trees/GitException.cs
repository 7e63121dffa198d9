namespace TaskBot.Workspaces.Trees;

/// <summary>Which way git failed us.</summary>
public enum GitProblem
{
    /// <summary>There is no git program on PATH.</summary>
    ProgramMissing,

    /// <summary>The git program is older than 2.39.</summary>
    ProgramTooOld,

    /// <summary>The folder is neither the top of a checkout nor a bare repository.</summary>
    NotARepository,

    /// <summary>The repository lacks an object that was asked for (a shallow or partial clone, or a wrong id).</summary>
    ObjectMissing,

    /// <summary>A git command ended with an error.</summary>
    CommandFailed,

    /// <summary>A forge's API told something that is not what it was asked for by its id.</summary>
    AnswerWrong,
}

/// <summary>Git could not do what was asked; the message names the folder or command and what git said.</summary>
public sealed class GitException(GitProblem problem, string message, Exception? inner = null) : Exception(message, inner)
{
    public GitProblem Problem { get; } = problem;
}
