using TaskBot.Bot.Forges;
using TaskBot.Bot.Projects;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Runs;

/// <summary>
/// The one gate: whoever asks for work, by a label, a comment, an assignment, a review or on the command line, is looked up here. The forge is asked,
/// as what a payload says of someone proves nothing; the project's lists come from the default branch.
/// </summary>
public sealed class RunGate(IForge forge, ProjectSource projects)
{
    /// <summary>Whether a run may be started.</summary>
    public async Task<GateAnswer> AskAsync(RepositoryName repository, RunTrigger trigger, CancellationToken cancellationToken) =>
        trigger.IsScheduled ? new GateAnswer.Open(await projects.ReadAsync(repository, cancellationToken)) : await AskAsync(repository, trigger.RequestedBy, "start a run", cancellationToken);

    /// <param name="what">What is asked for, as the refusal names it: <c>start a run</c>.</param>
    public async Task<GateAnswer> AskAsync(RepositoryName repository, string login, string what, CancellationToken cancellationToken)
    {
        var project = await projects.ReadAsync(repository, cancellationToken);
        var permissions = project.Project.Permissions;
        if (permissions.Deny.Contains(login, StringComparer.OrdinalIgnoreCase))
            return new GateAnswer.Closed($"{login} may not {what} in {repository}: the project's 'permissions.deny' names them.");
        if (permissions.Allow.Contains(login, StringComparer.OrdinalIgnoreCase)) return new GateAnswer.Open(project);
        var permission = await forge.GetPermissionAsync(repository, login, cancellationToken);
        return permission >= permissions.Role
            ? new GateAnswer.Open(project)
            : new GateAnswer.Closed($"{login} may not {what} in {repository}: that takes {Word(permissions.Role)} permission, and this is {Word(permission)}.");
    }

    static string Word(Permission permission) => permission.ToString().ToLowerInvariant();
}

/// <summary>What the gate says.</summary>
public abstract record GateAnswer
{
    GateAnswer() { }

    /// <summary>They may; the project is the one that said so.</summary>
    public sealed record Open(ProjectAt Project) : GateAnswer;

    /// <summary>They may not; the reason is for people.</summary>
    public sealed record Closed(string Reason) : GateAnswer;
}
