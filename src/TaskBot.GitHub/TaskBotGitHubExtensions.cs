using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using TaskBot.GitHub.Authentication;
using TaskBot.GitHub.Client;

namespace TaskBot.GitHub;

/// <summary>Registers what speaks GitHub.</summary>
public static class TaskBotGitHubExtensions
{
    /// <summary>
    /// Registers <see cref="GitHubOptions"/> (section <c>GitHub</c>, checked at start) <see cref="GitHubClientFactory"/> and
    /// <see cref="OidcTokenValidator"/>.
    /// </summary>
    public static IServiceCollection AddTaskBotGitHub(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GitHubOptions>().Bind(configuration.GetSection(GitHubOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GitHubOptions>, GitHubOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<GitHubClientFactory>();
        services.TryAddSingleton<OidcTokenValidator>();
        return services;
    }

    /// <summary>For a program that receives webhooks: it does not start without a webhook secret.</summary>
    public static IServiceCollection RequireGitHubWebhookSecret(this IServiceCollection services)
    {
        services.AddOptions<GitHubOptions>().Validate(
            options => options.WebhookSecrets.Count > 0,
            GitHubOptions.Problem(nameof(GitHubOptions.WebhookSecret), "webhooks are not received without a secret to check them by").ErrorMessage!);
        return services;
    }
}
