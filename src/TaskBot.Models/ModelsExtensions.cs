using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using TaskBot.Models.Discovery;
using TaskBot.Models.Ledger;
using TaskBot.Models.Pricing;
using TaskBot.Models.Providers;
using TaskBot.Models.Recordings;

namespace TaskBot.Models;

/// <summary>Puts the models into a host.</summary>
public static class ModelsExtensions
{
    /// <summary>
    /// Adds <see cref="ModelRouter"/> and <see cref="BudgetLedger"/>, configured by the sections <c>Models</c> and <c>Budgets</c> and checked at start. The ledger lives
    /// in memory unless the host adds an <see cref="ILedgerStore"/>.
    /// </summary>
    public static IServiceCollection AddTaskBotModels(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ModelsOptions>().Bind(configuration.GetSection(ModelsOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ModelsOptions>, ModelsOptionsValidator>());
        services.AddOptions<BudgetOptions>().Bind(configuration.GetSection(BudgetOptions.Section))
            .Validate(budgets => budgets.Limits.All(limit => limit.Usd is not < 0), "Budgets: every limit is an amount in US dollars, zero or more.").ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(ModelEnvironment.Process);
        services.TryAddSingleton<ILedgerStore, InMemoryLedgerStore>();
        services.TryAddSingleton<BudgetLedger>();
        services.TryAddSingleton<OutsideLedger>();
        services.TryAddSingleton(provider => PriceList.Shipped.With(provider.GetRequiredService<IOptions<ModelsOptions>>().Value.Prices.Select(pair => KeyValuePair.Create(pair.Key,
            new ModelPrice(pair.Value.Input ?? 0, pair.Value.Output ?? 0, pair.Value.CachedInput, pair.Value.ImageTokens, pair.Value.CacheWrite)))));
        services.TryAddSingleton(provider => new SecretRedaction(provider.GetRequiredService<IOptions<ModelsOptions>>().Value.Providers.Values
            .SelectMany(configured => configured.Endpoints.Select(endpoint => endpoint.KeyVariable).Prepend(configured.KeyVariable))
            .Concat(provider.GetRequiredService<IOptions<ModelsOptions>>().Value.Mcp.Values.SelectMany(server => server.Variables.Append(server.KeyVariable)))
            .Select(provider.GetRequiredService<ModelEnvironment>().Get)));
        services.TryAddSingleton<ModelRouter>();
        services.TryAddSingleton<LocalServers>();
        services.TryAddSingleton<ModelProbe>();
        services.TryAddSingleton<IModelRouter>(provider => provider.GetRequiredService<ModelRouter>());
        return services;
    }
}
