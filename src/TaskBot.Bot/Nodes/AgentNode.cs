using System.Collections.Immutable;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Models.Tools;

namespace TaskBot.Bot.Nodes;

/// <summary>Lets a model look around in a tree, a bounded number of times, and say what it found. It can read and search, and change nothing.</summary>
public sealed class AgentNode(RunScope scope) : ModelNode(scope)
{
    public const string TypeName = "llm.agent";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Explores a tree with tools that read and search, and answers a question.")
    {
        Attributes =
        [
            .. NodeModel.Attributes("code"),
            new("maxRounds", ValueKind.Integer, "How often the model may call tools before it has to answer.") { Default = 12 },
            new("maxTokens", ValueKind.Integer, "What all tools together may say.") { Default = 30_000, Unit = "tokens" },
            McpTools.Attribute,
        ],
        Inputs =
        [
            new("tree", ValueKind.Tree, "What is explored.") { Required = true },
            new("question", ValueKind.Text, "What is to be found out.") { Required = true },
            new("notes", ValueKind.List, "What earlier attempts taught."),
            new("context", ValueKind.Any, "Texts to know; several may be connected."),
        ],
        Outputs =
        [
            new("text", ValueKind.Text, "What was found, in Markdown."),
            new("files", ValueKind.List, "Paths that were read or found on the way."),
        ],
    };

    public override NodeTypeSchema Schema => TypeSchema;

    public override ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(McpTools.Describe(Scope, node, Model.Describe(node)));

    public override async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(run.Text("question"))) return NodeResult.Failure($"{run.Node.Path} has no question to explore.");
        var tools = new TreeTools(Scope, run, Scope.Objects.Tree(run.Tree("tree")), run.Node.Integer("maxTokens"));
        await using var servers = new McpTools(Scope, Model.AccountOf(run), tools);
        var answer = await Model.AskAsync(
            run,
            [
                ("context", run.Context()),
                ("question", DataBlock.Of("task", run.Text("question"))),
                ("notes", DataBlock.List("notes: what earlier attempts taught", run.Texts("notes"))),
            ],
            async (client, messages, options) =>
            {
                options.Tools = [.. tools.All, .. await servers.OpenAsync(run.Node, cancellationToken)];
                var response = await ToolLoop.RunAsync(client, messages, options, run.Node.Integer("maxRounds"), cancellationToken);
                return response.Messages[^1].Text.Trim() is { Length: > 0 } text
                    ? ModelAnswer<string>.Of(text)
                    : ModelAnswer<string>.End(NodeResult.Failure("The model looked around and said nothing."));
            });
        return answer.Ending
            ?? NodeResult.Success(("text", answer.Value), ("files", TaskValue.ListOf(tools.Seen.Select(TaskValue.FromString)))) with { FromOutside = servers.WereUsed };
    }
}
