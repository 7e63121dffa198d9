using System.Text;
using Microsoft.Extensions.AI;
using TaskBot.Models.Embeddings;
using TaskBot.Models.Errors;
using TaskBot.Models.Providers;
using TaskBot.Testing;
using TaskBot.Testing.Models;

namespace TaskBot.Models.Tests.Providers;

public sealed class OpenAIMediaClientTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private FakeOpenAIServer _server = null!;

    public async Task InitializeAsync() => _server = await FakeOpenAIServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_picture_comes_as_bytes_with_its_usage()
    {
        _server.Enqueue(new FakeReply.Text("\u0089PNG") { InputTokens = 12, OutputTokens = 4160 });
        var response = await Client("image").GetResponseAsync("a red square");
        var picture = (DataContent)response.Messages.Single().Contents.Single();
        (Encoding.UTF8.GetString(picture.Data.Span), picture.MediaType).ShouldBe(("\u0089PNG", "image/png"));
        (response.Usage!.InputTokenCount, response.Usage.OutputTokenCount).ShouldBe((12, 4160));
        _server.Requests.Single().Body.GetProperty("prompt").GetString().ShouldBe("a red square");
    }

    [Fact]
    public async Task Speech_comes_as_bytes_in_the_voice_that_was_asked_for()
    {
        _server.Enqueue(new FakeReply.Text("sound"));
        var response = await Client("speech").GetResponseAsync("Good morning", new ChatOptions().WithVoice("nova"));
        var sound = (DataContent)response.Messages.Single().Contents.Single();
        (Encoding.UTF8.GetString(sound.Data.Span), sound.MediaType, response.Usage).ShouldBe(("sound", "audio/mpeg", null));
        var body = _server.Requests.Single().Body;
        (body.GetProperty("input").GetString(), body.GetProperty("voice").GetString()).ShouldBe(("Good morning", "nova"));
    }

    [Fact]
    public async Task Each_text_gets_its_vector_in_order()
    {
        _server.Enqueue(new FakeReply.Text(""));
        using var embedder = new ChatEmbedder(Client("embed"));
        var embedded = await embedder.GenerateAsync(["a", "", "zoo"]);
        embedded.Select(one => one.Vector.ToArray()).ShouldBe([[1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 2, 0, 1]]);
        embedded.Usage!.InputTokenCount.ShouldBe(30);
    }

    [Fact]
    public async Task What_answers_in_words_embeds_nothing()
    {
        _server.Enqueue(new FakeReply.Text("hi"));
        using var embedder = new ChatEmbedder(Client("chat"));
        (await Should.ThrowAsync<ModelException>(() => embedder.GenerateAsync(["a"]))).Kind.ShouldBe(ModelErrorKind.Malformed);
    }

    public static TheoryData<string, FakeReply, ModelErrorKind> Misbehaviours
    {
        get
        {
            var data = new TheoryData<string, FakeReply, ModelErrorKind>();
            foreach (var kind in new[] { "image", "speech", "embed" })
            {
                data.Add(kind, new FakeReply.Status(401), ModelErrorKind.Unauthorized);
                data.Add(kind, new FakeReply.Status(400, "moderation_blocked"), ModelErrorKind.BadRequest);
                data.Add(kind, new FakeReply.Status(429, RetryAfter: "3"), ModelErrorKind.RateLimited);
                data.Add(kind, new FakeReply.Status(500), ModelErrorKind.ServerError);
                data.Add(kind, new FakeReply.Cut("{"), ModelErrorKind.ServerError);
            }
            foreach (var kind in new[] { "image", "embed" })
            {
                data.Add(kind, new FakeReply.Raw("<html>sign in</html>"), ModelErrorKind.Malformed);
                data.Add(kind, new FakeReply.Raw("{}"), ModelErrorKind.Malformed);
                data.Add(kind, new FakeReply.Raw("""{"data": []}"""), ModelErrorKind.Malformed);
            }
            data.Add("image", new FakeReply.Text(""), ModelErrorKind.Empty);
            data.Add("speech", new FakeReply.Text(""), ModelErrorKind.Empty);
            return data;
        }
    }

    [Theory, MemberData(nameof(Misbehaviours))]
    public async Task Each_misbehaviour_has_its_kind(string kind, FakeReply reply, ModelErrorKind expected)
    {
        _server.Enqueue(reply);
        var e = await Should.ThrowAsync<ModelException>(() => Client(kind).GetResponseAsync("hello"));
        e.Kind.ShouldBe(expected, e.ToString());
        e.Message.ShouldStartWith($"m at {_server.BaseUrl.Authority}: ");
    }

    private IChatClient Client(string kind)
    {
        var endpoint = new OpenAIEndpoint(_server.BaseUrl, "sk-1");
        return kind switch
        {
            "image" => new OpenAIImageClient("m", endpoint, _time),
            "speech" => new OpenAISpeechClient("m", endpoint, _time),
            "embed" => new OpenAIEmbeddingClient("m", endpoint, _time),
            _ => new OpenAIChatClient("m", endpoint, _time),
        };
    }
}
