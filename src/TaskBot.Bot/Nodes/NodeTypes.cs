using System.Collections.Immutable;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Nodes;

/// <summary>Every node type there is: as data for composing, and made for the runs that run them.</summary>
public static class NodeTypes
{
    public static NodeTypeCatalog Schemas { get; } = new(
        AgentNode.TypeSchema,
        AnswerNode.TypeSchema,
        BuildNode.TypeSchema,
        ClarifyNode.TypeSchema,
        CliAgentNode.TypeSchema,
        CommandNode.TypeSchema,
        CommentNode.TypeSchema,
        ContextFilesNode.TypeSchema,
        ContextMapNode.TypeSchema,
        ContextMemoryNode.TypeSchema,
        ContextSearchNode.TypeSchema,
        EditNode.TypeSchema,
        HumanApproveNode.TypeSchema,
        ImageNode.TypeSchema,
        NoopNode.TypeSchema,
        PlanNode.TypeSchema,
        PlanReviewNode.TypeSchema,
        PremiseNode.TypeSchema,
        PullRequestNode.TypeSchema,
        ReasonNode.TypeSchema,
        RefineNode.TypeSchema,
        ReviewNode.TypeSchema,
        SpeechNode.TypeSchema,
        TestNode.TypeSchema,
        VerifyAnswerNode.TypeSchema,
        VerifyRunNode.TypeSchema,
        VoteNode.TypeSchema);

    /// <summary>The same types, ready to run nodes of one run.</summary>
    public static ImmutableArray<INodeType> Create(RunScope scope) =>
    [
        new AgentNode(scope),
        new AnswerNode(scope),
        new BuildNode(scope),
        new ClarifyNode(scope),
        new CliAgentNode(scope),
        new CommandNode(scope),
        new CommentNode(scope),
        new ContextFilesNode(scope),
        new ContextMapNode(scope),
        new ContextMemoryNode(scope),
        new ContextSearchNode(scope),
        new EditNode(scope),
        new HumanApproveNode(),
        new ImageNode(scope),
        new NoopNode(),
        new PlanNode(scope),
        new PlanReviewNode(scope),
        new PremiseNode(scope),
        new PullRequestNode(scope),
        new ReasonNode(scope),
        new RefineNode(scope),
        new ReviewNode(scope),
        new SpeechNode(scope),
        new TestNode(scope),
        new VerifyAnswerNode(scope),
        new VerifyRunNode(scope),
        new VoteNode(scope),
    ];
}
