using System.Collections.Immutable;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Nodes;

/// <summary>Does nothing and gives its <c>value</c>: a point where branches join, or a value that several nodes connect to.</summary>
public sealed class NoopNode : IPureNodeType
{
    public const string TypeName = "core.noop";

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Does nothing and gives its value: a point where branches join.")
    {
        AcceptsUntrusted = true,
        Attributes = [new("value", ValueKind.Any, "What it gives.") { Default = true }],
        Inputs = [new("in", ValueKind.Any, "What it waits for; the values themselves are not looked at.")],
        Outputs = [new("value", ValueKind.Any, "Its value.")],
    };

    public NodeTypeSchema Schema => TypeSchema;

    public NodeResult Run(PureRun run) => new NodeResult.Succeeded(Outputs(run.Attribute("value") ?? true));

    static ImmutableSortedDictionary<string, TaskValue> Outputs(TaskValue value) =>
        ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal).Add("value", value);
}
