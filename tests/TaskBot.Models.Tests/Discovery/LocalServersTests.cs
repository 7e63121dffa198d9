using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using TaskBot.Models.Discovery;
using TaskBot.Testing;
using TaskBot.Testing.Models;

namespace TaskBot.Models.Tests.Discovery;

public sealed class LocalServersTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_server_is_found_with_its_models_and_an_address_where_nobody_listens_is_left_out()
    {
        await using var server = await FakeOpenAIServer.StartAsync();
        server.Models.Add("second");
        var found = await Servers(("Ollama", server.BaseUrl), ("vLLM", FakeModelServer.NobodyThere())).FindAsync(default);
        var one = found.ShouldHaveSingleItem();
        (one.Name, one.Problem).ShouldBe(("Ollama", null));
        one.Models.ShouldBe(["fake-model", "second"]);
    }

    [Fact]
    public async Task A_server_without_models_says_so()
    {
        await using var server = await FakeOpenAIServer.StartAsync();
        server.Models.Clear();
        (await Servers(("Ollama", server.BaseUrl)).FindAsync(default)).Single().Problem.ShouldBe("it has no model yet");
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "status 404")]
    [InlineData("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "wants a key")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://models.example.com/\r\nContent-Length: 0\r\n\r\n", "status 302")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>", "no list of models")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "no list of models")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{\"data\": [", "does not speak HTTP, or cut")]
    [InlineData("220 mail.example.com ESMTP\r\n", "does not speak HTTP")]
    public async Task What_is_no_model_server_is_told_apart(string answer, string why)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, answer);
        var found = await Servers(("LM Studio", Address(listener))).FindAsync(default);
        await answering;
        found.Single().Problem.ShouldNotBeNull().ShouldContain(why);
    }

    [Fact]
    public async Task A_server_that_takes_connections_and_never_answers_is_waited_for_two_seconds()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var finding = Servers(("llama.cpp", Address(listener))).FindAsync(default);
        using var connection = await listener.AcceptTcpClientAsync().WaitAsync(Patience.Longest);
        _time.Advance(TimeSpan.FromSeconds(2));
        (await finding).Single().Problem.ShouldBe("it takes connections and does not answer within 2 s");
    }

    private static async Task AnswerAsync(TcpListener listener, string answer)
    {
        using var connection = await listener.AcceptTcpClientAsync().WaitAsync(Patience.Longest);
        await using var stream = connection.GetStream();
        var buffer = new byte[4096];
        _ = await stream.ReadAsync(buffer);
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer));
    }

    private LocalServers Servers(params (string Name, Uri Address)[] places)
    {
        var options = new ModelsOptions();
        options.LocalServers.Clear();
        foreach (var (name, address) in places)
            options.LocalServers[name] = address;
        return new LocalServers(Options.Create(options), _time);
    }

    private static Uri Address(TcpListener listener) => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/v1");
}
