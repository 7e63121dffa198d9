using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Structured;
using TaskBot.Models.Tools;
using TaskBot.Testing;
using TaskBot.Testing.Models;

namespace TaskBot.Models.Tests.Providers;

/// <summary>What holds for every protocol: the same answers and the same misbehaviour mean the same.</summary>
public abstract class ChatClientTests : IAsyncLifetime
{
    protected const string Key = "sk-secret-key-1234";
    protected static readonly ChatMessage[] Hello = [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hello")];

    protected FakeTimeProvider Time { get; } = new();

    protected FakeModelServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await StartServerAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();

    protected abstract Task<FakeModelServer> StartServerAsync();

    protected abstract IChatClient CreateClient(Uri address, string? key);

    public static TheoryData<bool> BothWays => new(false, true);

    [Theory, MemberData(nameof(BothWays))]
    public async Task An_answer_comes_with_its_usage(bool stream)
    {
        Server.Enqueue(new FakeReply.Text("Hi there") { InputTokens = 40, CachedTokens = 30, OutputTokens = 20 });

        var response = await AskAsync(stream);

        response.Text.ShouldBe("Hi there");
        response.FinishReason.ShouldBe(ChatFinishReason.Stop);
        response.Usage.ShouldNotBeNull();
        response.Usage.InputTokenCount.ShouldBe(40);
        response.Usage.CachedInputTokenCount.ShouldBe(30);
        response.Usage.OutputTokenCount.ShouldBe(20);
    }

    [Theory, MemberData(nameof(BothWays))]
    public async Task A_tool_call_comes_back_with_its_arguments_and_its_result_goes_out(bool stream)
    {
        Server.Enqueue(new FakeReply.ToolCall("read_file", """{"path": "a.cs", "lines": [1, 2]}"""), new FakeReply.Text("done"));
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
        ShouldHaveSentTheTool(Server.Requests[0].Body, Server.Requests[1].Body);
    }

    protected abstract void ShouldHaveSentTheTool(System.Text.Json.JsonElement first, System.Text.Json.JsonElement second);

    [Theory, MemberData(nameof(BothWays))]
    public async Task An_answer_of_a_megabyte_arrives_whole(bool stream)
    {
        var text = new string('x', 1 << 20);
        Server.Enqueue(new FakeReply.Text(text));
        (await AskAsync(stream)).Text.Length.ShouldBe(text.Length);
    }

    public static TheoryData<FakeReply, ModelErrorKind, bool> Misbehaviours
    {
        get
        {
            var data = new TheoryData<FakeReply, ModelErrorKind, bool>();
            foreach (var stream in new[] { false, true })
            {
                data.Add(new FakeReply.Status(401, null, $"Incorrect API key: {Key}"), ModelErrorKind.Unauthorized, stream);
                data.Add(new FakeReply.Status(403), ModelErrorKind.Unauthorized, stream);
                data.Add(new FakeReply.Status(400, "unsupported_value"), ModelErrorKind.BadRequest, stream);
                data.Add(new FakeReply.Status(404, "model_not_found"), ModelErrorKind.BadRequest, stream);
                data.Add(new FakeReply.Status(400, "context_length_exceeded"), ModelErrorKind.ContextTooLong, stream);
                data.Add(new FakeReply.Status(400, null, "This model's maximum context length is 8192 tokens."), ModelErrorKind.ContextTooLong, stream);
                data.Add(new FakeReply.Status(400, null, "prompt is too long: 210000 tokens > 200000 maximum"), ModelErrorKind.ContextTooLong, stream);
                data.Add(new FakeReply.Status(413), ModelErrorKind.ContextTooLong, stream);
                data.Add(new FakeReply.Status(429), ModelErrorKind.RateLimited, stream);
                data.Add(new FakeReply.Status(500), ModelErrorKind.ServerError, stream);
                data.Add(new FakeReply.Status(503), ModelErrorKind.ServerError, stream);
                data.Add(new FakeReply.Status(529), ModelErrorKind.ServerError, stream);
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
            data.Add(new FakeReply.Raw("<html>sign in</html>"), ModelErrorKind.ServerError, true);
            return data;
        }
    }

    [Theory, MemberData(nameof(Misbehaviours))]
    public async Task Each_misbehaviour_has_its_kind_and_names_its_subject_and_no_secret(FakeReply reply, ModelErrorKind kind, bool stream) =>
        await ShouldFailAsync(reply, kind, stream);

    [Theory, MemberData(nameof(BothWays))]
    public async Task Nobody_there_is_unreachable(bool stream)
    {
        var e = await Should.ThrowAsync<ModelException>(() => AskAsync(stream, client: CreateClient(FakeModelServer.NobodyThere(), null)));
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
        Server.Enqueue(new FakeReply.Status(429, RetryAfter: header));
        var e = await Should.ThrowAsync<ModelException>(() => AskAsync(stream: false));
        e.RetryAfter.ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Theory, MemberData(nameof(BothWays))]
    public async Task Cancelling_ends_the_request_and_is_no_failure_of_the_model(bool stream)
    {
        Server.Enqueue(new FakeReply.NoFirstToken());
        using var cancel = new CancellationTokenSource();
        var asking = AskAsync(stream, cancellationToken: cancel.Token);
        await Server.NextRequestAsync(CancellationToken.None);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => asking);
        await Server.NextAbortAsync(CancellationToken.None);
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_its_schema_goes_back_once_with_what_is_wrong()
    {
        using var schema = JsonDocument.Parse("""{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false}""");
        var type = (JsonTypeInfo<Dictionary<string, string>>)JsonSerializerOptions.Default.GetTypeInfo(typeof(Dictionary<string, string>));
        Server.Enqueue(new FakeReply.Text("""{"a": 7}"""), new FakeReply.Text("""{"a": "b"}"""));

        var answer = await StructuredOutput.GetAsync(Client(), Hello, type, schema.RootElement, options: null, CancellationToken.None);

        (answer.Value["a"], answer.Repaired).ShouldBe(("b", true));
        Server.Requests[1].Text.ShouldContain("/a must be string");
    }

    [Fact]
    public async Task A_call_of_an_unknown_tool_is_told_to_the_model()
    {
        Server.Enqueue(new FakeReply.ToolCall("delete_everything", "{}"), new FakeReply.Text("Sorry."));
        var options = new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "count")] };

        (await ToolLoop.RunAsync(Client(), Hello, options, maxRounds: 2, CancellationToken.None)).Messages[^1].Text.ShouldBe("Sorry.");

        Server.Requests[1].Body.GetRawText().ShouldContain("there are count.");
    }

    protected async Task ShouldFailAsync(FakeReply reply, ModelErrorKind kind, bool stream)
    {
        Server.Enqueue(reply);
        var e = await Should.ThrowAsync<ModelException>(() => AskAsync(stream));

        e.Kind.ShouldBe(kind, e.ToString());
        e.Message.ShouldStartWith($"m at {Server.BaseUrl.Authority}: ");
        e.ToString().ShouldNotContain(Key);
        e.ToString().ShouldNotContain("I cannot help");
        Server.Requests.Count.ShouldBe(1);
    }

    protected IChatClient Client(string? key = Key) => CreateClient(Server.BaseUrl, key);

    protected async Task<ChatResponse> AskAsync(
        bool stream, ChatOptions? options = null, IChatClient? client = null, CancellationToken cancellationToken = default)
    {
        client ??= Client();
        return stream
            ? await client.GetStreamingResponseAsync(Hello, options, cancellationToken).ToChatResponseAsync(cancellationToken)
            : await client.GetResponseAsync(Hello, options, cancellationToken);
    }
}
