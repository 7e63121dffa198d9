using System.Text.Json;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Providers;
using TaskBot.Testing.Models;

namespace TaskBot.Models.Tests.Providers;

public sealed class OpenAIChatClientTests : ChatClientTests
{
    protected override async Task<FakeModelServer> StartServerAsync() => await FakeOpenAIServer.StartAsync();

    protected override IChatClient CreateClient(Uri address, string? key) => new OpenAIChatClient("m", new OpenAIEndpoint(address, key), Time);

    protected override void ShouldHaveSentTheTool(JsonElement first, JsonElement second)
    {
        first.GetProperty("tools")[0].GetProperty("function").GetProperty("name").GetString().ShouldBe("read_file");
        first.GetProperty("tool_choice").GetProperty("function").GetProperty("name").GetString().ShouldBe("read_file");
        var sent = second.GetProperty("messages");
        sent[2].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString()!.ShouldContain("a.cs");
        sent[3].GetProperty("tool_call_id").GetString().ShouldBe("call_1");
    }

    [Theory, MemberData(nameof(BothWays))]
    public async Task Tokens_that_were_spent_on_reasoning_are_counted(bool stream)
    {
        Server.Enqueue(new FakeReply.Text("Hi") { OutputTokens = 20, ReasoningTokens = 12 });
        (await AskAsync(stream)).Usage!.ReasoningTokenCount.ShouldBe(12);
    }

    [Fact]
    public async Task The_key_is_sent_as_a_bearer_token_and_no_key_as_no_header()
    {
        Server.Respond = _ => new FakeReply.Text("ok");
        await Client(Key).GetResponseAsync(Hello);
        await Client(key: null).GetResponseAsync(Hello);

        Server.Requests.Select(request => request.Authorization).ShouldBe([$"Bearer {Key}", null]);
    }

    [Theory]
    [InlineData(OutputLimitField.MaxCompletionTokens, "max_completion_tokens", "max_tokens")]
    [InlineData(OutputLimitField.MaxTokens, "max_tokens", "max_completion_tokens")]
    public async Task The_output_limit_is_written_where_the_server_reads_it(OutputLimitField field, string present, string absent)
    {
        Server.Enqueue(new FakeReply.Text("ok"));
        using var client = new OpenAIChatClient("m", new OpenAIEndpoint(Server.BaseUrl, null) { OutputLimitField = field }, Time);
        await client.GetResponseAsync(Hello, new ChatOptions { MaxOutputTokens = 77 });

        var body = Server.Requests.Single().Body;
        body.GetProperty(present).GetInt32().ShouldBe(77);
        body.TryGetProperty(absent, out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Options_instructions_images_and_schemas_are_sent_and_the_prompt_name_is_not()
    {
        Server.Enqueue(new FakeReply.Text("{}"));
        using var schema = JsonDocument.Parse("""{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false}""");
        var options = new ChatOptions
        {
            Instructions = "Obey.",
            Temperature = 0.5f,
            Seed = 7,
            StopSequences = ["END"],
            Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Low },
            ResponseFormat = ChatResponseFormat.ForJsonSchema(schema.RootElement, "plan"),
            AdditionalProperties = new() { ["prompt"] = "secret-name" },
        };
        await Client().GetResponseAsync([new ChatMessage(ChatRole.User,
            [new TextContent("What is this?"), new DataContent(new byte[] { 1, 2, 3 }, "image/png")])], options);

        var body = Server.Requests.Single().Body;
        body.GetProperty("temperature").GetSingle().ShouldBe(0.5f);
        body.GetProperty("seed").GetInt32().ShouldBe(7);
        body.GetProperty("stop")[0].GetString().ShouldBe("END");
        body.GetProperty("reasoning_effort").GetString().ShouldBe("low");
        body.GetProperty("response_format").GetProperty("json_schema").GetProperty("strict").GetBoolean().ShouldBeTrue();
        body.GetProperty("messages")[0].GetProperty("content").ToString().ShouldContain("Obey.");
        body.GetProperty("messages")[1].GetProperty("content")[1].GetProperty("image_url").GetProperty("url").GetString()
            .ShouldBe("data:image/png;base64,AQID");
        body.GetRawText().ShouldNotContain("secret-name");
    }

    [Theory]
    [InlineData("""{"choices": []}""", ModelErrorKind.Malformed, false)]
    [InlineData("""{"choices": [{"message": {"content": 7}, "finish_reason": "stop"}]}""", ModelErrorKind.Empty, false)]
    [InlineData("data: {not json\n\n", ModelErrorKind.Malformed, true)]
    public async Task An_answer_that_is_no_completion_has_its_kind(string body, ModelErrorKind kind, bool stream) =>
        await ShouldFailAsync(new FakeReply.Raw(body), kind, stream);
}
