namespace TaskBot.Models.Mcp;

/// <summary>
/// A server of tools that speaks the Model Context Protocol on its standard input and output. Whoever runs this program configures it; it runs as this user, outside of the sandbox
/// of commands, with the PATH and the variables that are named here, and nothing else of this program's environment.
/// </summary>
public sealed class McpOptions
{
    /// <summary>The program.</summary>
    public string Command { get; set; } = "";

    public IList<string> Args { get; } = [];

    /// <summary>Environment variables of this program that the server gets, by name.</summary>
    public IList<string> Variables { get; } = [];

    /// <summary>How long starting it, and one call of a tool, may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);
}
