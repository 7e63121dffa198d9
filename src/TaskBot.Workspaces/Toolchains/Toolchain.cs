namespace TaskBot.Workspaces.Toolchains;

/// <summary>How a project is built and tested, as far as known.</summary>
/// <param name="Name">Of the tool, such as <c>dotnet</c>, <c>npm</c>, <c>pytest</c>; <c>project</c> for commands that the project names itself.</param>
/// <param name="Folder">Where the commands run, from the root, forward slashes; empty for the root.</param>
/// <param name="Restore">A shell line that fetches packages, the one step that needs the network; null when there is nothing to fetch.</param>
/// <param name="Build">A shell line; null when there is nothing to build.</param>
/// <param name="Test">A shell line; null when no tests are known.</param>
/// <param name="Reports">Globs from <paramref name="Folder"/> of report files that the test line writes; read with its output.</param>
/// <param name="Reason">The file that gave it away, for people.</param>
public sealed record Toolchain(
    string Name, string Folder, string? Restore, string? Build, string? Test, IReadOnlyList<string> Reports, string Reason);

/// <summary>The shell lines that a project names itself; each one given wins over what is detected.</summary>
public sealed record ProjectCommands(string? Restore, string? Build, string? Test);
