using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using TaskBot.Models.Ledger;
using TaskBot.Models.Providers;

namespace TaskBot.Models;

/// <summary>Puts the models into a host.</summary>
public static class ModelsExtensions
{
    /// <summary>
    /// Adds <see cref="ModelRouter"/> and <see cref="BudgetLedger"/>, configured by the section <c>Models</c> and checked at start. The ledger lives
    /// in memory unless the host adds an <see cref="ILedgerStore"/>.
    /// </summary>
    public static IServiceCollection AddTaskBotModels(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ModelsOptions>().Bind(configuration.GetSection(ModelsOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ModelsOptions>, ModelsOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(ModelEnvironment.Process);
        services.TryAddSingleton<ILedgerStore, InMemoryLedgerStore>();
        services.TryAddSingleton<BudgetLedger>();
        services.TryAddSingleton<ModelRouter>();
        return services;
    }
}
