using Microsoft.Extensions.AI;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Workspaces.Files;

namespace TaskBot.Bot.Nodes;

/// <summary>What a model drew or spoke, as a file of a tree.</summary>
static class MediaFile
{
    public static AttributeSchema Path { get; } = new("path", ValueKind.Text, "Where the file stands in the tree.") { Required = true };

    public static PortSchema Input { get; } = new("tree", ValueKind.Tree, "The tree that the file is put into; without one it stands alone.");

    public static PortSchema Output { get; } = new("tree", ValueKind.Tree, "The tree with the file.");

    /// <summary>The picture or sound of an answer; null where it has none.</summary>
    public static ModelAnswer<DataContent> Of(ChatResponse response) =>
        response.Messages.SelectMany(message => message.Contents).OfType<DataContent>().FirstOrDefault() is { } data
            ? ModelAnswer<DataContent>.Of(data)
            : ModelAnswer<DataContent>.End(NodeResult.Failure($"{response.ModelId ?? "The model"} answered in words. Name a model that answers with what this node makes."));

    public static async Task<NodeResult> WriteAsync(RunScope scope, NodeRun run, DataContent data, CancellationToken cancellationToken)
    {
        var before = run.Inputs.ContainsKey("tree") ? run.Tree("tree") : await scope.Objects.EmptyTreeAsync(cancellationToken);
        var path = run.Node.Text("path")!;
        try
        {
            var after = await scope.Objects.WriteTreeAsync(before, [new FileChange(path, new FileEntry(FileKind.Regular, data.Data))], cancellationToken);
            run.Report($"Wrote {path}, {data.Data.Length} bytes of {data.MediaType}.");
            return NodeResult.Success(("tree", after.Value), ("mediaType", data.MediaType));
        }
        catch (ArgumentException exception)
        {
            return NodeResult.Failure($"'{path}' cannot be the path of a file: {exception.Message}");
        }
    }
}
