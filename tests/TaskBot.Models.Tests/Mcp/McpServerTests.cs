using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Models.Mcp;
using TaskBot.Models.Providers;
using TaskBot.Models.Recordings;
using TaskBot.Testing.Models;

namespace TaskBot.Models.Tests.Mcp;

public sealed class McpServerTests : IAsyncLifetime
{
    private static readonly LedgerScope Scope = LedgerScope.Unlimited.Enter(BudgetLevel.Run, "r1").Enter(BudgetLevel.Node, "r1/look");
    private readonly FakeMcpServer _fake = new();
    private readonly Dictionary<string, string> _environment = new() { ["PATH"] = Environment.GetEnvironmentVariable("PATH")!, ["GIVEN"] = "a value of its own", ["OPENAI_API_KEY"] = "sk-secret" };
    private readonly Dictionary<string, string?> _settings = [];
    private ServiceProvider? _host;

    public Task InitializeAsync()
    {
        Configure("fake", FakeMcpServer.Command, [.. _fake.Args]);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        _fake.Dispose();
    }

    [Fact]
    public async Task Tools_are_listed_and_called_and_the_server_ends_with_its_use()
    {
        await using (var server = Server())
        {
            var tools = await server.ListAsync(default);
            tools[0].Name.ShouldBe("echo");
            tools[0].Schema.GetProperty("required")[0].GetString().ShouldBe("text");
            (await server.CallAsync("echo", new Dictionary<string, object?> { ["text"] = "hello" }, default)).ShouldBe("hello");
            _fake.IsRunning.ShouldBeTrue();
        }
        _fake.Started.Count.ShouldBe(1);
        _fake.IsRunning.ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_sees_the_path_and_the_variables_that_are_named_and_nothing_else()
    {
        _settings["Models:Mcp:fake:Variables:0"] = "GIVEN";
        await using var server = Server();
        var names = (await CallAsync(server, "variables")).Split(' ');
        names.ShouldBe(["GIVEN", "PATH"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("fail", "The tool failed: no luck")]
    [InlineData("wrong", "The tool failed: ")]
    [InlineData("die", "The tool failed: ")]
    [InlineData("endless", "The tool failed: it took longer than 2 s.")]
    public async Task What_a_tool_gets_wrong_is_its_answer(string tool, string said)
    {
        _settings["Models:Mcp:fake:Timeout"] = "00:00:02";
        await using var server = Server();
        (await CallAsync(server, tool)).ShouldStartWith(said);
    }

    [Fact]
    public async Task A_result_that_is_too_long_is_cut()
    {
        await using var server = Server();
        var text = await CallAsync(server, "huge");
        text.Length.ShouldBeLessThan(100_100);
        text.ShouldEndWith("[cut off here]");
    }

    [Theory]
    [InlineData("no-such-program-here")]
    [InlineData("false")]
    [InlineData("cat")]
    public async Task A_server_that_does_not_start_or_speak_is_a_failure_without_what_it_wrote(string command)
    {
        Configure("broken", command);
        _settings["Models:Mcp:broken:Timeout"] = "00:00:03";
        await using var server = Server("broken");
        var e = await Should.ThrowAsync<ModelException>(() => server.ListAsync(default));
        e.Kind.ShouldBe(ModelErrorKind.Unreachable);
        e.Message.ShouldBe($"mcp/broken at {command}: the server of tools does not start or does not speak its protocol");
    }

    [Fact]
    public void A_server_that_nobody_configured_is_said() =>
        Should.Throw<ModelException>(() => Server("other")).Message.ShouldContain("Models:Mcp has fake");

    [Fact]
    public async Task A_run_that_is_over_plays_again_without_the_server()
    {
        await using (var server = Server())
        {
            await server.ListAsync(default);
            await server.CallAsync("echo", new Dictionary<string, object?> { ["text"] = "hello" }, default);
        }
        var services = _host!;
        var run = await RecordedRun.LoadAsync(services.GetRequiredService<ILedgerStore>(), "r1", services.GetRequiredService<IModelRouter>(), askNow: false, services.GetRequiredService<SecretRedaction>(), default);
        await using var again = new McpServer(run, "fake", Scope);
        (await again.ListAsync(default)).Count.ShouldBe(7);
        (await again.CallAsync("echo", new Dictionary<string, object?> { ["text"] = "hello" }, default)).ShouldBe("hello");
        await Should.ThrowAsync<ReplayException>(() => again.CallAsync("echo", new Dictionary<string, object?> { ["text"] = "other" }, default));
        _fake.Started.Count.ShouldBe(1);
        run.Describe("mcp/fake").ShouldStartWith("node ");
    }

    [Fact]
    public async Task A_server_over_http_is_asked_with_its_own_key_and_no_other()
    {
        await using var http = await FakeMcpHttpServer.StartAsync();
        _environment["TOOLS_KEY"] = "key-of-the-tools";
        _settings["Models:Mcp:far:Url"] = http.Url.AbsoluteUri;
        _settings["Models:Mcp:far:KeyVariable"] = "TOOLS_KEY";
        await using var server = Server("far");
        (await server.ListAsync(default)).ShouldHaveSingleItem().Name.ShouldBe("echo");
        (await server.CallAsync("echo", new Dictionary<string, object?> { ["text"] = "hello key-of-the-tools" }, default)).ShouldBe("hello key-of-the-tools");
        http.Authorizations.Distinct().ShouldBe(["Bearer key-of-the-tools"]);
        _host!.GetRequiredService<SecretRedaction>().Redact("hello key-of-the-tools").ShouldNotContain("key-of-the-tools");
        _host!.GetRequiredService<IModelRouter>().Describe("mcp/far").ShouldBe(http.Url.AbsoluteUri);
    }

    [Fact]
    public async Task An_address_where_nobody_answers_is_a_failure()
    {
        var nobody = FakeModelServer.NobodyThere();
        _settings["Models:Mcp:far:Url"] = nobody.AbsoluteUri;
        await using var server = Server("far");
        var e = await Should.ThrowAsync<ModelException>(() => server.ListAsync(default));
        (e.Kind, e.Message).ShouldBe((ModelErrorKind.Unreachable, $"mcp/far at {nobody.Authority}: the server of tools does not start or does not speak its protocol"));
    }

    [Theory]
    [InlineData("http://tools.example.com/mcp", null)]
    [InlineData("https://tools.example.com/mcp", "node")]
    [InlineData("/mcp", null)]
    [InlineData(null, null)]
    public void A_server_is_a_program_or_a_safe_address(string? url, string? command)
    {
        (_settings["Models:Mcp:far:Url"], _settings["Models:Mcp:far:Command"], _settings["Models:Mcp:far:Timeout"]) = (url, command, "00:00:05");
        Should.Throw<Microsoft.Extensions.Options.OptionsValidationException>(() => Server("far")).Message.ShouldContain("Models:Mcp:far");
    }

    private static Task<string> CallAsync(McpServer server, string tool) => server.CallAsync(tool, new Dictionary<string, object?>(), default);

    private void Configure(string name, string command, params string[] args)
    {
        _settings[$"Models:Mcp:{name}:Command"] = command;
        for (var i = 0; i < args.Length; i++)
            _settings[$"Models:Mcp:{name}:Args:{i}"] = args[i];
    }

    private McpServer Server(string name = "fake")
    {
        _host ??= new ServiceCollection()
            .AddSingleton(new ModelEnvironment(variable => _environment.GetValueOrDefault(variable)))
            .AddSingleton(typeof(ILogger<>), typeof(Microsoft.Extensions.Logging.Abstractions.NullLogger<>))
            .AddTaskBotModels(new ConfigurationBuilder().AddInMemoryCollection(_settings).Build())
            .BuildServiceProvider();
        return new McpServer(_host.GetRequiredService<IModelRouter>(), name, Scope);
    }
}
