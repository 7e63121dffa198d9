using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskBot.Models.Capabilities;
using TaskBot.Models.Embeddings;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Models.Limits;
using TaskBot.Models.Mcp;
using TaskBot.Models.Pricing;
using TaskBot.Models.Profiles;
using TaskBot.Models.Providers;
using TaskBot.Models.Recordings;
using TaskBot.Models.Resilience;
using TaskBot.Models.Scripted;
using TaskBot.Models.Timeouts;

namespace TaskBot.Models;

/// <summary>
/// Gives a client for a profile or a model. Around each model of the chain stand, from the inside: timeouts, the ledger, rate limits, retries with the
/// endpoint's circuit breaker; around the chain stand the fallback from one model to the next and the recording.
/// </summary>
public sealed class ModelRouter(
    IOptions<ModelsOptions> options, PriceList prices, BudgetLedger ledger, ILedgerStore store, SecretRedaction redaction, ModelEnvironment environment,
    TimeProvider time, ILogger<ModelRouter> logger, IEmbeddingStore? embeddings = null) : IModelRouter
{
    /// <summary>Stands between the models of a chain that is written out: <c>gpt-5@openai, claude-sonnet-4-5@anthropic</c>.</summary>
    public const char ChainSeparator = ',';

    private readonly ModelsOptions _options = options.Value;
    private readonly ConcurrentDictionary<(string Model, string Provider, Uri? Endpoint, string? Key), IChatClient> _clients = new();
    private readonly ConcurrentDictionary<string, EndpointCircuit> _circuits = new();
    private readonly ConcurrentDictionary<(string Host, string? Key), RateLimits> _limits = new();

    /// <summary>The profiles that can be named, shipped and configured.</summary>
    public IEnumerable<string> Profiles =>
        ModelsOptions.ShippedProfiles.Keys.Union(_options.Profiles.Keys).Order(StringComparer.Ordinal);

    /// <inheritdoc/>
    /// <exception cref="Documents.InvalidFileException">The file of a scripted provider has mistakes.</exception>
    public IChatClient GetClient(string profileOrModel, LedgerScope scope)
    {
        if (profileOrModel.StartsWith(McpServer.Prefix, StringComparison.Ordinal))
            return Recorded(Server(profileOrModel[McpServer.Prefix.Length..]), profileOrModel, scope);
        var routes = Resolve(profileOrModel);
        var usable = routes.Where(route => route.IsUsable).ToList();
        if (usable.Count == 0)
            throw new ModelException(ModelErrorKind.NotConfigured, profileOrModel, routes[0].Host,
                string.Join("; ", routes.Select(route => $"{route.Model}@{route.Provider}: {route.Problem}").Distinct()));
        var client = new FallbackChatClient(profileOrModel, [.. usable.SelectMany(Spread).Select(route => Build(route, scope))], logger);
        return Recorded(client, profileOrModel, scope);
    }

    public string Describe(string profileOrModel) => profileOrModel.StartsWith(McpServer.Prefix, StringComparison.Ordinal)
        ? (_options.Mcp.TryGetValue(profileOrModel[McpServer.Prefix.Length..], out var server) ? server.Url?.AbsoluteUri ?? string.Join(' ', server.Args.Prepend(server.Command)) : "")
        : string.Join($"{ChainSeparator} ", Resolve(profileOrModel).Where(route => route.IsUsable).Select(route => $"{route.Model}@{route.Provider}"));

    /// <summary>The chain that a name means, usable or not, in the order it is tried.</summary>
    public ImmutableArray<ModelRoute> Resolve(string profileOrModel)
    {
        IEnumerable<string> chain = _options.Profiles.TryGetValue(profileOrModel, out var configured) ? configured
            : ModelsOptions.ShippedProfiles.TryGetValue(profileOrModel, out var shipped) ? shipped
            : profileOrModel.Contains(ChainSeparator, StringComparison.Ordinal) ? profileOrModel.Split(ChainSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [profileOrModel];
        var routes = chain.Select(text => Route(ModelName.Parse(text))).ToImmutableArray();
        // One model for all stands for those that answer in text: it draws and speaks no better for being the only one.
        return _options.Model is { Length: > 0 } only && !routes.All(AnswersOtherwise) ? [Route(ModelName.Parse(only))] : routes;
    }

    /// <summary>Whether a profile of this name is shipped or configured.</summary>
    public bool HasProfile(string name) => _options.Profiles.ContainsKey(name) || ModelsOptions.ShippedProfiles.ContainsKey(name);

    private UnchargedChatClient Server(string name) => _options.Mcp.TryGetValue(name, out var server)
        ? new UnchargedChatClient(new McpChatClient(name, server, environment, time), store)
        : throw new ModelException(ModelErrorKind.NotConfigured, McpServer.Prefix + name, name,
            $"there is no server of tools of this name; Models:Mcp has {(_options.Mcp.Count == 0 ? "none" : string.Join(", ", _options.Mcp.Keys))}");

    private IChatClient Recorded(IChatClient client, string asked, LedgerScope scope) => scope.Key(BudgetLevel.Run) is not { } run ? client
        : new RecordingChatClient(client, store, new RecordingPlace(run, scope.Place, asked, Describe(asked)), redaction.Redact);

    private static bool AnswersOtherwise(ModelRoute route) => route.Capabilities.Output is not (null or OutputKind.Text);

    private ModelRoute Route(ModelName name)
    {
        if (name.Provider is { } provider)
            return Route(name.Model, provider);
        // Ollama needs no key and would always seem usable; it is asked only where it is named.
        var routes = _options.Providers.Keys.Where(key => key != "ollama").Select(key => Route(name.Model, key)).ToList();
        return routes.FirstOrDefault(route => route.IsUsable) ?? routes[0];
    }

    private ModelRoute Route(string model, string providerName)
    {
        var route = Locate(model, providerName) with { Capabilities = CapabilityList.Find(model, _options.Capabilities) };
        return route.IsUsable && AnswersOtherwise(route) && _options.Providers[providerName].Kind == ProviderKind.Anthropic
            ? route with { Problem = "Anthropic's protocol has text only" } : route;
    }

    private ModelRoute Locate(string model, string providerName)
    {
        if (!_options.Providers.TryGetValue(providerName, out var provider))
            return new ModelRoute(model, providerName, null, null,
                $"there is no provider '{providerName}'; known are {string.Join(", ", _options.Providers.Keys)}");
        if (provider.Kind == ProviderKind.Scripted)
            return new ModelRoute(model, providerName, null, ModelPrice.Free,
                File.Exists(provider.File) ? null : $"its file of replies does not exist: {provider.File}");
        var (baseUrl, overridden) = BaseUrl(provider);
        if (baseUrl is null)
            return new ModelRoute(model, providerName, null, null, $"{provider.BaseUrlVariable} is not an http or https address");
        if (provider.KeyVariable is { } variable && !overridden && environment.Get(variable) is null)
            return new ModelRoute(model, providerName, baseUrl, null, $"{variable} is not set");
        return Priced(model, providerName, provider, baseUrl) with { KeyVariable = overridden && environment.Get(provider.KeyVariable) is null ? null : provider.KeyVariable };
    }

    private ModelRoute Priced(string model, string providerName, ProviderOptions provider, Uri baseUrl)
    {
        var price = provider.Free == true ? ModelPrice.Free
            : prices.Find(model)
            ?? (provider.Free is null && baseUrl.IsLoopback || _options.AllowUnknownPrice ? ModelPrice.Free : null);
        return new ModelRoute(model, providerName, baseUrl, price, price is not null ? null :
            $"its price is not known; set Models:Prices:{model}, or Models:AllowUnknownPrice to spend without knowing");
    }

    /// <summary>The places where one model can be asked, those that would take a request soonest and are least busy first.</summary>
    private IEnumerable<ModelRoute> Spread(ModelRoute route)
    {
        var more = _options.Providers[route.Provider].Endpoints
            .Select(endpoint => route with { Endpoint = endpoint.BaseUrl ?? route.Endpoint, KeyVariable = endpoint.KeyVariable ?? route.KeyVariable })
            .Where(endpoint => endpoint.KeyVariable is null || environment.Get(endpoint.KeyVariable) is not null);
        return more.Prepend(route).OrderBy(endpoint => Limits(endpoint).WaitFor(tokens: 1)).ThenBy(endpoint => Limits(endpoint).UnderWay);
    }

    private RateLimits Limits(ModelRoute route) => _limits.GetOrAdd((route.Host, route.KeyVariable), _ => new RateLimits(time));

    private (Uri? BaseUrl, bool Overridden) BaseUrl(ProviderOptions provider) =>
        environment.Get(provider.BaseUrlVariable) is not { } text ? (provider.BaseUrl, false)
        : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? (url, url != provider.BaseUrl)
        : (null, true);

    private IChatClient Build(ModelRoute route, LedgerScope scope)
    {
        var provider = _options.Providers[route.Provider];
        var client = _clients.GetOrAdd((route.Model, route.Provider, route.Endpoint, route.KeyVariable), _ => Connect(route, provider));
        var timed = new TimeoutChatClient(client, _options.Timeouts, provider.SupportsStreaming && !AnswersOtherwise(route), route.Model, route.Host, time);
        var tariff = new LedgerTariff(route.Model, route.Provider, route.Price!, _options.MaxOutputTokens);
        var charged = new LedgerChatClient(timed, ledger, tariff, scope, time);
        var paced = new PacedChatClient(charged, Limits(route), _options.Retry.MaxDelay, route.Model, route.Host, time);
        var circuit = _circuits.GetOrAdd(route.Host, _ => new EndpointCircuit(_options.Circuit, time));
        var resilient = new ResilientChatClient(paced, _options.Retry, circuit, route.Model, route.Host, time, logger);
        var capable = new CapableChatClient(resilient, route.Capabilities, route.Model, route.Host, _options.MaxOutputTokens);
        return embeddings is null || route.Capabilities.Output != OutputKind.Embedding ? capable
            : new CachedEmbeddingClient(capable, embeddings, store, $"{route.Model}@{route.Provider}");
    }

    private IChatClient Connect(ModelRoute route, ProviderOptions provider) => (provider.Kind, route.Capabilities.Output) switch
    {
        (ProviderKind.Scripted, _) => new ScriptedChatClient(ReplyScript.Load(provider.File!), route.Model),
        (ProviderKind.Anthropic, _) => new AnthropicChatClient(route.Model, new AnthropicEndpoint(route.Endpoint!, environment.Get(route.KeyVariable))
        {
            OnResponse = Limits(route).Observe,
            SupportsJsonSchema = provider.SupportsJsonSchema,
        }, time),
        (_, OutputKind.Image) => new OpenAIImageClient(route.Model, Endpoint(route, provider), time),
        (_, OutputKind.Speech) => new OpenAISpeechClient(route.Model, Endpoint(route, provider), time),
        (_, OutputKind.Embedding) => new OpenAIEmbeddingClient(route.Model, Endpoint(route, provider), time),
        _ => new OpenAIChatClient(route.Model, Endpoint(route, provider), time),
    };

    private OpenAIEndpoint Endpoint(ModelRoute route, ProviderOptions provider) => new(route.Endpoint!, environment.Get(route.KeyVariable))
    {
        OnResponse = Limits(route).Observe,
        OutputLimitField = provider.OutputLimitField,
        SupportsJsonSchema = provider.SupportsJsonSchema,
    };
}
