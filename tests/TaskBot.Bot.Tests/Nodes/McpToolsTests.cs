using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Testing.Models;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Nodes;

public sealed class McpToolsTests : IAsyncLifetime
{
    readonly FakeMcpServer server = new();
    NodeLab lab = null!;
    TreeId tree;

    public async Task InitializeAsync()
    {
        lab = await NodeLab.CreateAsync();
        lab.Keys["PATH"] = Environment.GetEnvironmentVariable("PATH")!;
        lab.Settings["Models:Mcp:fake:Command"] = FakeMcpServer.Command;
        for (var i = 0; i < server.Args.Count; i++) lab.Settings[$"Models:Mcp:fake:Args:{i}"] = server.Args[i];
        tree = await lab.TreeAsync(("a.txt", "one\n"));
    }

    public async Task DisposeAsync()
    {
        await lab.DisposeAsync();
        server.Dispose();
    }

    [Fact]
    public async Task An_agent_calls_a_servers_tool_and_what_it_then_says_is_not_trusted()
    {
        Call("fake__echo", ("text", "said from outside"));
        lab.Reply("It says: said from outside.", "nobody has checked");

        var result = (await ExploreAsync("fake.echo")).ShouldBeOfType<NodeResult.Succeeded>();

        result.Outputs["text"].ToString().ShouldBe("It says: said from outside.");
        result.FromOutside.ShouldBeTrue();
        server.Started.Count.ShouldBe(1);
        server.IsRunning.ShouldBeFalse();
    }

    [Fact]
    public async Task A_tool_that_was_not_called_leaves_the_trust_as_it_is()
    {
        lab.Reply("I know it already.");
        (await ExploreAsync("fake.*")).ShouldBeOfType<NodeResult.Succeeded>().FromOutside.ShouldBeFalse();
    }

    [Fact]
    public async Task A_node_that_names_no_tool_starts_no_server()
    {
        lab.Reply("I know it already.");
        (await ExploreAsync()).ShouldBeOfType<NodeResult.Succeeded>();
        server.Started.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("fake.nothing", "it has no tool 'nothing'; it has echo")]
    [InlineData("other.echo", "no server of tools of this name; Models:Mcp has fake")]
    [InlineData("echo", "a tool is written as server.tool")]
    public async Task A_tool_that_is_not_there_is_said(string tool, string said) =>
        (await ExploreAsync(tool)).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain(said);

    [Fact]
    public async Task Reasoning_uses_a_servers_tool_with_a_json_argument()
    {
        lab.Reply(Step("fake__echo", "not json", null), "fake__variables");
        lab.Replies.Insert(0, TaskValue.MapOf(("when", TaskValue.MapOf(("contains", "must be a JSON object"))), ("reply", Step("fake__echo", """{\"text\": \"from outside\"}""", null))));
        lab.Replies.Insert(0, TaskValue.MapOf(("when", TaskValue.MapOf(("contains", "from the tool fake.echo"))), ("reply", Step("none", "", "\"It is from outside.\""))));

        var result = (await lab.RunAsync("llm.reason", [("tree", tree.Value), ("question", "What is it?")], ("tools", TaskValue.ListOf(["fake.*"])))).ShouldBeOfType<NodeResult.Succeeded>();

        (result.Outputs["text"].ToString(), result.FromOutside).ShouldBe(("It is from outside.", true));
    }

    static string Step(string tool, string argument, string? answer) =>
        $$"""{"thought": "Look.", "tool": "{{tool}}", "argument": "{{argument}}", "alternatives": [], "deadEnd": false, "confidence": 0.9, "answer": {{answer ?? "null"}}}""";

    Task<NodeResult> ExploreAsync(params string[] tools) =>
        lab.RunAsync("llm.agent", [("tree", tree.Value), ("question", "What is it?")], ("tools", TaskValue.ListOf(tools.Select(TaskValue.FromString))));

    void Call(string tool, params (string, TaskValue)[] arguments) => lab.Replies.Add(TaskValue.MapOf(
        ("when", TaskValue.MapOf(("call", 1))), ("tool_calls", TaskValue.ListOf([TaskValue.MapOf(("name", tool), ("arguments", TaskValue.MapOf(arguments)))]))));
}
