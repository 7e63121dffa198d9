using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine.Builds;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Storage.Results;

namespace TaskBot.Storage.Tests.Results;

/// <summary>A build of layers of nodes with its results and journal in a database: what <see cref="KilledBuildTests"/> runs and kills.</summary>
static class BuildHost
{
    public const int Nodes = 20_000;
    const int Width = 50;

    static readonly NodePath Root = NodePath.Parse("/build");

    public static CompiledGraph Graph { get; } = Compile();

    /// <param name="ran">Is told how many nodes have run, after each.</param>
    public static BuildResult Run(DatabaseOptions options, Action<int> ran)
    {
        var count = 0;
        using var store = SqliteBuildStore.Open(options, TimeProvider.System, NullLogger<SqliteBuildStore>.Instance);
        using var build = new GraphBuild(
            Graph, new(Graph), Program.Run, 1, [new AddingNode(() => ran(++count))], store, TimeProvider.System, NullLogger<GraphBuild>.Instance);
        return build.Run(CancellationToken.None);
    }

    static CompiledGraph Compile()
    {
        var builder = new CompiledGraph.Builder(Root);
        for (var i = 0; i < Nodes; i++)
        {
            var inputs = ImmutableSortedDictionary.Create<string, ImmutableArray<OutputPath>>(StringComparer.Ordinal);
            if (i >= Width) inputs = inputs.Add("in", [.. new[] { i - Width, (((i / Width) - 1) * Width) + ((i + 1) % Width) }.Select(source => new OutputPath(Root.Child($"n{source}"), "sum"))]);
            var attributes = ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal).Add("add", i);
            builder.Add(new(Root.Child($"n{i}"), AddingNode.TypeSchema.Name, attributes, [], inputs, [], new("host", 0, 0)));
        }

        return builder.ToGraph();
    }

    /// <summary>Gives a number that every node before it has changed.</summary>
    sealed class AddingNode(Action ran) : IPureNodeType
    {
        public static NodeTypeSchema TypeSchema { get; } = new("add", "Adds.");

        public NodeTypeSchema Schema => TypeSchema;

        public NodeResult Run(PureRun run)
        {
            var sum = ((TaskValue.Integer)run.Attribute("add")!).Value;
            if (run.Input("in")?.Content is TaskValue.List { Items: var items })
                foreach (var item in items) sum = unchecked((sum * 31) + ((TaskValue.Integer)item).Value);
            ran();
            return NodeResult.Success(("sum", sum));
        }
    }
}
