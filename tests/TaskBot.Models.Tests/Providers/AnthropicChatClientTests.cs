using System.Text.Json;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Providers;
using TaskBot.Testing.Models;

namespace TaskBot.Models.Tests.Providers;

public sealed class AnthropicChatClientTests : ChatClientTests
{
    private const string Schema = """{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false}""";

    protected override async Task<FakeModelServer> StartServerAsync() => await FakeAnthropicServer.StartAsync();

    protected override IChatClient CreateClient(Uri address, string? key) => new AnthropicChatClient("m", new AnthropicEndpoint(address, key), Time);

    protected override void ShouldHaveSentTheTool(JsonElement first, JsonElement second)
    {
        first.GetProperty("tools")[0].GetProperty("name").GetString().ShouldBe("read_file");
        first.GetProperty("tools")[0].GetProperty("input_schema").GetProperty("required").GetArrayLength().ShouldBe(2);
        first.GetProperty("tool_choice").GetProperty("name").GetString().ShouldBe("read_file");
        var sent = second.GetProperty("messages");
        sent[1].GetProperty("content")[0].GetProperty("input").GetProperty("path").GetString().ShouldBe("a.cs");
        sent[2].GetProperty("content")[0].GetProperty("tool_use_id").GetString().ShouldBe("toolu_1");
    }

    [Fact]
    public async Task The_key_is_sent_in_its_header_and_an_environment_is_not_looked_at()
    {
        Server.Respond = _ => new FakeReply.Text("ok");
        await Client(Key).GetResponseAsync(Hello);
        await Client(key: null).GetResponseAsync(Hello);

        Server.Requests.Select(request => request.Authorization).ShouldBe([$"Bearer {Key}", "Bearer none"]);
    }

    [Fact]
    public async Task Options_images_and_schemas_are_sent_and_the_prompt_name_is_not()
    {
        Server.Enqueue(new FakeReply.Text("{}"));
        using var schema = JsonDocument.Parse(Schema);
        var options = new ChatOptions
        {
            Instructions = "Obey.",
            MaxOutputTokens = 77,
            StopSequences = ["END"],
            ResponseFormat = ChatResponseFormat.ForJsonSchema(schema.RootElement, "plan"),
            AdditionalProperties = new() { ["prompt"] = "secret-name" },
        };
        await Client().GetResponseAsync([new ChatMessage(ChatRole.User,
            [new TextContent("What is this?"), new DataContent(new byte[] { 1, 2, 3 }, "image/png")])], options);

        var body = Server.Requests.Single().Body;
        body.GetProperty("max_tokens").GetInt32().ShouldBe(77);
        body.GetProperty("stop_sequences")[0].GetString().ShouldBe("END");
        body.GetProperty("output_config").GetProperty("format").GetProperty("type").GetString().ShouldBe("json_schema");
        body.GetProperty("system").GetRawText().ShouldContain("Obey.");
        body.GetProperty("messages")[0].GetProperty("content")[1].GetProperty("source").GetProperty("data").GetString().ShouldBe("AQID");
        body.GetRawText().ShouldNotContain("secret-name");
    }

    [Fact]
    public async Task A_server_without_schemas_is_told_in_words()
    {
        Server.Enqueue(new FakeReply.Text("{}"));
        using var schema = JsonDocument.Parse(Schema);
        using var client = new AnthropicChatClient("m", new AnthropicEndpoint(Server.BaseUrl, Key) { SupportsJsonSchema = false }, Time);
        await client.GetResponseAsync(Hello, new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema.RootElement, "plan") });

        var body = Server.Requests.Single().Body;
        body.TryGetProperty("output_config", out _).ShouldBeFalse();
        body.GetProperty("system").GetRawText().ShouldContain("additionalProperties");
    }

    [Fact]
    public async Task What_stays_the_same_is_marked_for_the_cache_and_the_callers_messages_are_left_alone()
    {
        Server.Respond = _ => new FakeReply.Text("ok");
        await Client().GetResponseAsync(Hello);
        ChatMessage[] conversation = [.. Hello, new(ChatRole.Assistant, "Hi"), new(ChatRole.User, "Again")];
        await Client().GetResponseAsync(conversation);

        var first = Server.Requests[0].Body;
        first.GetProperty("system")[0].GetProperty("cache_control").GetProperty("type").GetString().ShouldBe("ephemeral");
        first.GetProperty("messages").GetRawText().ShouldNotContain("cache_control");
        var second = Server.Requests[1].Body.GetProperty("messages");
        second[2].GetProperty("content")[0].TryGetProperty("cache_control", out _).ShouldBeTrue();
        second[1].GetRawText().ShouldNotContain("cache_control");
        conversation.SelectMany(message => message.Contents).ShouldAllBe(content => content.AdditionalProperties == null);
    }

    [Theory, MemberData(nameof(BothWays))]
    public async Task Tokens_written_to_the_cache_are_input_and_told_apart(bool stream)
    {
        Server.Enqueue(new FakeReply.Text("Hi") { InputTokens = 100, CachedTokens = 20, CacheWriteTokens = 50 });
        var usage = (await AskAsync(stream)).Usage.ShouldNotBeNull();
        usage.InputTokenCount.ShouldBe(100);
        usage.CachedInputTokenCount.ShouldBe(20);
        usage.AdditionalCounts!["CacheCreationInputTokens"].ShouldBe(50);
    }

    [Theory, MemberData(nameof(BothWays))]
    public async Task Thinking_is_no_part_of_the_answer_and_goes_back_with_the_conversation(bool stream)
    {
        Server.Enqueue(new FakeReply.Text("42") { Thinking = "Let me think." }, new FakeReply.Text("done"));
        var options = new ChatOptions { Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High } };
        var response = await AskAsync(stream, options);

        response.Text.ShouldBe("42");
        response.Messages.SelectMany(message => message.Contents).OfType<TextReasoningContent>().First().Text.ShouldBe("Let me think.");
        Server.Requests[0].Body.GetProperty("thinking").GetProperty("type").GetString().ShouldBe("adaptive");
        await Client().GetResponseAsync([.. Hello, .. response.Messages, new ChatMessage(ChatRole.User, "And?")], options);
        Server.Requests[1].Body.GetProperty("messages")[1].GetProperty("content")[0].GetProperty("signature").GetString().ShouldBe("c2ln");
    }

    [Fact]
    public async Task An_event_that_is_no_json_is_malformed() =>
        await ShouldFailAsync(new FakeReply.Raw("event: message_start\ndata: {not json\n\n"), ModelErrorKind.Malformed, stream: true);

    [Theory]
    [InlineData("overloaded_error", ModelErrorKind.ServerError)]
    [InlineData("rate_limit_error", ModelErrorKind.RateLimited)]
    [InlineData("invalid_request_error", ModelErrorKind.BadRequest)]
    public async Task An_error_in_the_middle_of_a_stream_has_its_kind(string type, ModelErrorKind kind) =>
        await ShouldFailAsync(
            new FakeReply.Raw("event: error\ndata: {\"type\": \"error\", \"error\": {\"type\": \"" + type + "\", \"message\": \"I cannot help\"}}\n\n"), kind, stream: true);
}
