using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Agents;
using TaskBot.Bot.Checks;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Events;
using TaskBot.Bot.Events.Verbs;
using TaskBot.Bot.Executors;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Replays;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Schedules;
using TaskBot.Bot.Sealing;
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
        services.AddSingleton<ScheduledTaskStarter>();
        services.AddSingleton<RunFeed>().AddSingleton<ProjectSource>().AddSingleton<RunGate>().AddSingleton<RunControl>().AddSingleton<RunStarter>().AddSingleton<RunViewer>().AddSingleton<BotStores>();
        services.AddSingleton<PatternMemory>().AddSingleton<OptionChooser>().AddSingleton<RunChoices>().AddSingleton<RunLearner>();
        services.AddSingleton<RunAccounts>().AddSingleton<RunReplay>();
        services.AddOptions<DispatchOptions>().BindConfiguration(DispatchOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DispatchOptions>, DispatchOptionsValidator>();
        services.AddSingleton<DispatchEndings>().AddSingleton<ActionsExecutor>().AddSingleton<IGraphExecutor, GraphExecutors>();
        services.AddSingleton<AgentTools>().AddSingleton<RunScopeFactory>().AddSingleton<AttemptRunner>().AddSingleton<RunPlaces>().AddSingleton<RunReporter>().AddSingleton<ChecksJudge>().AddSingleton<RunCoordinator>().AddSingleton<SealedPublisher>();
        services.AddSingleton(provider => new CodeSearch(provider.GetService<ISearchStore>()));
        services.AddSingleton(provider => new CommandRunner(provider.GetRequiredService<TimeProvider>()));
        return services;
    }

    /// <summary>What works by itself in a server: deliveries and runs, each from its durable queue.</summary>
    public static IServiceCollection AddTaskBotWorkers(this IServiceCollection services)
    {
        services.AddSingleton<RunSchedule>().AddSingleton<IssueLabeledHandler>().AddSingleton<IssueEndedHandler>().AddSingleton<CommentHandler>().AddSingleton<PullRequestHandler>();
        services.AddSingleton<FeedbackReader>().AddSingleton<ReviewHandler>().AddSingleton<ChecksHandler>().AddSingleton<DispatchedRunHandler>().AddSingleton<RepositoryHandler>().AddSingleton<EventDispatcher>();
        services.AddSingleton<RunnerDesk>().AddSingleton<DispatchClock>().AddHostedService(provider => provider.GetRequiredService<DispatchClock>());
        return services.AddVerbs().AddHostedService<DeliveryWorker>().AddHostedService<RunWorker>().AddHostedService<ChecksClock>().AddHostedService<FeedbackClock>().AddHostedService<ScheduleClock>();
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

    /// <summary>Issues and pull requests live on GitHub, which is only read: what the one run of this process would write is sealed.</summary>
    public static IServiceCollection AddSealedGitHubForge<TObjects>(this IServiceCollection services)
        where TObjects : class, IObjectSource =>
        services.AddSingleton<GitHubForge>().AddSingleton<IObjectSource, TObjects>()
            .AddSingleton(provider => new SealedForge(provider.GetRequiredService<GitHubForge>(), provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<IForge>(provider => provider.GetRequiredService<SealedForge>())
            // What an earlier process remembers of effects is not in this one's hands to seal.
            .AddSingleton<IOutboxStore, InMemoryOutboxStore>();
}
