using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Commands;

namespace TaskBot.Bot.Nodes;

/// <summary>Runs a command on the files of a tree. Only what its layer says is run: no input's value ever becomes part of the line.</summary>
public sealed class CommandNode(RunScope scope) : INodeType
{
    public const string TypeName = "command";

    /// <summary>In characters: what every system lets a variable hold.</summary>
    const int LongestValue = 30_000;

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Runs a command on the files of a tree.")
    {
        Resources = TaskValue.MapOf(("cpu", 1)),
        Attributes =
        [
            new("run", ValueKind.Text, "A line for the shell (bash, else sh); it stops at the first error."),
            new("args", ValueKind.List, "Instead of 'run': a program and its arguments, without a shell."),
            new("writes", ValueKind.Truth, "True where the files that the command leaves are its result; what .gitignore names is not.") { Default = false },
            new("network", ValueKind.Truth, "True where it may use the network.") { Default = false },
            SparseCheckout.Attribute,
        ],
        Inputs =
        [
            new("tree", ValueKind.Tree, "The files that it finds; without one it starts in an empty folder."),
            new("value", ValueKind.Any, "What it finds in the variable VALUE: text as it is, anything else as JSON."),
        ],
        Outputs =
        [
            new("tree", ValueKind.Tree, "The files that it left where it writes, else those that it found."),
            new("log", ValueKind.Text, "The end of what it wrote, both streams."),
            new("exitCode", ValueKind.Integer, "0; another one is a failure."),
        ],
    };

    public NodeTypeSchema Schema => TypeSchema;

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var line = run.Node.Text("run");
        var arguments = run.Node.Texts("args");
        if (line is null == arguments.IsEmpty)
            return NodeResult.Failure($"{run.Node.Path} must say what to run, once: write 'run: make lint', or 'args: [make, lint]'.");

        if (SparseCheckout.Refuse(run) is { } refused) return refused;
        var value = run.Inputs.GetValueOrDefault("value")?.Content.ToString();
        if (value?.Length > LongestValue) return NodeResult.Failure($"The value for {run.Node.Path} has {value.Length} characters; a command can be given {LongestValue}.");
        var tree = run.Inputs.ContainsKey("tree") ? run.Tree("tree") : await scope.Objects.EmptyTreeAsync(cancellationToken);
        await using var checkout = await scope.Checkouts.RentAsync(tree, keepIgnored: false, SparseCheckout.Folders(run), cancellationToken);
        var request = line is not null
            ? CommandRequest.Shell(line, checkout.Folder)
            : new CommandRequest { Arguments = arguments, WorkingFolder = checkout.Folder };
        var ended = await new TreeCommand(scope, run).RunAsync(request with { Network = run.Node.Truth("network"), Environment = value is null ? request.Environment : new Dictionary<string, string>(request.Environment, StringComparer.Ordinal) { ["VALUE"] = value } }, line ?? string.Join(' ', arguments), cancellationToken);
        if (ended.Failure is { } failure) return failure;
        if (!run.Node.Truth("writes")) return NodeResult.Success(("tree", tree.Value), ("log", ended.Log), ("exitCode", 0));

        var after = await checkout.SnapshotAsync(cancellationToken);
        var changes = await scope.Objects.ChangesAsync(tree, after, cancellationToken);
        run.Report($"Changed {changes.Count} files.");
        return NodeResult.Success(("tree", after.Value), ("log", ended.Log), ("exitCode", 0));
    }
}
