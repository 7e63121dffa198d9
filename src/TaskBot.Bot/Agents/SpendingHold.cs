namespace TaskBot.Bot.Agents;

/// <summary>What keeps a command-line agent from costing more than was reserved for it.</summary>
public enum SpendingHold
{
    /// <summary>Nothing: it has no limit, and says what it used only when it has ended. It is not started unless <c>Models:AllowUncappedAgents</c> is set.</summary>
    None,

    /// <summary>It is told the limit and stops by itself.</summary>
    Agent,

    /// <summary>It says after each of its steps what that used, and is stopped from outside: see <see cref="AgentMeter"/>.</summary>
    Meter,
}
