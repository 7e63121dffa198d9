using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskBot.Bot.Agents;
using TaskBot.Bot.Checks;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Events;
using TaskBot.Bot.Events.Verbs;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Replays;
using TaskBot.Bot.Runs;
using TaskBot.Engine;
using TaskBot.Engine.Outbox;
using TaskBot.Engine.Scheduling;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Search;

namespace TaskBot.Bot;

/// <summary>Puts the bot into a host.</summary>
public static class BotExtensions
{
    /// <summary>What carries runs forward. The host adds stores, models and one forge.</summary>
    public static IServiceCollection AddTaskBotBot(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new RunnerOptions());
        services.TryAddSingleton(new BotOptions());
        services.AddSingleton<ResourcePool>().AddSingleton<EffectOutbox>();
        services.AddSingleton<RunFeed>().AddSingleton<ProjectSource>().AddSingleton<RunGate>().AddSingleton<RunStarter>().AddSingleton<RunViewer>().AddSingleton<BotStores>();
        services.AddSingleton<PatternMemory>().AddSingleton<VariantChooser>().AddSingleton<RunLearner>();
        services.AddSingleton<RunAccounts>().AddSingleton<RunReplay>();
        services.AddSingleton<AgentTools>().AddSingleton<RunScopeFactory>().AddSingleton<AttemptRunner>().AddSingleton<RunReporter>().AddSingleton<ChecksJudge>().AddSingleton<RunCoordinator>();
        services.AddSingleton(provider => new CodeSearch(provider.GetService<ISearchStore>()));
        services.AddSingleton(provider => new CommandRunner(provider.GetRequiredService<TimeProvider>()));
        return services;
    }

    /// <summary>What works by itself in a server: deliveries and runs, each from its durable queue.</summary>
    public static IServiceCollection AddTaskBotWorkers(this IServiceCollection services)
    {
        services.AddSingleton<RunControl>().AddSingleton<IssueLabeledHandler>().AddSingleton<IssueEndedHandler>().AddSingleton<CommentHandler>().AddSingleton<PullRequestHandler>();
        services.AddSingleton<ReviewHandler>().AddSingleton<ChecksHandler>().AddSingleton<RepositoryHandler>().AddSingleton<EventDispatcher>();
        return services.AddVerbs().AddHostedService<DeliveryWorker>().AddHostedService<RunWorker>().AddHostedService<ChecksClock>();
    }

    /// <summary>What people can tell the bot in comments.</summary>
    public static IServiceCollection AddVerbs(this IServiceCollection services) =>
        services.AddSingleton<VerbTable>()
            .AddSingleton<IVerb, ApproveVerb>().AddSingleton<IVerb, AskVerb>().AddSingleton<IVerb, BudgetVerb>().AddSingleton<IVerb, CancelVerb>()
            .AddSingleton<IVerb, ExplainVerb>().AddSingleton<IVerb, FindVerb>().AddSingleton<IVerb, MentionVerb>().AddSingleton<IVerb, ModelVerb>()
            .AddSingleton<IVerb, PlanVerb>().AddSingleton<IVerb, RefineVerb>().AddSingleton<IVerb, ResumeVerb>().AddSingleton<IVerb, RetryVerb>()
            .AddSingleton<IVerb, ReviewVerb>().AddSingleton<IVerb, RunVerb>().AddSingleton<IVerb, StatusVerb>().AddSingleton<IVerb, WhyVerb>();

    /// <summary>Issues and pull requests live in a folder.</summary>
    public static IServiceCollection AddLocalForge(this IServiceCollection services, LocalForge forge)
    {
        services.AddSingleton(forge).AddSingleton<IForge>(forge).AddSingleton<IObjectSource>(forge);
        services.AddSingleton<LocalCi>().AddSingleton<HttpClient>().AddSingleton<LocalWebhooks>().AddSingleton<LocalForgeHost>();
        return services.AddHostedService(provider => provider.GetRequiredService<LocalForgeHost>());
    }

    /// <summary>Issues and pull requests live on GitHub; code comes from where <typeparamref name="TObjects"/> has it.</summary>
    public static IServiceCollection AddGitHubForge<TObjects>(this IServiceCollection services)
        where TObjects : class, IObjectSource =>
        services.AddSingleton<IForge, GitHubForge>().AddSingleton<IObjectSource, TObjects>();
}
