using System.Collections.Immutable;
using System.Text.Json;

namespace TaskBot.Bot.Agents;

/// <summary>A command-line agent: how it is called for one task without anybody watching, and how what it prints is read.</summary>
public abstract class CliAgent
{
    /// <summary>Those that are known, by name.</summary>
    public static ImmutableArray<CliAgent> All { get; } = [new ClaudeAgent(), new CodexAgent(), new GeminiAgent(), new OpenCodeAgent()];

    /// <summary>Its name, which is the program's on the PATH too.</summary>
    public abstract string Name { get; }

    /// <summary>What keeps it from costing more than was reserved for it.</summary>
    public abstract SpendingHold Hold { get; }

    /// <summary>Whether it may fetch pages or run commands while it works, so that what it gives may come from anywhere.</summary>
    public virtual bool ReachesOut => true;

    /// <summary>The environment variables that hold its key, the first that is set is handed to it; no other secret is.</summary>
    /// <param name="model">The model that it is to use; null where it decides.</param>
    public abstract IReadOnlyList<string> KeyVariables(string? model);

    /// <summary>The environment variables that say where its models are asked, where that is not the vendor's own address.</summary>
    public virtual IReadOnlyList<string> AddressVariables => [];

    /// <summary>What it is called with, after the program's name.</summary>
    public abstract IEnumerable<string> Arguments(AgentOrder order);

    /// <summary>Reads its standard output; null where that is not what it prints, as when it was cut off.</summary>
    /// <param name="output">Complete lines only may be missing from its middle.</param>
    public abstract AgentReport? Read(string output);

    /// <summary>What a line that it printed says of what it used since it last said so; null where it speaks of something else.</summary>
    public virtual AgentUse? ReadUse(JsonElement line) => null;
}
