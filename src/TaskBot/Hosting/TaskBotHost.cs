using Microsoft.Extensions.DependencyInjection.Extensions;
using TaskBot.Bot;
using TaskBot.Models;
using TaskBot.Storage;

namespace TaskBot.Hosting;

/// <summary>What every command that runs tasks needs, composed once: configuration, storage, models, the bot.</summary>
static class TaskBotHost
{
    /// <summary>
    /// <c>appsettings.json</c>, <c>taskbot.yml</c>, the environment with the prefix <c>TASKBOT_</c> (two underscores between the levels), then what the command line said.
    /// </summary>
    public static void Configure(IConfigurationBuilder configuration, IReadOnlyDictionary<string, string?> commandLine)
    {
        configuration.Sources.Clear();
        // The App that `taskbot setup` made comes first, so that everything else is said over it.
        configuration.AddJsonFile(Path.GetFullPath(Setup.AppFile.Path), optional: true, reloadOnChange: false)
            .AddJsonFile("appsettings.json", optional: true, reloadOnChange: false)
            .AddInMemoryCollection(YamlConfiguration.Read("taskbot.yml"))
            .AddEnvironmentVariables("TASKBOT_")
            .AddInMemoryCollection(commandLine);
    }

    /// <summary>Storage, models and the bot; the forge is added by the command, which knows where issues live.</summary>
    public static IServiceCollection AddTaskBot(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(EngineConfiguration.Read(configuration));
        return services.AddTaskBotStorage().AddTaskBotModels(configuration).AddTaskBotBot();
    }

    /// <summary>Warnings and worse to standard error, so that standard output stays the command's own.</summary>
    public static void LogToError(ILoggingBuilder logging, LogLevel minimum)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(options => options.SingleLine = true);
        logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(minimum);
    }
}
