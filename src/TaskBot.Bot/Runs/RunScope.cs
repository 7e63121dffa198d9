using System.Collections.Immutable;
using TaskBot.Bot.Agents;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Projects;
using TaskBot.GitHub.Repositories;
using TaskBot.Models;
using TaskBot.Models.Ledger;
using TaskBot.Models.Prompts;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Runs;

/// <summary>What the nodes of one run work with.</summary>
public sealed class RunScope
{
    public required RunRecord Run { get; init; }

    public required RepositoryName Repository { get; init; }

    /// <summary>The local object store that has the base commit, and gets every tree that nodes make.</summary>
    public required GitRepository Objects { get; init; }

    /// <summary>Folders with a tree's files, for commands.</summary>
    public required CheckoutPool Checkouts { get; init; }

    /// <summary>Runs commands; those of one run share what they fetched.</summary>
    public required CommandRunner Commands { get; init; }

    /// <summary>Finds code; what it indexed for one node serves the next.</summary>
    public required CodeSearch Search { get; init; }

    public required IForge Forge { get; init; }

    /// <summary>The project as the base branch describes it.</summary>
    public required Project Project { get; init; }

    /// <summary>The models, or the recording of a run that is played again.</summary>
    public required IModelRouter Models { get; init; }

    /// <summary>The command-line agents that may be started.</summary>
    public required AgentTools Agents { get; init; }

    /// <summary>Prompts, the repository's own (base branch) before the built-in ones.</summary>
    public required PromptLibrary Prompts { get; init; }

    /// <summary>What earlier runs taught that this one may be shown: as it was when the run was asked for.</summary>
    public ImmutableArray<Pattern> Known { get; init; } = [];

    /// <summary>The accounts that the run's model calls are charged to.</summary>
    public required LedgerScope Ledger { get; init; }
}
