using System.Text.Json;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Providers;
using TaskBot.Testing;
using TaskBot.Testing.Models;

namespace TaskBot.Models.Tests.Providers;

public sealed class OpenAIChatClientTests : IAsyncLifetime
{
    private const string Key = "sk-secret-key-1234";
    private static readonly ChatMessage[] Hello = [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hello")];
    private readonly FakeTimeProvider _time = new();
    private FakeOpenAIServer _server = null!;

    public async Task InitializeAsync() => _server = await FakeOpenAIServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public static TheoryData<bool> BothWays => new(false, true);

    [Theory, MemberData(nameof(BothWays))]
    public async Task An_answer_comes_with_its_usage(bool stream)
    {
        _server.Enqueue(new FakeReply.Text("Hi there")
        {
            InputTokens = 40, CachedTokens = 30, OutputTokens = 20, ReasoningTokens = 12,
        });

        var response = await AskAsync(stream);

        response.Text.ShouldBe("Hi there");
        response.FinishReason.ShouldBe(ChatFinishReason.Stop);
        response.Usage.ShouldNotBeNull();
        response.Usage.InputTokenCount.ShouldBe(40);
        response.Usage.CachedInputTokenCount.ShouldBe(30);
        response.Usage.OutputTokenCount.ShouldBe(20);
        response.Usage.ReasoningTokenCount.ShouldBe(12);
    }

    [Fact]
    public async Task The_key_is_sent_as_a_bearer_token_and_no_key_as_no_header()
    {
        _server.Respond = _ => new FakeReply.Text("ok");
        await Client(Key).GetResponseAsync(Hello);
        await Client(key: null).GetResponseAsync(Hello);

        _server.Requests.Select(request => request.Authorization).ShouldBe([$"Bearer {Key}", null]);
    }

    [Theory]
    [InlineData(OutputLimitField.MaxCompletionTokens, "max_completion_tokens", "max_tokens")]
    [InlineData(OutputLimitField.MaxTokens, "max_tokens", "max_completion_tokens")]
    public async Task The_output_limit_is_written_where_the_server_reads_it(OutputLimitField field, string present, string absent)
    {
        _server.Enqueue(new FakeReply.Text("ok"));
        using var client = new OpenAIChatClient("m", new OpenAIEndpoint(_server.BaseUrl, null) { OutputLimitField = field }, _time);
        await client.GetResponseAsync(Hello, new ChatOptions { MaxOutputTokens = 77 });

        var body = _server.Requests.Single().Body;
        body.GetProperty(present).GetInt32().ShouldBe(77);
        body.TryGetProperty(absent, out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Options_instructions_images_and_schemas_are_sent_and_the_prompt_name_is_not()
    {
        _server.Enqueue(new FakeReply.Text("{}"));
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

        var body = _server.Requests.Single().Body;
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

    [Theory, MemberData(nameof(BothWays))]
    public async Task A_tool_call_comes_back_with_its_arguments_and_its_result_goes_out(bool stream)
    {
        _server.Enqueue(new FakeReply.ToolCall("read_file", """{"path": "a.cs", "lines": [1, 2]}"""), new FakeReply.Text("done"));
        var tool = AIFunctionFactory.Create((string path, int[] lines) => $"{path} {lines.Length}", "read_file", "Reads a file.");
        var options = new ChatOptions { Tools = [tool], ToolMode = ChatToolMode.RequireSpecific("read_file") };

        var first = await AskAsync(stream, options);
        var call = first.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Single();
        call.Name.ShouldBe("read_file");
        call.Arguments!["path"]!.ToString().ShouldBe("a.cs");
        first.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        var second = await Client().GetResponseAsync(
            [.. Hello, .. first.Messages, new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, "text of a.cs")])], options);

        second.Text.ShouldBe("done");
        var sent = _server.Requests[1].Body.GetProperty("messages");
        sent[2].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString()!.ShouldContain("a.cs");
        sent[3].GetProperty("tool_call_id").GetString().ShouldBe("call_1");
        _server.Requests[0].Body.GetProperty("tools")[0].GetProperty("function").GetProperty("name").GetString().ShouldBe("read_file");
        _server.Requests[0].Body.GetProperty("tool_choice").GetProperty("function").GetProperty("name").GetString().ShouldBe("read_file");
    }

    [Theory, MemberData(nameof(BothWays))]
    public async Task An_answer_of_a_megabyte_arrives_whole(bool stream)
    {
        var text = new string('x', 1 << 20);
        _server.Enqueue(new FakeReply.Text(text));
        (await AskAsync(stream)).Text.Length.ShouldBe(text.Length);
    }

    public static TheoryData<FakeReply, ModelErrorKind, bool> Misbehaviours
    {
        get
        {
            var data = new TheoryData<FakeReply, ModelErrorKind, bool>();
            foreach (var stream in new[] { false, true })
            {
                data.Add(new FakeReply.Status(401, "invalid_api_key", $"Incorrect API key: {Key}"), ModelErrorKind.Unauthorized, stream);
                data.Add(new FakeReply.Status(403), ModelErrorKind.Unauthorized, stream);
                data.Add(new FakeReply.Status(400, "unsupported_value"), ModelErrorKind.BadRequest, stream);
                data.Add(new FakeReply.Status(404, "model_not_found"), ModelErrorKind.BadRequest, stream);
                data.Add(new FakeReply.Status(400, "context_length_exceeded"), ModelErrorKind.ContextTooLong, stream);
                data.Add(new FakeReply.Status(400, null, "This model's maximum context length is 8192 tokens."), ModelErrorKind.ContextTooLong, stream);
                data.Add(new FakeReply.Status(413), ModelErrorKind.ContextTooLong, stream);
                data.Add(new FakeReply.Status(429), ModelErrorKind.RateLimited, stream);
                data.Add(new FakeReply.Status(500), ModelErrorKind.ServerError, stream);
                data.Add(new FakeReply.Status(503), ModelErrorKind.ServerError, stream);
                data.Add(new FakeReply.Cut("Hal"), ModelErrorKind.ServerError, stream);
                data.Add(new FakeReply.Refusal("I cannot help with that."), ModelErrorKind.Refused, stream);
                data.Add(new FakeReply.Text("") { FinishReason = "content_filter" }, ModelErrorKind.Refused, stream);
                data.Add(new FakeReply.Empty(), ModelErrorKind.Empty, stream);
                data.Add(new FakeReply.Text("") { FinishReason = "length" }, ModelErrorKind.Empty, stream);
                data.Add(new FakeReply.ToolCall("read_file", "{not json"), ModelErrorKind.Malformed, stream);
            }
            data.Add(new FakeReply.EndsEarly("Hal"), ModelErrorKind.ServerError, true);
            data.Add(new FakeReply.Raw("<html>sign in</html>"), ModelErrorKind.Malformed, false);
            data.Add(new FakeReply.Raw("{}"), ModelErrorKind.Malformed, false);
            data.Add(new FakeReply.Raw("""{"choices": []}"""), ModelErrorKind.Malformed, false);
            data.Add(new FakeReply.Raw("""{"choices": [{"message": {"content": 7}, "finish_reason": "stop"}]}"""), ModelErrorKind.Empty, false);
            data.Add(new FakeReply.Raw("data: {not json\n\n"), ModelErrorKind.Malformed, true);
            data.Add(new FakeReply.Raw("<html>sign in</html>"), ModelErrorKind.ServerError, true);
            return data;
        }
    }

    [Theory, MemberData(nameof(Misbehaviours))]
    public async Task Each_misbehaviour_has_its_kind_and_names_its_subject_and_no_secret(FakeReply reply, ModelErrorKind kind, bool stream)
    {
        _server.Enqueue(reply);
        var e = await Should.ThrowAsync<ModelException>(() => AskAsync(stream));

        e.Kind.ShouldBe(kind, e.ToString());
        e.Message.ShouldStartWith($"m at {_server.BaseUrl.Authority}: ");
        e.ToString().ShouldNotContain(Key);
        e.ToString().ShouldNotContain("I cannot help");
        _server.Requests.Count.ShouldBe(1);
    }

    [Theory, MemberData(nameof(BothWays))]
    public async Task Nobody_there_is_unreachable(bool stream)
    {
        using var client = new OpenAIChatClient("m", new OpenAIEndpoint(FakeOpenAIServer.NobodyThere(), null), _time);
        var e = await Should.ThrowAsync<ModelException>(() => AskAsync(stream, client: client));
        e.Kind.ShouldBe(ModelErrorKind.Unreachable);
        e.Detail.ShouldBe("connection refused");
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0.5", 0.5)]
    [InlineData("Thu, 01 Jan 2026 00:01:30 GMT", 90)]
    [InlineData("Wed, 31 Dec 2025 00:00:00 GMT", 0)]
    public async Task Retry_after_is_read_as_seconds_or_as_a_date(string header, double seconds)
    {
        _server.Enqueue(new FakeReply.Status(429, RetryAfter: header));
        var e = await Should.ThrowAsync<ModelException>(() => AskAsync(stream: false));
        e.RetryAfter.ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Theory, MemberData(nameof(BothWays))]
    public async Task Cancelling_ends_the_request_and_is_no_failure_of_the_model(bool stream)
    {
        _server.Enqueue(new FakeReply.NoFirstToken());
        using var cancel = new CancellationTokenSource();
        var asking = AskAsync(stream, cancellationToken: cancel.Token);
        await _server.NextRequestAsync(CancellationToken.None);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => asking);
    }

    private OpenAIChatClient Client(string? key = Key) => new("m", new OpenAIEndpoint(_server.BaseUrl, key), _time);

    private async Task<ChatResponse> AskAsync(
        bool stream, ChatOptions? options = null, OpenAIChatClient? client = null, CancellationToken cancellationToken = default)
    {
        client ??= Client();
        return stream
            ? await client.GetStreamingResponseAsync(Hello, options, cancellationToken).ToChatResponseAsync(cancellationToken)
            : await client.GetResponseAsync(Hello, options, cancellationToken);
    }
}
