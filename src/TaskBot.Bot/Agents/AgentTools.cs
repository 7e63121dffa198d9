using Microsoft.Extensions.Options;
using TaskBot.Models;
using TaskBot.Models.Ledger;
using TaskBot.Models.Providers;
using TaskBot.Models.Recordings;

namespace TaskBot.Bot.Agents;

/// <summary>The command-line agents that whoever runs this program lets nodes start, with the keys that they need and the ledger that they are charged to.</summary>
public sealed class AgentTools(IOptions<ModelsOptions> options, ModelEnvironment environment, OutsideLedger ledger)
{
    /// <summary>Where agents are charged.</summary>
    public OutsideLedger Ledger => ledger;

    /// <summary>Whether nodes may start this agent.</summary>
    public bool IsAllowed(CliAgent agent) => options.Value.Agents.Contains(agent.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether an agent may be started that nothing keeps from costing more than was reserved for it.</summary>
    public bool AllowsUncapped => options.Value.AllowUncappedAgents;

    /// <summary>Whether what an agent uses may have no known price; it counts then as all that was reserved.</summary>
    public bool AllowsUnknownPrice => options.Value.AllowUnknownPrice;

    /// <summary>The agent's own variables: its key and, where one is set, its address; null where no key is set.</summary>
    public IReadOnlyDictionary<string, string>? Variables(CliAgent agent, string? model) =>
        agent.KeyVariables(model).FirstOrDefault(name => environment.Get(name) is not null) is not { } key ? null
        : agent.AddressVariables.Prepend(key).Where(name => environment.Get(name) is not null).ToDictionary(name => name, name => environment.Get(name)!, StringComparer.Ordinal);

    /// <summary>Takes the agent's key, and what looks like one, out of what it wrote.</summary>
    public static string Redact(IReadOnlyDictionary<string, string> variables, string text) => new SecretRedaction(variables.Values).Redact(text);
}
