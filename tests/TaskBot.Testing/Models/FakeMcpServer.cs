namespace TaskBot.Testing.Models;

/// <summary>A real server of tools, a script for Node, that speaks the Model Context Protocol and has tools that misbehave on purpose.</summary>
public sealed class FakeMcpServer : IDisposable
{
    /// <summary>
    /// One JSON-RPC message a line. <c>echo</c> says what it is given; <c>variables</c> the names of its environment; <c>fail</c> says that it failed; <c>wrong</c> breaks the protocol's
    /// rules; <c>endless</c> never answers; <c>huge</c> says two million characters; <c>die</c> ends the server.
    /// </summary>
    private const string Script =
        """
        import { createInterface } from 'node:readline';
        import { appendFileSync } from 'node:fs';
        const schema = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };
        const names = ['echo', 'variables', 'fail', 'wrong', 'endless', 'huge', 'die'];
        const say = message => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
        appendFileSync(process.argv[2], `${process.pid}\n`);
        const call = (id, { name, arguments: given }) => {
          if (name === 'endless') return;
          if (name === 'die') process.exit(1);
          if (name === 'wrong') return say({ id, error: { code: -32602, message: 'the arguments are wrong' } });
          const text = name === 'echo' ? given.text : name === 'variables' ? Object.keys(process.env).sort().join(' ') : name === 'huge' ? 'x'.repeat(2000000) : 'no luck';
          say({ id, result: { content: [{ type: 'text', text }], isError: name === 'fail' } });
        };
        createInterface({ input: process.stdin }).on('line', line => {
          const { id, method, params } = JSON.parse(line);
          if (id === undefined) return;
          if (method === 'initialize') say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'fake', version: '1' } } });
          else if (method === 'tools/list') say({ id, result: { tools: names.map(name => ({ name, description: `Does ${name}.`, inputSchema: name === 'echo' ? schema : { type: 'object' } })) } });
          else if (method === 'tools/call') call(id, params);
          else if (method === 'ping') say({ id, result: {} });
          else say({ id, error: { code: -32601, message: `no method ${method}` } });
        }).on('close', () => process.exit(0));
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskbot-mcp-");

    public FakeMcpServer() => File.WriteAllText(Path.Combine(_folder.FullName, "server.mjs"), Script);

    /// <summary>The program.</summary>
    public static string Command => "node";

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<string> Args => [Path.Combine(_folder.FullName, "server.mjs"), Path.Combine(_folder.FullName, "started")];

    /// <summary>The ids of the processes that were started, those that have ended among them.</summary>
    public IReadOnlyList<int> Started => File.Exists(Args[1]) ? [.. File.ReadAllLines(Args[1]).Select(int.Parse)] : [];

    /// <summary>Whether a process that was started still runs.</summary>
    public bool IsRunning => Started.Any(id => Directory.Exists($"/proc/{id}"));

    public void Dispose() => _folder.Delete(recursive: true);
}
