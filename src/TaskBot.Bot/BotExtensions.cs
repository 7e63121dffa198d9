using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Events;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Replays;
using TaskBot.Bot.Runs;
using TaskBot.Engine;
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
        services.AddSingleton<RunFeed>().AddSingleton<RunStarter>().AddSingleton<RunAccounts>().AddSingleton<RunCoordinator>().AddSingleton<RunViewer>().AddSingleton<BotStores>().AddSingleton<RunReplay>();
        services.AddSingleton(_ => new CodeSearch(kept: 8));
        services.AddSingleton(provider => new CommandRunner(provider.GetRequiredService<TimeProvider>()));
        return services;
    }

    /// <summary>What works by itself in a server: deliveries and runs, each from its durable queue.</summary>
    public static IServiceCollection AddTaskBotWorkers(this IServiceCollection services)
    {
        services.AddSingleton<IssueLabeledHandler>().AddSingleton<IssueCommentHandler>().AddSingleton<ChecksHandler>().AddSingleton<EventDispatcher>();
        return services.AddHostedService<DeliveryWorker>().AddHostedService<RunWorker>();
    }

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
