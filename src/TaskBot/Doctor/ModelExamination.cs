using System.Globalization;
using TaskBot.Models;
using TaskBot.Models.Discovery;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Models.Mcp;

namespace TaskBot.Doctor;

/// <summary>Which models can be asked, whether they answer, and which servers of this machine nobody configured yet; and the servers of tools that somebody did.</summary>
static class ModelExamination
{
    const int NamedModels = 4;

    /// <summary>Each profile with the first of its models that can be asked, or with what each lacks.</summary>
    public static IEnumerable<Finding> Profiles(ModelRouter router)
    {
        foreach (var profile in router.Profiles)
        {
            var routes = router.Resolve(profile);
            yield return routes.FirstOrDefault(route => route.IsUsable) is { } usable
                ? Finding.Ok($"model profile {profile}", $"{usable.Model}@{usable.Provider}")
                : Finding.Missing($"model profile {profile}", string.Join("; ", routes.Select(route => $"{route.Model}@{route.Provider}: {route.Problem}")));
        }
    }

    /// <summary>One tiny request to each model that can be asked, and what it cost.</summary>
    public static async Task<IEnumerable<Finding>> AskAsync(ModelProbe probe, CancellationToken cancellationToken) =>
        (await probe.AskAllAsync(cancellationToken)).Select(probed =>
        {
            var subject = $"model {probed.Route.Model}@{probed.Route.Provider}";
            var cost = probed.CostUsd == 0 ? "for nothing" : string.Create(CultureInfo.InvariantCulture, $"for at most ${probed.CostUsd:0.######}");
            return probed.Problem is { } problem
                ? Finding.Missing(subject, $"{probed.Route.Host}: {problem}.")
                : Finding.Ok(subject, string.Create(CultureInfo.InvariantCulture, $"{probed.Route.Host} answered in {probed.Took.TotalSeconds:0.0} s, {cost}."));
        });

    /// <summary>Model servers of this machine.</summary>
    public static async Task<IEnumerable<Finding>> LocalServersAsync(LocalServers servers, CancellationToken cancellationToken) =>
        (await servers.FindAsync(cancellationToken)).Select(server => server.Problem is { } problem
            ? Finding.Missing($"local {server.Name}", $"{server.BaseUrl}: {problem}.")
            : Finding.Ok($"local {server.Name}", $"{server.BaseUrl} has {Some(server.Models)}. To use it: OPENAI_BASE_URL={server.BaseUrl} and --model {server.Models[0]}."));

    /// <summary>Whether the servers of tools that are configured answer, and with which tools.</summary>
    public static async Task<IReadOnlyList<Finding>> ToolServersAsync(IModelRouter router, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            await using var server = new McpServer(router, name, LedgerScope.Unlimited);
            try
            {
                var tools = await server.ListAsync(cancellationToken);
                findings.Add(Finding.Ok($"tools {name}", $"{router.Describe(McpServer.Prefix + name)} has {(tools.Count == 0 ? "no tools" : Some([.. tools.Select(tool => tool.Name)]))}."));
            }
            catch (ModelException e)
            {
                findings.Add(Finding.Missing($"tools {name}", $"{e.Message}. Look at Models:Mcp:{name}."));
            }
        }

        return findings;
    }

    static string Some(IReadOnlyCollection<string> models) =>
        string.Join(", ", models.Take(NamedModels)) + (models.Count > NamedModels ? string.Create(CultureInfo.InvariantCulture, $" and {models.Count - NamedModels} more") : "");
}
