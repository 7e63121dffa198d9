using Microsoft.Extensions.AI;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Workspaces.Files;

namespace TaskBot.Bot.Nodes;

/// <summary>What a model drew or spoke, as a file of a tree.</summary>
static class MediaFile
{
    /// <summary>The schema of a type that makes one.</summary>
    /// <param name="summary">What it does.</param>
    /// <param name="profile">Who is asked.</param>
    /// <param name="text">What its text says.</param>
    /// <param name="mediaType">What the file is.</param>
    /// <param name="attributes">What it has besides.</param>
    public static NodeTypeSchema Schema(string type, string summary, string profile, string text, string mediaType, params IEnumerable<AttributeSchema> attributes) => new(type, summary)
    {
        Attributes = [.. NodeModel.PlainAttributes(profile), new("path", ValueKind.Text, "Where the file stands in the tree.") { Required = true }, .. attributes],
        Inputs = [new("tree", ValueKind.Tree, "The tree that the file is put into; without one it stands alone."), new("text", ValueKind.Text, text) { Required = true }],
        Outputs = [new("tree", ValueKind.Tree, "The tree with the file."), new("mediaType", ValueKind.Text, mediaType)],
    };

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
