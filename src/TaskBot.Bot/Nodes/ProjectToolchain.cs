using System.Collections.Immutable;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Toolchains;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>How a project is built and tested: by its own commands, else by what the tree's files give away.</summary>
static class ProjectToolchain
{
    /// <summary>What a build or test depends on besides the tree.</summary>
    public static ImmutableSortedDictionary<string, string> Describe(Project project) =>
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal)
            .Add("commands", TaskValue.ListOf([project.Restore ?? "", project.Build ?? "", project.Test ?? "", project.Permissions.Network]).ToJson());

    /// <summary>The first toolchain that has such a line, and all that were found.</summary>
    public static async Task<(Toolchain? Chosen, IReadOnlyList<Toolchain> Known)> FindAsync(
        RunScope scope, TreeId tree, Func<Toolchain, string?> line, CancellationToken cancellationToken)
    {
        var own = new ProjectCommands(scope.Project.Restore, scope.Project.Build, scope.Project.Test);
        var known = await ToolchainDetector.DetectAsync(scope.Objects.Tree(tree), own, cancellationToken);
        return (known.FirstOrDefault(toolchain => line(toolchain) is not null), known);
    }

    /// <summary>Runs lines one after the other until one fails; a line that is null is passed over.</summary>
    /// <param name="lines">Each with whether it always may use the network, as fetching packages does.</param>
    public static async Task<CommandEnded> RunAsync(
        RunScope scope, NodeRun run, Checkout checkout, Toolchain toolchain, ImmutableArray<(string? Line, bool Network)> lines, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(checkout.Folder, toolchain.Folder);
        var last = new CommandEnded("", "", null);
        foreach (var (line, network) in lines)
        {
            if (line is null) continue;
            var request = CommandRequest.Shell(line, folder) with
            {
                Network = network || scope.Project.Permissions.Network,
                WritableFolders = [checkout.Folder],
            };
            last = await new TreeCommand(scope, run).RunAsync(request, line, cancellationToken);
            if (last.Failure is not null) return last;
        }

        return last;
    }
}
