using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Providers;
using TaskBot.Models.Tools;
using TaskBot.Testing;
using TaskBot.Testing.Models;

namespace TaskBot.Models.Tests.Tools;

public sealed class ToolLoopTests : IAsyncLifetime
{
    private readonly List<string> _read = [];
    private FakeOpenAIServer _server = null!;

    public async Task InitializeAsync() => _server = await FakeOpenAIServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_tool_is_called_and_its_result_is_sent_until_the_answer_comes()
    {
        _server.Enqueue(new FakeReply.ToolCall("read_file", """{"path": "a.cs"}"""), new FakeReply.Text("It is empty."));
        var response = await RunAsync(maxRounds: 3);
        response.Messages[^1].Text.ShouldBe("It is empty.");
        response.Messages.Count.ShouldBe(3);
        response.Usage!.InputTokenCount.ShouldBe(20);
        _read.ShouldBe(["a.cs"]);
        _server.Requests[1].Text.ShouldContain("text of a.cs");
    }

    [Theory]
    [InlineData("delete_everything", "{}", "There is no tool 'delete_everything'; there are read_file.")]
    [InlineData("read_file", "{}", "The arguments do not fit: the value lacks 'path'.")]
    [InlineData("read_file", """{"path": 7}""", "The arguments do not fit: /path must be string, not the number 7.")]
    public async Task What_the_model_gets_wrong_is_told_to_the_model(string tool, string arguments, string told)
    {
        _server.Enqueue(new FakeReply.ToolCall(tool, arguments), new FakeReply.Text("Sorry."));
        await RunAsync(maxRounds: 1);
        _server.Requests[1].Text.ShouldContain(told);
        _read.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_model_that_never_answers_is_stopped()
    {
        _server.Respond = _ => new FakeReply.ToolCall("read_file", """{"path": "a.cs"}""");
        var e = await Should.ThrowAsync<ModelException>(() => RunAsync(maxRounds: 2));
        e.Kind.ShouldBe(ModelErrorKind.Malformed);
        _server.Requests.Count.ShouldBe(3);
        _read.Count.ShouldBe(2);
    }

    private async Task<ChatResponse> RunAsync(int maxRounds)
    {
        var tool = AIFunctionFactory.Create(
            (string path) =>
            {
                _read.Add(path);
                return $"text of {path}";
            },
            "read_file");
        using var client = new OpenAIChatClient("m", new OpenAIEndpoint(_server.BaseUrl, null), new FakeTimeProvider());
        return await ToolLoop.RunAsync(
            client, [new ChatMessage(ChatRole.User, "What is in a.cs?")], new ChatOptions { Tools = [tool] }, maxRounds, CancellationToken.None);
    }
}
