using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Workspaces.Checkouts;

namespace TaskBot.Bot.Nodes;

/// <summary>The attribute with which a node that runs commands asks for some folders of its tree only, as is worth it in a large repository.</summary>
static class SparseCheckout
{
    public static AttributeSchema Attribute { get; } = new(
        "sparse", ValueKind.List, "The only folders of the tree that the files are taken from, with the files beside and above them; without it all.");

    /// <summary>Why the node's list cannot be used; null where it can, or is not given.</summary>
    public static NodeResult.Failed? Refuse(NodeRun run) =>
        run.Node.Texts(Attribute.Name).Where(folder => !CheckoutPool.IsFolder(folder)).ToList() is { Count: > 0 } wrong
            ? NodeResult.Failure($"{run.Node.Path} lists in 'sparse' what is no folder: {string.Join(", ", wrong.Select(folder => $"'{folder}'"))}. Write paths from the repository's root, such as 'src/web', without wildcards.")
            : null;

    /// <summary>The folders; null for all.</summary>
    public static IReadOnlyList<string>? Folders(NodeRun run) => run.Node.Texts(Attribute.Name) is { IsEmpty: false } folders ? folders : null;
}
