using System.Runtime.CompilerServices;
using TaskBot.Bot.Nodes;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Bot.Tests.Nodes;

public sealed class NodeTypesTests
{
    static IEnumerable<NodeTypeSchema> Leaves => NodeTypes.Schemas.All.Where(type => type.Name != TaskNode.GraphType);

    [Fact]
    public void The_table_in_the_readme_is_what_there_is()
    {
        var rows = File.ReadLines(Path.Combine(Root(), "src/TaskBot.Bot/Nodes/README.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal));

        rows.ShouldBe(Leaves.Select(type => $"| `{type.Name}` | {Names(type.Inputs)} | {Names(type.Outputs)} |"));

        static string Names(IEnumerable<PortSchema> ports) => string.Join(", ", ports.Select(port => port.Name));
    }

    [Fact]
    public void Every_type_that_has_a_file_is_listed()
    {
        var types = new[] { typeof(NodeTypes).Assembly, typeof(Engine.Nodes.INodeType).Assembly }.SelectMany(assembly => assembly.GetTypes()).Where(type => type.IsAssignableTo(typeof(Engine.Nodes.INodeType)) && !type.IsAbstract && type.GetField("TypeName") is not null)
            .Select(type => type.GetField("TypeName")!.GetRawConstantValue());

        types.ShouldBe(Leaves.Select(type => (object?)type.Name), ignoreOrder: true);
    }

    [Fact]
    public void Only_what_reads_and_what_a_person_decides_takes_untrusted_data() =>
        Leaves.Where(type => type.AcceptsUntrusted).Select(type => type.Name).ShouldBe(["context.files", "context.map", "context.memory", "context.search", "core.noop", "human.approve", "verify.premise"]);

    [Fact]
    public void Only_the_forge_acts_on_the_outside_world() =>
        Leaves.Where(type => type.IsEffect).ShouldAllBe(type => type.Name.StartsWith("forge."));

    [Fact]
    public void Every_attribute_and_port_is_described_in_a_sentence()
    {
        foreach (var type in Leaves)
        {
            type.Summary.ShouldEndWith(".");
            foreach (var summary in type.Attributes.Select(attribute => attribute.Summary).Concat(type.Inputs.Concat(type.Outputs).Select(port => port.Summary)))
                summary.ShouldEndWith(".");
        }
    }

    static string Root([CallerFilePath] string file = "") => Path.GetFullPath("../../..", Path.GetDirectoryName(file)!);
}
