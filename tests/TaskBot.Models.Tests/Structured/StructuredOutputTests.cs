using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Providers;
using TaskBot.Models.Structured;
using TaskBot.Testing;
using TaskBot.Testing.Models;

namespace TaskBot.Models.Tests.Structured;

public sealed class StructuredOutputTests : IAsyncLifetime
{
    private static readonly JsonElement Schema = Json("""
        {
          "type": "object", "additionalProperties": false, "required": ["title", "steps"],
          "properties": {
            "title": {"type": "string", "minLength": 1},
            "steps": {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1, "maximum": 9}}
          }
        }
        """);

    private FakeOpenAIServer _server = null!;

    public async Task InitializeAsync() => _server = await FakeOpenAIServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("""{"title": "t", "steps": [1, 2]}""")]
    [InlineData("""Sure! {"title": "t", "steps": [1, 2]} Hope this helps {x}.""")]
    [InlineData("Here it is:\n```json\n{\"title\": \"t\",\n \"steps\": [1, 2,]}\n```\nDone.")]
    [InlineData("```\n{\"title\": \"t\", /* why not */ \"steps\": [1, 2]}\n```")]
    public async Task An_answer_is_found_wherever_the_model_puts_it(string answer)
    {
        _server.Enqueue(new FakeReply.Text(answer));
        var structured = await AskAsync();
        structured.Value.Title.ShouldBe("t");
        structured.Value.Steps.ShouldBe([1, 2]);
        structured.Repaired.ShouldBeFalse();
        _server.Requests.Single().Body.GetProperty("response_format").GetProperty("json_schema").GetProperty("strict").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_is_sent_back_once_with_every_error()
    {
        _server.Enqueue(
            new FakeReply.Text("""{"title": "", "steps": [0, "x"], "extra": 1}""") { InputTokens = 10, OutputTokens = 5 },
            new FakeReply.Text("""{"title": "t", "steps": [1]}""") { InputTokens = 30, OutputTokens = 5 });
        var structured = await AskAsync();

        structured.Repaired.ShouldBeTrue();
        structured.Usage.InputTokenCount.ShouldBe(40);
        var repair = _server.Requests[1].Text;
        foreach (var error in new[]
        {
            "/title must have at least 1 characters", "/steps/0 must be at least 1", "/steps/1 must be integer, not a text", "/extra is not allowed",
        })
            repair.ShouldContain(error);
    }

    [Theory]
    [InlineData("I will not do that.")]
    [InlineData("""{"title": 1}""")]
    [InlineData("null")]
    public async Task A_second_answer_that_does_not_fit_is_an_error(string answer)
    {
        _server.Respond = _ => new FakeReply.Text(answer);
        var e = await Should.ThrowAsync<ModelException>(() => AskAsync());
        e.Kind.ShouldBe(ModelErrorKind.Malformed);
        e.Message.ShouldStartWith($"m at {_server.BaseUrl.Authority}");
        _server.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_server_without_schemas_reads_it_in_the_prompt()
    {
        _server.Enqueue(new FakeReply.Text("""{"title": "t", "steps": [1]}"""));
        await AskAsync(supportsJsonSchema: false);
        var request = _server.Requests.Single();
        request.Body.TryGetProperty("response_format", out _).ShouldBeFalse();
        request.Text.ShouldContain("\"additionalProperties\": false");
    }

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private async Task<StructuredAnswer<Plan>> AskAsync(bool supportsJsonSchema = true)
    {
        using var client = new OpenAIChatClient(
            "m", new OpenAIEndpoint(_server.BaseUrl, null) { SupportsJsonSchema = supportsJsonSchema }, new FakeTimeProvider());
        return await StructuredOutput.GetAsync(client, [new ChatMessage(ChatRole.User, "plan")], PlanJson.Default.Plan, Schema, null, CancellationToken.None);
    }
}

public sealed record Plan(string Title, int[] Steps);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Plan))]
public sealed partial class PlanJson : JsonSerializerContext;
