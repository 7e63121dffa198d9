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

/// <summary>Makes what the nodes of one run work with, of what the process has and what the run brings.</summary>
public sealed class RunScopeFactory(IForge forge, IModelRouter models, AgentTools agents, CommandRunner commands, CodeSearch search)
{
    /// <param name="git">Has the base commit; the caller's to dispose, as the checkouts are.</param>
    /// <param name="recorded">Answers instead of the models.</param>
    public RunScope Create(RunRecord run, GitRepository git, CheckoutPool checkouts, Project project, PromptLibrary prompts, LedgerScope ledger, ImmutableArray<Pattern> known, IModelRouter? recorded = null) => new()
    {
        Run = run,
        Repository = RepositoryName.Parse(run.Repository),
        Objects = git,
        Checkouts = checkouts,
        Commands = commands,
        Search = search,
        Forge = forge,
        Project = project,
        Models = recorded ?? models,
        Agents = agents,
        Prompts = prompts,
        Known = known,
        Ledger = ledger,
    };
}
