namespace TaskBot.Models.Mcp;

/// <summary>
/// A server of tools that speaks the Model Context Protocol: a program, on its standard input and output, or an address, over streamable HTTP. Whoever runs this program configures
/// it. A program runs as this user, outside of the sandbox of commands, with the PATH and the variables that are named here, and nothing else of this program's environment.
/// </summary>
public sealed class McpOptions
{
    /// <summary>The program; empty where there is a <see cref="Url"/>.</summary>
    public string Command { get; set; } = "";

    /// <summary>The server's address: https, or http on this machine; null where there is a <see cref="Command"/>.</summary>
    public Uri? Url { get; set; }

    /// <summary>The environment variable with the key that an address is asked with, as a bearer token; null for none.</summary>
    public string? KeyVariable { get; set; }

    /// <summary>Where the server is, in one word: its host or its program.</summary>
    internal string Place => Url?.Authority ?? Command;

    public IList<string> Args { get; } = [];

    /// <summary>Environment variables of this program that the server gets, by name.</summary>
    public IList<string> Variables { get; } = [];

    /// <summary>How long starting it, and one call of a tool, may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);
}
