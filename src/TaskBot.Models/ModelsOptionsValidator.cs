using Microsoft.Extensions.Options;
using TaskBot.Models.Profiles;
using TaskBot.Models.Providers;

namespace TaskBot.Models;

/// <summary>Finds every mistake in the section <c>Models</c> at once, each with its key.</summary>
internal sealed class ModelsOptionsValidator : IValidateOptions<ModelsOptions>
{
    public ValidateOptionsResult Validate(string? name, ModelsOptions options)
    {
        var problems = Problems(options).Select(problem => $"{ModelsOptions.Section}:{problem}").ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> Problems(ModelsOptions options)
    {
        foreach (var (name, provider) in options.Providers)
        {
            if (name.Contains('@', StringComparison.Ordinal))
                yield return $"Providers:{name}: a provider's name cannot contain '@'.";
            if (provider is { Kind: ProviderKind.Scripted, File: null or "" })
                yield return $"Providers:{name}:File is missing; a scripted provider plays the replies of a file.";
            if (provider.Kind != ProviderKind.Scripted && provider is { BaseUrl: null, BaseUrlVariable: null })
                yield return $"Providers:{name}:BaseUrl is missing.";
            foreach (var endpoint in provider.Endpoints)
                if (endpoint is { BaseUrl: null, KeyVariable: null } || endpoint.BaseUrl is { } address && (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https")))
                    yield return $"Providers:{name}:Endpoints: each needs a BaseUrl, an absolute http or https address, or a KeyVariable.";
            if (provider.BaseUrl is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https")))
                yield return $"Providers:{name}:BaseUrl must be an absolute http or https address, not '{url}'.";
        }
        foreach (var (name, chain) in options.Profiles)
        {
            if (chain.Count == 0)
                yield return $"Profiles:{name} names no model.";
            foreach (var text in chain)
                if (ModelName.Parse(text) is var model && (model.Model.Length == 0 || model.Provider is { } p && !options.Providers.ContainsKey(p)))
                    yield return $"Profiles:{name}: '{text}' must be model@provider with one of {string.Join(", ", options.Providers.Keys)}.";
        }
        foreach (var (name, server) in options.Mcp)
        {
            if (name.Length == 0 || !name.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-'))
                yield return $"Mcp:{name}: the name of a server is letters, digits, '_' and '-'.";
            if (string.IsNullOrEmpty(server.Command) == server.Url is null)
                yield return $"Mcp:{name} needs either a Command, the program that speaks the protocol, or a Url, its address.";
            if (server.Url is { } url && !(url.IsAbsoluteUri && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)))
                yield return $"Mcp:{name}:Url must be an https address, or an http address of this machine, not '{url}'.";
            if (server.Timeout <= TimeSpan.Zero || server.Timeout > TimeSpan.FromHours(1))
                yield return $"Mcp:{name}:Timeout must be more than 0 and at most an hour.";
        }
        foreach (var (name, address) in options.LocalServers)
            if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https") || !address.IsLoopback)
                yield return $"LocalServers:{name} must be an http address of this machine, not '{address}'.";
        foreach (var (model, capabilities) in options.Capabilities)
            if (capabilities.ContextTokens < 1)
                yield return $"Capabilities:{model}:ContextTokens must be at least 1.";
        foreach (var (model, price) in options.Prices)
        {
            if (price is not { Input: >= 0, Output: >= 0 })
                yield return $"Prices:{model} needs Input and Output, in US dollars per million tokens, of at least 0.";
            if (price.CachedInput < 0 || price.CachedInput > price.Input)
                yield return $"Prices:{model}:CachedInput must be between 0 and Input.";
            if (price.CacheWrite < 0)
                yield return $"Prices:{model}:CacheWrite must be at least 0.";
            if (price.ImageTokens < 0)
                yield return $"Prices:{model}:ImageTokens must be at least 0.";
        }
        if (options.MaxOutputTokens is < 1 or > 1_000_000)
            yield return "MaxOutputTokens must be between 1 and 1000000.";
        foreach (var (key, value) in new[]
        {
            ("FirstToken", options.Timeouts.FirstToken), ("Stall", options.Timeouts.Stall), ("Total", options.Timeouts.Total),
        })
            if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
                yield return $"Timeouts:{key} must be more than 0 and at most a day.";
        if (options.Retry.Retries is < 0 or > 10)
            yield return "Retry:Retries must be between 0 and 10.";
        if (options.Retry.BaseDelay < TimeSpan.Zero || options.Retry.BaseDelay > options.Retry.MaxDelay || options.Retry.MaxDelay > TimeSpan.FromHours(1))
            yield return "Retry:BaseDelay must be between 0 and MaxDelay, and MaxDelay at most an hour.";
        if (options.Circuit.Failures is < 2 or > 100)
            yield return "Circuit:Failures must be between 2 and 100.";
        foreach (var (key, value) in new[] { ("Window", options.Circuit.Window), ("Break", options.Circuit.Break) })
            if (value < TimeSpan.FromMilliseconds(500) || value > TimeSpan.FromHours(1))
                yield return $"Circuit:{key} must be between half a second and an hour.";
    }
}
