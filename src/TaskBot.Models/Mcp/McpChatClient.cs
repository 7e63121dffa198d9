using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using TaskBot.Models.Errors;
using TaskBot.Models.Providers;

namespace TaskBot.Models.Mcp;

/// <summary>
/// One server of tools, asked as models are, so that what it said is recorded with the run and played again without it. A request without a call asks for the list of tools; one
/// with a call runs it. The server is started with the first request and ends with the client. What a tool gets wrong is its answer; a server that does not start is a
/// <see cref="ModelException"/>.
/// </summary>
internal sealed class McpChatClient(string name, McpOptions options, ModelEnvironment environment, TimeProvider time) : IChatClient, IAsyncDisposable
{
    /// <summary>In characters; what is longer is cut.</summary>
    private const int LongestResult = 100_000;

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _starting = new(1, 1);
    private McpClient? _server;

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var call = messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().FirstOrDefault();
        var server = await StartAsync(cancellationToken);
        var text = call is null ? await ListAsync(server, cancellationToken) : await CallAsync(server, call, cancellationToken);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, text)) { FinishReason = ChatFinishReason.Stop };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
            yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        // Ending a server takes waiting, which is DisposeAsync's.
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
            await server.DisposeAsync();
        _starting.Dispose();
    }

    private async Task<McpClient> StartAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            return _server ??= await ConnectAsync(cancellationToken);
        }
        finally
        {
            _starting.Release();
        }
    }

    private async Task<McpClient> ConnectAsync(CancellationToken cancellationToken)
    {
        using var limit = new Limit(options.Timeout, time, cancellationToken);
        try
        {
            return await McpClient.CreateAsync(
                Transport(),
                new McpClientOptions { ClientInfo = new Implementation { Name = "taskbot", Version = "0.1" }, InitializationTimeout = options.Timeout },
                loggerFactory: null, limit.Token);
        }
        catch (Exception e) when (IsServers(e) && !cancellationToken.IsCancellationRequested)
        {
            // What it wrote may hold anything, its variables among it.
            throw new ModelException(ModelErrorKind.Unreachable, $"mcp/{name}", options.Place, "the server of tools does not start or does not speak its protocol", e);
        }
    }

    private IClientTransport Transport() => options.Url is { } url
        ? new HttpClientTransport(
            new HttpClientTransportOptions
            {
                Name = name,
                Endpoint = url,
                TransportMode = HttpTransportMode.StreamableHttp,
                ConnectionTimeout = options.Timeout,
                AdditionalHeaders = environment.Get(options.KeyVariable) is { } key ? new Dictionary<string, string>(StringComparer.Ordinal) { ["Authorization"] = $"Bearer {key}" } : null,
            },
            loggerFactory: null)
        : new StdioClientTransport(new StdioClientTransportOptions
        {
            Name = name,
            Command = options.Command,
            Arguments = options.Args,
            InheritEnvironmentVariables = false,
            EnvironmentVariables = options.Variables.Append("PATH").Distinct(StringComparer.Ordinal).ToDictionary(variable => variable, environment.Get, StringComparer.Ordinal),
            ShutdownTimeout = Farewell,
        });

    private async Task<string> ListAsync(McpClient server, CancellationToken cancellationToken)
    {
        using var limit = new Limit(options.Timeout, time, cancellationToken);
        try
        {
            var tools = await server.ListToolsAsync(options: null, limit.Token);
            return JsonSerializer.Serialize([.. tools.Select(tool => new McpTool(tool.Name, tool.Description, tool.JsonSchema))], McpJson.Default.McpToolArray);
        }
        catch (Exception e) when (IsServers(e) && !cancellationToken.IsCancellationRequested)
        {
            throw new ModelException(ModelErrorKind.Malformed, $"mcp/{name}", options.Place, "the server does not list its tools", e);
        }
    }

    private async Task<string> CallAsync(McpClient server, FunctionCallContent call, CancellationToken cancellationToken)
    {
        using var limit = new Limit(options.Timeout, time, cancellationToken);
        try
        {
            var result = await server.CallToolAsync(call.Name, new Dictionary<string, object?>(call.Arguments ?? new Dictionary<string, object?>()), progress: null, options: null, limit.Token);
            var text = string.Join('\n', result.Content.Select(block => block is TextContentBlock plain ? plain.Text : $"[{block.Type}: not shown]"));
            return (result.IsError == true ? "The tool failed: " : "") + (text.Length <= LongestResult ? text : $"{text.AsSpan(0, LongestResult)}\n[cut off here]");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"The tool failed: it took longer than {options.Timeout.TotalSeconds:0} s.";
        }
        catch (Exception e) when (IsServers(e) && !cancellationToken.IsCancellationRequested)
        {
            return e is McpException said ? $"The tool failed: {said.Message}" : "The tool failed: its server is gone or does not speak its protocol.";
        }
    }

    /// <summary>What the package throws when a server is not there, ends, is too slow, or says no.</summary>
    private static bool IsServers(Exception e) => e is McpException or IOException or InvalidOperationException or OperationCanceledException or TimeoutException or JsonException
        or System.ComponentModel.Win32Exception or HttpRequestException;

    /// <summary>A time that a server has.</summary>
    private sealed class Limit : IDisposable
    {
        private readonly CancellationTokenSource _time;
        private readonly CancellationTokenSource _either;

        public Limit(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
        {
            _time = new CancellationTokenSource(longest, time);
            _either = CancellationTokenSource.CreateLinkedTokenSource(_time.Token, cancellationToken);
        }

        public CancellationToken Token => _either.Token;

        public void Dispose()
        {
            _either.Dispose();
            _time.Dispose();
        }
    }
}
