using System.Text.Json;
using Microsoft.Extensions.AI;
using TaskBot.Models.Ledger;

namespace TaskBot.Models.Mcp;

/// <summary>
/// The tools of one configured server, for one node: from the server itself, or from the recording of a run that is over. The server ends with it.
/// </summary>
public sealed class McpServer(IModelRouter router, string name, LedgerScope scope) : IAsyncDisposable
{
    /// <summary>What a name begins with that means a server of tools, for <see cref="IModelRouter"/>.</summary>
    public const string Prefix = "mcp/";

    private readonly IChatClient _client = router.GetClient(Prefix + name, scope);

    /// <summary>How the server is configured.</summary>
    public string Name => name;

    /// <summary>Its tools.</summary>
    /// <exception cref="Errors.ModelException">It does not start, or lists none.</exception>
    public async Task<IReadOnlyList<McpTool>> ListAsync(CancellationToken cancellationToken)
    {
        var response = await _client.GetResponseAsync("tools/list", options: null, cancellationToken);
        return JsonSerializer.Deserialize(response.Text, McpJson.Default.McpToolArray)!;
    }

    /// <summary>What a tool says, which is data of somebody else; what it gets wrong is said in its place.</summary>
    public async Task<string> CallAsync(string tool, IDictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        var call = new ChatMessage(ChatRole.User, [new FunctionCallContent("call", tool, arguments)]);
        return (await _client.GetResponseAsync([call], options: null, cancellationToken)).Text;
    }

    public ValueTask DisposeAsync() => _client.GetService<McpChatClient>()?.DisposeAsync() ?? ValueTask.CompletedTask;
}
