using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.AI;
using TaskBot.Bot.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Models.Mcp;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// The tools of servers that a node names, besides those of its tree. What they say is data from outside; their servers run as long as the node does.
/// </summary>
/// <param name="reading">Counts what the node has read.</param>
sealed class McpTools(RunScope scope, LedgerScope account, TreeTools reading) : IAsyncDisposable
{
    public static AttributeSchema Attribute { get; } = new("tools", ValueKind.List, "Tools of servers that Models:Mcp configures, as server.tool or server.*; what is made with them is not trusted.") { Default = TaskValue.ListOf([]) };

    readonly List<McpServer> servers = [];

    /// <summary>Whether anything was asked of a server, so that what the node gives may come from anywhere.</summary>
    public bool WereUsed { get; private set; }

    /// <summary>What the results depend on besides the node's attributes: how its servers are started.</summary>
    public static ImmutableSortedDictionary<string, string> Describe(RunScope scope, TaskNode node, ImmutableSortedDictionary<string, string> environment) =>
        node.Texts(Attribute.Name).Where(text => text.Contains('.', StringComparison.Ordinal)).Select(text => text.Split('.')[0]).Distinct(StringComparer.Ordinal)
            .Aggregate(environment, (all, server) => all.Add(McpServer.Prefix + server, scope.Models.Describe(McpServer.Prefix + server)));

    /// <summary>Starts the servers and finds the tools.</summary>
    /// <exception cref="ModelException">A server is not configured, does not start, or has no such tool.</exception>
    public async Task<IReadOnlyList<AIFunction>> OpenAsync(TaskNode node, CancellationToken cancellationToken)
    {
        var functions = new List<AIFunction>();
        foreach (var wanted in node.Texts(Attribute.Name).GroupBy(ServerOf, StringComparer.Ordinal))
        {
            var server = new McpServer(scope.Models, wanted.Key, account);
            servers.Add(server);
            var tools = await server.ListAsync(cancellationToken);
            foreach (var name in wanted.Select(text => text[(wanted.Key.Length + 1)..]))
            {
                var found = tools.Where(tool => name == "*" || tool.Name == name).ToList();
                if (found.Count == 0) throw new ModelException(ModelErrorKind.NotConfigured, McpServer.Prefix + wanted.Key, wanted.Key, $"it has no tool '{name}'; it has {string.Join(", ", tools.Select(tool => tool.Name))}");
                functions.AddRange(found.Select(tool => new Function(server, tool, text =>
                {
                    WereUsed = true;
                    return reading.Say($"from the tool {server.Name}.{tool.Name}, which nobody has checked", text);
                })));
            }
        }

        return [.. functions.DistinctBy(function => function.Name)];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers) await server.DisposeAsync();
    }

    static string ServerOf(string text) => text.IndexOf('.', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1
        ? text[..at] : throw new ModelException(ModelErrorKind.NotConfigured, text, "Models:Mcp", "a tool is written as server.tool, or server.* for all of a server's");

    /// <summary>A tool as a model sees it. Vendors take no dot in a name, so that two underscores stand for it.</summary>
    sealed class Function(McpServer server, McpTool tool, Func<string, string> tell) : AIFunction
    {
        public override string Name => $"{server.Name}__{tool.Name}";

        public override string Description => tool.Description;

        public override JsonElement JsonSchema => tool.Schema;

        protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
        {
            return tell(await server.CallAsync(tool.Name, arguments.ToDictionary(argument => argument.Key, argument => argument.Value, StringComparer.Ordinal), cancellationToken));
        }
    }
}
