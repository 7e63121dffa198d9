using System.Collections.Immutable;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Tests.Graphs;

/// <summary>Writes graphs down in tests: <c>new GraphBuilder().Branch("/t").Leaf("/t/a", "step", inputs: [("in", "/t.text")])</c>.</summary>
sealed class GraphBuilder
{
    readonly ImmutableSortedDictionary<NodePath, TaskNode>.Builder nodes = ImmutableSortedDictionary.CreateBuilder<NodePath, TaskNode>();

    public GraphBuilder()
    {
    }

    public GraphBuilder(TaskGraph graph) => nodes.AddRange(graph.Nodes);

    public GraphBuilder Branch(string path, (string Name, TaskValue Value)[]? attributes = null, string[]? needs = null, string[]? untrusted = null) =>
        Leaf(path, TaskNode.GraphType, attributes, needs, untrusted: untrusted);

    public GraphBuilder Leaf(
        string path, string type = "step", (string Name, TaskValue Value)[]? attributes = null, string[]? needs = null,
        (string Name, string From)[]? inputs = null, string[]? untrusted = null)
    {
        nodes[NodePath.Parse(path)] = new(
            NodePath.Parse(path),
            type,
            (attributes ?? []).ToImmutableSortedDictionary(attribute => attribute.Name, attribute => attribute.Value, StringComparer.Ordinal),
            [.. (needs ?? []).Select(NodePath.Parse)],
            (inputs ?? []).GroupBy(input => input.Name, input => Output(input.From))
                .ToImmutableSortedDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal),
            (untrusted ?? []).ToImmutableSortedSet(StringComparer.Ordinal),
            new SourceLocation("test.task.yml", nodes.Count + 1, 1));
        return this;
    }

    public GraphBuilder Without(string path)
    {
        nodes.Remove(NodePath.Parse(path));
        return this;
    }

    public TaskGraph Build() => new(nodes.Count == 0 ? NodePath.Root : nodes.Keys.First(), nodes.ToImmutable());

    static OutputPath Output(string text) => new(NodePath.Parse(text[..text.IndexOf('.')]), text[(text.IndexOf('.') + 1)..]);
}

/// <summary>A node type that does what a test says.</summary>
sealed class TestNodeType(NodeTypeSchema schema, Func<NodeRun, CancellationToken, ValueTask<NodeResult>> work) : INodeType
{
    public TestNodeType(string name, Func<NodeRun, NodeResult> work)
        : this(new NodeTypeSchema(name, "Does what the test says.") { AcceptsUntrusted = true }, (run, _) => ValueTask.FromResult(work(run)))
    {
    }

    public NodeTypeSchema Schema { get; } = schema;

    public Func<ImmutableSortedDictionary<string, string>> Environment { get; set; } = () => ImmutableSortedDictionary<string, string>.Empty;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Environment());

    /// <summary>What things are that nodes read, by name.</summary>
    public IReadOnlyDictionary<string, string> World { get; init; } = new Dictionary<string, string>();

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeReadsAsync(
        TaskNode node, IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        ValueTask.FromResult(World.Where(entry => names.Contains(entry.Key)).ToImmutableSortedDictionary(StringComparer.Ordinal));

    public ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken) => work(run, cancellationToken);
}
