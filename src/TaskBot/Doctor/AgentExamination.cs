using TaskBot.Bot.Agents;
using TaskBot.Workspaces.Commands;

namespace TaskBot.Doctor;

/// <summary>Which command-line agents there are, in which version, and whether nodes may start them.</summary>
static class AgentExamination
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<IReadOnlyList<Finding>> AgentsAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var commands = services.GetRequiredService<CommandRunner>();
        var tools = services.GetRequiredService<AgentTools>();
        var findings = new List<Finding>();
        foreach (var agent in CliAgent.All)
        {
            if (commands.Find(agent.Name) is not { } file) continue;
            var version = await VersionAsync(commands, agent, cancellationToken);
            var lacks = string.Join(" ", Lacking(tools, agent));
            findings.Add(version is null ? Finding.Missing($"agent {agent.Name}", $"{file} does not start.")
                : lacks.Length > 0 ? Finding.Missing($"agent {agent.Name}", $"{version}. {lacks}")
                : Finding.Ok($"agent {agent.Name}", $"{version}; nodes may start it."));
        }

        return findings;
    }

    static IEnumerable<string> Lacking(AgentTools tools, CliAgent agent)
    {
        if (!tools.IsAllowed(agent)) yield return $"Nodes may not start it: allow it with Models:Agents, such as TASKBOT_Models__Agents__0={agent.Name}.";
        if (agent.Hold == SpendingHold.None && !tools.AllowsUncapped) yield return "Nothing keeps it from costing more than is reserved for it: it is refused unless Models:AllowUncappedAgents is true.";
        if (tools.Variables(agent, model: null) is null) yield return $"It has no key: set {string.Join(" or ", agent.KeyVariables(model: null))}.";
    }

    static async Task<string?> VersionAsync(CommandRunner commands, CliAgent agent, CancellationToken cancellationToken)
    {
        var result = await commands.RunAsync(
            new CommandRequest { Arguments = [agent.Name, "--version"], WorkingFolder = commands.Home, Limits = new CommandLimits { Total = Patience } }, cancellationToken);
        return result.Succeeded ? result.StandardOutput.Head.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it names no version" : null;
    }
}
