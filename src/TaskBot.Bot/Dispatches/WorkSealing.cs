using System.Collections.Immutable;
using System.Text.Json;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Sealing;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Authentication;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Dispatches;

/// <summary>Seals what a graph came to, and opens what was sealed: trees into the local object store, results into a cache.</summary>
static class WorkSealing
{
    /// <param name="results">What was found and made on the way.</param>
    public static async Task<SealedWork> SealAsync(
        string dispatch, RunResult result, IReadOnlyDictionary<NodeKey, NodeOutputs> results, GitRepository git, TreeId baseTree, CancellationToken cancellationToken)
    {
        var trees = ImmutableArray.CreateBuilder<SealedTree>();
        foreach (var tree in TreesIn(result).Where(tree => tree != baseTree)) trees.Add(await SealAsync(git, baseTree, tree, cancellationToken));
        // A graph that could not run at all has no reports, and composing it again gives the same problems.
        var nodes = result.Reports.Where(IsSealed).OrderBy(report => report.Node.Path).Select(report => Seal(report, report.Key is { } key ? results.GetValueOrDefault(key) : null));
        return new(dispatch, [.. nodes]) { Trees = trees.DrainToImmutable(), Results = [.. results.Values.Select(SealedOutputs.Of)] };
    }

    /// <summary>Stores the trees, each of which must come out as the one that it says it is.</summary>
    /// <exception cref="InvalidDataException">One does not; or it names a path that no tree may have.</exception>
    public static async Task OpenTreesAsync(SealedWork work, GitRepository git, TreeId baseTree, CancellationToken cancellationToken)
    {
        foreach (var tree in work.Trees)
        {
            try
            {
                var made = await git.WriteTreeAsync(baseTree, [.. tree.Files.Select(Change)], cancellationToken);
                if (made.Value != tree.Id) throw new InvalidDataException($"What is said to be the tree {tree.Id} is {made.Value}.");
            }
            catch (ArgumentException e)
            {
                throw new InvalidDataException($"The tree {tree.Id} cannot be: {e.Message}", e);
            }
        }
    }

    /// <summary>The trees that leaves gave.</summary>
    static IEnumerable<TreeId> TreesIn(RunResult result) => result.Reports
        .Where(report => !report.Node.IsBranch && report.State == NodeState.Succeeded)
        .SelectMany(report => (NodeTypes.Schemas.Find(report.Node.Type)?.Outputs ?? [])
            .Where(port => port.Kind == ValueKind.Tree && report.Outputs.ContainsKey(port.Name)).Select(port => new TreeId(report.Outputs[port.Name].Content.ToString())))
        .Distinct();

    static async Task<SealedTree> SealAsync(GitRepository git, TreeId baseTree, TreeId tree, CancellationToken cancellationToken)
    {
        var files = ImmutableArray.CreateBuilder<SealedFile>();
        foreach (var change in await git.ChangesAsync(baseTree, tree, cancellationToken))
        {
            var content = change.After is { } after ? await git.ReadBlobAsync(new BlobId(after.ObjectId), cancellationToken) : default(ReadOnlyMemory<byte>?);
            files.Add(new(change.Path, (change.After ?? change.Before!).Mode.Octal(), content?.ToArray()));
        }

        return new(tree.Value, files.DrainToImmutable());
    }

    static FileChange Change(SealedFile file) => new(
        file.Path,
        file.Content is null ? null : new FileEntry(
            EntryModes.Parse(System.Text.Encoding.ASCII.GetBytes(file.Mode.PadLeft(6, '0'))).FileKind() ?? throw new InvalidDataException($"'{file.Path}' is no file."), file.Content));

    /// <summary>What acts on the world is not done by a job, and what did not begin has nothing to tell.</summary>
    static bool IsSealed(NodeReport report) => !report.Node.IsBranch && NodeTypes.Schemas.Find(report.Node.Type) is not { IsEffect: true }
        && (report.Result is NodeResult.Skipped
            || report.State is NodeState.Succeeded or NodeState.Failed or NodeState.Denied or NodeState.OverBudget or NodeState.WaitingForHuman);

    static SealedNode Seal(NodeReport report, NodeOutputs? kept)
    {
        var failed = report.Result as NodeResult.Failed;
        return new(report.Node.Path.ToString(), report.State, TokenRedaction.Redact(Said(report)))
        {
            Values = failed is not null
                ? failed.Evidence.ToImmutableSortedDictionary(item => item.Key, item => Json(item.Value), StringComparer.Ordinal)
                : report.Outputs.ToImmutableSortedDictionary(output => output.Key, output => Json(output.Value.Content), StringComparer.Ordinal),
            Layer = (report.Result as NodeResult.Succeeded)?.Layer ?? kept?.Layer,
            IsFromOutside = report.Outputs.Values.Any(value => value.Trust == Trust.Untrusted),
            IsTimeout = failed?.IsTimeout ?? false,
        };
    }

    static string Said(NodeReport report) => report.Result switch
    {
        NodeResult.Failed failed => failed.Message,
        NodeResult.Skipped skipped => skipped.Reason,
        NodeResult.Denied denied => denied.Reason,
        NodeResult.OverBudget over => over.Reason,
        NodeResult.WaitingForHuman waiting => waiting.Question,
        _ => report.Why,
    };

    static JsonElement Json(TaskValue value)
    {
        using var document = JsonDocument.Parse(value.ToJson());
        return document.RootElement.Clone();
    }
}
