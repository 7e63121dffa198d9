using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Models.Providers;
using TaskBot.Testing;
using TaskBot.Testing.Models;

namespace TaskBot.Models.Tests;

public sealed class ModelRouterTests : IAsyncLifetime
{
    private static readonly BudgetAccount Run = new(BudgetLevel.Run, "r1", null);
    private readonly FakeTimeProvider _time = new();
    private readonly Dictionary<string, string?> _configuration = [];
    private readonly Dictionary<string, string> _environment = [];
    private readonly List<ServiceProvider> _hosts = [];
    private FakeOpenAIServer _first = null!;
    private FakeOpenAIServer _second = null!;

    public async Task InitializeAsync()
    {
        _first = await FakeOpenAIServer.StartAsync();
        _second = await FakeOpenAIServer.StartAsync();
        Configure("Providers:one:BaseUrl", _first.BaseUrl.ToString());
        Configure("Providers:two:BaseUrl", _second.BaseUrl.ToString());
        Configure("Profiles:code:0", "m1@one");
        Configure("Profiles:code:1", "m2@two");
        Configure("Retry:Retries", "2");
    }

    public async Task DisposeAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task A_profile_asks_its_first_model()
    {
        _first.Enqueue(new FakeReply.Text("hi"));
        (await Client("code").GetResponseAsync("hello")).Text.ShouldBe("hi");
        _first.Requests.Single().Model.ShouldBe("m1");
        _second.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_failure_is_retried_after_a_pause_and_then_the_next_model_is_asked()
    {
        _first.Respond = _ => new FakeReply.Status(500);
        _second.Enqueue(new FakeReply.Text("from two"));
        var asking = Client("code").GetResponseAsync("hello");
        for (var retry = 0; retry < 2; retry++)
            await AdvanceThroughRetryAsync();

        (await asking).Text.ShouldBe("from two");
        _first.Requests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Retry_after_is_waited_for()
    {
        _first.Enqueue(new FakeReply.Status(429, RetryAfter: "17"), new FakeReply.Text("now"));
        var asking = Client("m1@one").GetResponseAsync("hello");
        await _time.TimerStarted(delay => delay == TimeSpan.FromSeconds(17));
        _first.Requests.Count.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(17));

        (await asking).Text.ShouldBe("now");
    }

    [Fact]
    public async Task A_server_that_asks_for_a_longer_pause_than_we_allow_is_not_asked_again()
    {
        _first.Enqueue(new FakeReply.Status(429, RetryAfter: "3600"));
        _second.Enqueue(new FakeReply.Text("from two"));
        (await Client("code").GetResponseAsync("hello")).Text.ShouldBe("from two");
        _first.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(400)]
    public async Task What_a_retry_cannot_help_goes_to_the_next_model_at_once(int status)
    {
        _first.Enqueue(new FakeReply.Status(status));
        _second.Enqueue(new FakeReply.Text("from two"));
        (await Client("code").GetResponseAsync("hello")).Text.ShouldBe("from two");
        _first.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_refusal_is_an_answer_and_nobody_else_is_asked()
    {
        _first.Enqueue(new FakeReply.Refusal("no"));
        (await FailAsync("code")).Kind.ShouldBe(ModelErrorKind.Refused);
        _second.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task When_all_models_fail_the_error_names_each()
    {
        _first.Enqueue(new FakeReply.Status(401));
        _second.Enqueue(new FakeReply.Status(404, "model_not_found"));
        var e = await FailAsync("code");
        e.Message.ShouldContain($"m1 at {_first.BaseUrl.Authority}");
        e.Message.ShouldContain($"m2 at {_second.BaseUrl.Authority}");
        e.Message.ShouldContain("model_not_found");
    }

    [Fact]
    public async Task No_first_token_is_told_from_a_stall_and_from_taking_too_long()
    {
        Configure("Retry:Retries", "0");
        _first.Enqueue(new FakeReply.NoFirstToken());
        var asking = FailAsync("m1@one");
        await _first.NextRequestAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(3));
        (await asking).Phase.ShouldBe(TimeoutPhase.NoFirstToken);

        _first.Enqueue(new FakeReply.Stall("Hel"));
        await using (var updates = Client("m1@one").GetStreamingResponseAsync("hello").GetAsyncEnumerator())
        {
            while (updates.Current?.Text != "Hel")
                (await updates.MoveNextAsync()).ShouldBeTrue();
            await _first.NextRequestAsync(CancellationToken.None);
            var next = updates.MoveNextAsync().AsTask();
            _time.Advance(TimeSpan.FromSeconds(60));
            var e = await Should.ThrowAsync<ModelException>(() => next);
            (e.Kind, e.Phase).ShouldBe((ModelErrorKind.Timeout, TimeoutPhase.Stalled));
        }

        Configure("Timeouts:FirstToken", "01:00:00");
        _first.Enqueue(new FakeReply.NoFirstToken());
        asking = FailAsync("m1@one");
        await _first.NextRequestAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(15));
        (await asking).Phase.ShouldBe(TimeoutPhase.Total);
    }

    [Fact]
    public async Task The_time_a_reader_takes_is_not_the_models()
    {
        _first.Enqueue(new FakeReply.Text(new string('x', 10_000)));
        var length = 0;
        await foreach (var update in Client("m1@one").GetStreamingResponseAsync("hello"))
        {
            length += update.Text.Length;
            _time.Advance(TimeSpan.FromMinutes(2));
        }
        length.ShouldBe(10_000);
    }

    [Fact]
    public async Task A_server_that_cannot_stream_is_asked_for_a_whole_answer()
    {
        Configure("Providers:one:SupportsStreaming", "false");
        _first.Enqueue(new FakeReply.Text("hi"));
        (await Client("m1@one").GetResponseAsync("hello")).Text.ShouldBe("hi");
        _first.Requests.Single().Streams.ShouldBeFalse();
    }

    [Fact]
    public async Task An_endpoint_that_keeps_failing_is_left_alone_for_a_while()
    {
        Configure("Retry:Retries", "0");
        _first.Respond = _ => new FakeReply.Status(503);
        var router = Router();
        for (var call = 0; call < 5; call++)
            await FailAsync("m1@one", router);
        var e = await FailAsync("m1@one", router);

        e.Kind.ShouldBe(ModelErrorKind.Unreachable);
        e.Detail.ShouldBe("left alone after repeated failures");
        _first.Requests.Count.ShouldBe(5);

        _time.Advance(TimeSpan.FromSeconds(31));
        _first.Respond = _ => new FakeReply.Text("back");
        (await router.GetClient("m1@one", LedgerScope.Unlimited).GetResponseAsync("hello")).Text.ShouldBe("back");
    }

    [Fact]
    public async Task A_stream_is_retried_only_until_its_first_piece()
    {
        _first.Enqueue(new FakeReply.Status(500), new FakeReply.EndsEarly("Hel"), new FakeReply.Text("never asked for"));
        var text = "";
        var reading = Task.Run(async () =>
        {
            await foreach (var update in Client("m1@one").GetStreamingResponseAsync("hello"))
                text += update.Text;
        });
        await AdvanceThroughRetryAsync();

        (await Should.ThrowAsync<ModelException>(() => reading)).Kind.ShouldBe(ModelErrorKind.ServerError);
        text.ShouldBe("Hel");
        _first.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_request_too_long_for_a_model_goes_to_the_next_one_unasked_and_says_why()
    {
        Configure("Capabilities:m1:ContextTokens", "9000");
        Configure("Capabilities:m2:ContextTokens", "9000");
        _first.Respond = _ => new FakeReply.Text("the first");
        _second.Respond = _ => new FakeReply.Text("from two");
        (await Client("code").GetResponseAsync("short", new ChatOptions { MaxOutputTokens = 10 })).Text.ShouldBe("the first");
        var e = await Should.ThrowAsync<ModelException>(() => Client("code").GetResponseAsync(new string('x', 6000)));
        e.Kind.ShouldBe(ModelErrorKind.ContextTooLong);
        e.Message.ShouldContain("m1 at");
        e.Message.ShouldContain("not asked: the request and its answer are about 10,192 tokens, and its context is 9,000");

        Configure("Capabilities:m2:ContextTokens", "20000");
        (await Client("code").GetResponseAsync(new string('x', 6000))).Text.ShouldBe("from two");
        _first.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Images_and_tools_go_to_a_model_that_takes_them()
    {
        Configure("Capabilities:m1:Images", "false");
        Configure("Capabilities:m1:Tools", "false");
        _second.Respond = _ => new FakeReply.Text("from two");
        var picture = new ChatMessage(ChatRole.User, [new TextContent("What is this?"), new DataContent(new byte[] { 1 }, "image/png")]);
        (await Client("code").GetResponseAsync([picture])).Text.ShouldBe("from two");
        var options = new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "one")] };
        (await Client("code").GetResponseAsync("hello", options)).Text.ShouldBe("from two");
        _first.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "12.5s", 12.5)]
    [InlineData("x-ratelimit-remaining-tokens", "1", "x-ratelimit-reset-tokens", "0m20s", 20)]
    [InlineData("anthropic-ratelimit-requests-remaining", "0", "anthropic-ratelimit-requests-reset", "2026-01-01T00:00:30Z", 30)]
    [InlineData("anthropic-ratelimit-input-tokens-remaining", "0", "anthropic-ratelimit-input-tokens-reset", "2026-01-01T00:00:10Z", 10)]
    public async Task A_used_up_rate_limit_is_waited_for_before_the_next_request(string remaining, string left, string reset, string when, double seconds)
    {
        _first.Respond = _ => new FakeReply.Text("ok") { Headers = new Dictionary<string, string> { [remaining] = left, [reset] = when } };
        var router = Router();
        await router.GetClient("m1@one", LedgerScope.Unlimited).GetResponseAsync("hello");
        var next = router.GetClient("m1@one", LedgerScope.Unlimited).GetResponseAsync("hello again");
        await _time.TimerStarted(delay => delay == TimeSpan.FromSeconds(seconds));
        _first.Requests.Count.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(seconds));

        (await next).Text.ShouldBe("ok");
        _first.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Load_is_spread_over_keys_and_one_that_is_used_up_is_asked_last()
    {
        _environment["KEY_1"] = "k1";
        _environment["KEY_2"] = "k2";
        Configure("Providers:one:KeyVariable", "KEY_1");
        Configure("Providers:one:Endpoints:0:KeyVariable", "KEY_2");
        Configure("Providers:one:Endpoints:1:KeyVariable", "KEY_THAT_IS_NOT_SET");
        _first.Enqueue(new FakeReply.Stall("Hel"));
        var router = Router();
        await using var busy = router.GetClient("m1@one", LedgerScope.Unlimited).GetStreamingResponseAsync("hello").GetAsyncEnumerator();
        await busy.MoveNextAsync();

        _first.Respond = _ => new FakeReply.Text("ok");
        await router.GetClient("m1@one", LedgerScope.Unlimited).GetResponseAsync("while the other is busy");
        _first.Enqueue(new FakeReply.Text("ok") { Headers = new Dictionary<string, string> { ["x-ratelimit-remaining-requests"] = "0", ["x-ratelimit-reset-requests"] = "6h0m0s" } });
        await router.GetClient("m1@one", LedgerScope.Unlimited).GetResponseAsync("still busy");
        await router.GetClient("m1@one", LedgerScope.Unlimited).GetResponseAsync("and the other used up");

        _first.Requests.Select(request => request.Authorization).ShouldBe(["Bearer k1", "Bearer k2", "Bearer k2", "Bearer k1"]);
    }

    [Fact]
    public async Task Load_is_spread_over_addresses_and_one_that_fails_is_followed_by_the_next()
    {
        Configure("Providers:one:Endpoints:0:BaseUrl", _second.BaseUrl.ToString());
        Configure("Retry:Retries", "0");
        _first.Enqueue(new FakeReply.Stall("Hel"));
        _second.Respond = _ => new FakeReply.Text("from two");
        var router = Router();
        await using var busy = router.GetClient("m1@one", LedgerScope.Unlimited).GetStreamingResponseAsync("hello").GetAsyncEnumerator();
        await busy.MoveNextAsync();
        (await router.GetClient("m1@one", LedgerScope.Unlimited).GetResponseAsync("while the other is busy")).Text.ShouldBe("from two");
        _first.Requests.Count.ShouldBe(1);

        await busy.DisposeAsync();
        _first.Respond = _ => new FakeReply.Status(500);
        (await router.GetClient("m1@one", LedgerScope.Unlimited).GetResponseAsync("when the other fails")).Text.ShouldBe("from two");
        (_first.Requests.Count, _second.Requests.Count).ShouldBe((2, 2));
    }

    [Fact]
    public async Task Anthropics_protocol_is_spoken_with_the_same_timeouts_retries_and_ledger()
    {
        await using var claude = await FakeAnthropicServer.StartAsync();
        Configure("Providers:claude:Kind", "Anthropic");
        Configure("Providers:claude:BaseUrl", claude.BaseUrl.ToString());
        Configure("Prices:c1:Input", "10");
        Configure("Prices:c1:Output", "100");
        Configure("Prices:c1:CacheWrite", "20");
        claude.Enqueue(new FakeReply.Status(529), new FakeReply.Text("ok") { InputTokens = 100, CacheWriteTokens = 50, OutputTokens = 10 });
        var router = Router();
        var asking = router.GetClient("c1@claude", new LedgerScope([Run])).GetResponseAsync("hello");
        await AdvanceThroughRetryAsync();
        (await asking).Text.ShouldBe("ok");
        var balance = await _hosts[^1].GetRequiredService<ILedgerStore>().GetBalanceAsync(Run, CancellationToken.None);
        balance.ShouldBe(new BudgetBalance((50 * 10 + 50 * 20 + 10 * 100) / 1_000_000m, 0));

        Configure("Retry:Retries", "0");
        claude.Enqueue(new FakeReply.NoFirstToken());
        var silent = FailAsync("c1@claude");
        for (var request = 0; request < 3; request++)
            await claude.NextRequestAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(3));
        (await silent).Phase.ShouldBe(TimeoutPhase.NoFirstToken);
        await claude.NextAbortAsync(CancellationToken.None);

        claude.Enqueue(new FakeReply.Stall("Hel"));
        await using var updates = Client("c1@claude").GetStreamingResponseAsync("hello").GetAsyncEnumerator();
        while (updates.Current?.Text != "Hel")
            (await updates.MoveNextAsync()).ShouldBeTrue();
        var next = updates.MoveNextAsync().AsTask();
        _time.Advance(TimeSpan.FromSeconds(60));
        (await Should.ThrowAsync<ModelException>(() => next)).Phase.ShouldBe(TimeoutPhase.Stalled);
    }

    [Fact]
    public async Task Every_call_that_went_out_is_in_the_ledger()
    {
        Configure("Prices:m1:Input", "10");
        Configure("Prices:m1:Output", "100");
        _first.Enqueue(new FakeReply.Status(429), new FakeReply.Text("ok") { InputTokens = 100, OutputTokens = 10 });
        var router = Router();
        var asking = router.GetClient("m1@one", new LedgerScope([Run])).GetResponseAsync("hello");
        await AdvanceThroughRetryAsync();
        await asking;

        var calls = new List<ModelCall>();
        await foreach (var call in _hosts[^1].GetRequiredService<ILedgerStore>().ReadCallsAsync(Run, CancellationToken.None))
            calls.Add(call);
        calls.Select(call => (call.Outcome, call.CostUsd)).ShouldBe([(ModelCallOutcome.Failed, 0m), (ModelCallOutcome.Succeeded, 0.002m)]);
        calls[1].Provider.ShouldBe("one");
    }

    [Fact]
    public async Task A_budget_ends_the_chain()
    {
        Configure("Prices:m1:Input", "10");
        Configure("Prices:m1:Output", "100");
        await Should.ThrowAsync<OverBudgetException>(() =>
            Client("code", new LedgerScope([Run with { CapUsd = 0.01m }])).GetResponseAsync("hello"));
        _first.Requests.ShouldBeEmpty();
        _second.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_model_can_stand_for_every_profile()
    {
        Configure("Model", "qwen3");
        _environment["OPENAI_BASE_URL"] = _first.BaseUrl.ToString();
        _first.Respond = _ => new FakeReply.Text("ok");
        foreach (var profile in new[] { "code", "fast", "anything" })
            await Client(profile).GetResponseAsync("hello");
        _first.Requests.Select(request => request.Model).ShouldBe(["qwen3", "qwen3", "qwen3"]);
        _first.Requests.ShouldAllBe(request => request.Authorization == null);
    }

    [Fact]
    public async Task The_ecosystems_variables_are_honoured()
    {
        _environment["OPENAI_BASE_URL"] = _first.BaseUrl.ToString();
        _environment["OPENAI_API_KEY"] = "sk-1";
        _first.Enqueue(new FakeReply.Text("ok"));
        await Client("fast").GetResponseAsync("hello");
        _first.Requests.Single().Authorization.ShouldBe("Bearer sk-1");
    }

    [Fact]
    public async Task GitHub_Models_is_asked_with_the_jobs_own_token()
    {
        _environment["GITHUB_TOKEN"] = "ghs-job";
        Router().Resolve("openai/gpt-4o-mini@github").Single().Host.ShouldBe("models.github.ai");
        Configure("Providers:github:BaseUrl", _first.BaseUrl.ToString());
        _first.Enqueue(new FakeReply.Text("ok"));
        await Client("openai/gpt-4o-mini@github").GetResponseAsync("hello");
        (_first.Requests.Single().Authorization, _first.Requests.Single().Model).ShouldBe(("Bearer ghs-job", "openai/gpt-4o-mini"));
    }

    [Fact]
    public async Task A_script_can_stand_for_every_profile()
    {
        var file = Path.Combine(Path.GetTempPath(), $"taskbot-{Guid.NewGuid():N}.yml");
        Configure("Providers:demo:Kind", "Scripted");
        Configure("Providers:demo:File", file);
        Configure("Model", "scripted@demo");
        Router().Resolve("code").Single().Problem.ShouldNotBeNull().ShouldContain(file);
        await File.WriteAllTextAsync(file, "replies: [{reply: hi, usage: {input: 7, output: 3}}]");
        try
        {
            var response = await Client("code", new LedgerScope([Run with { CapUsd = 0 }])).GetResponseAsync("hello");
            (response.Text, response.Usage!.InputTokenCount).ShouldBe(("hi", 7));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_picture_is_priced_and_capped_like_an_answer()
    {
        _environment["OPENAI_API_KEY"] = "sk-1";
        _environment["OPENAI_BASE_URL"] = _first.BaseUrl.ToString();
        _first.Enqueue(new FakeReply.Text("picture") { InputTokens = 100, OutputTokens = 4160 });
        var router = Router();
        await router.GetClient("image", new LedgerScope([Run])).GetResponseAsync("a square");
        (await _hosts[^1].GetRequiredService<ILedgerStore>().GetBalanceAsync(Run, CancellationToken.None)).ShouldBe(new BudgetBalance((100 * 10m + 4160 * 40m) / 1_000_000, 0));
        _first.Requests.Single().Model.ShouldBe("gpt-image-1");
        await Should.ThrowAsync<OverBudgetException>(() => router.GetClient("image", new LedgerScope([Run with { CapUsd = 0.2m }])).GetResponseAsync("a circle"));
    }

    [Fact]
    public async Task Speech_that_counts_no_tokens_costs_what_was_reserved()
    {
        Configure("Providers:one:Free", "false");
        Configure("Capabilities:voice:Output", "Speech");
        Configure("Prices:voice:Input", "0");
        Configure("Prices:voice:Output", "10");
        _first.Enqueue(new FakeReply.Text("sound"));
        await Client("voice@one", new LedgerScope([Run])).GetResponseAsync("hello", new ChatOptions { MaxOutputTokens = 500 });
        (await _hosts[^1].GetRequiredService<ILedgerStore>().GetBalanceAsync(Run, CancellationToken.None)).SpentUsd.ShouldBe(0.005m);
    }

    [Fact]
    public async Task One_model_for_all_draws_and_speaks_nothing()
    {
        Configure("Model", "qwen3@one");
        Configure("Profiles:embed:0", "text-embedding-3-small@one");
        var router = Router();
        router.Resolve("code").Single().Model.ShouldBe("qwen3");
        router.Resolve("image")[0].Model.ShouldBe("gpt-image-1");
        _first.Enqueue(new FakeReply.Text(""));
        using var embedder = new TaskBot.Models.Embeddings.ChatEmbedder(router.GetClient("embed", LedgerScope.Unlimited));
        (await embedder.GenerateAsync(["a"])).Count.ShouldBe(1);
        (router.HasProfile("embed"), router.HasProfile("nothing")).ShouldBe((true, false));
    }

    [Fact]
    public void Anthropic_is_not_asked_for_pictures()
    {
        _environment["ANTHROPIC_API_KEY"] = "sk-1";
        Configure("Capabilities:claude-haiku-4-5:Output", "Image");
        Router().Resolve("claude-haiku-4-5@anthropic").Single().Problem.ShouldBe("Anthropic's protocol has text only");
    }

    [Fact]
    public async Task Each_model_that_can_be_asked_is_asked_once_for_a_word_and_told_what_is_wrong()
    {
        Configure("Profiles:fast:0", "m1@one");
        Configure("Profiles:reason:0", "m2@two");
        Configure("Profiles:vision:0", "m2@two");
        Configure("Prices:m2:Input", "1");
        Configure("Prices:m2:Output", "1");
        Configure("Retry:Retries", "0");
        _first.Enqueue(new FakeReply.Text("ok") { InputTokens = 10, OutputTokens = 1 });
        _second.Enqueue(new FakeReply.Status(401));
        Router();
        var probed = await _hosts[^1].GetRequiredService<TaskBot.Models.Discovery.ModelProbe>().AskAllAsync(CancellationToken.None);
        probed.Select(one => (one.Route.Model, one.Problem is null)).ShouldBe([("m1", true), ("m2", false)]);
        probed[1].Problem.ShouldNotBeNull().ShouldContain("the key is not accepted (401");
        (_first.Requests.Count, _second.Requests.Count).ShouldBe((1, 1));
        _first.Requests.Single().Body.GetProperty("max_completion_tokens").GetInt32().ShouldBe(64);
    }

    [Fact]
    public void Nothing_configured_is_said_with_what_is_missing()
    {
        var e = Should.Throw<ModelException>(() => Client("fast"));
        e.Kind.ShouldBe(ModelErrorKind.NotConfigured);
        e.Message.ShouldContain("OPENAI_API_KEY is not set");
        e.Message.ShouldContain("ANTHROPIC_API_KEY is not set");
        e.Message.ShouldContain("GITHUB_TOKEN is not set");
    }

    [Fact]
    public void An_unknown_price_is_refused_unless_allowed_and_free_only_on_loopback()
    {
        Configure("Providers:far:BaseUrl", "https://models.example.com/v1");
        Router().Resolve("mystery@far").Single().Problem.ShouldNotBeNull().ShouldContain("Models:Prices:mystery");
        Router().Resolve("gpt-5@far").Single().IsUsable.ShouldBeTrue();
        Router().Resolve("mystery@one").Single().Price.ShouldBe(TaskBot.Models.Pricing.ModelPrice.Free);

        Configure("Providers:one:Free", "false");
        Router().Resolve("mystery@one").Single().IsUsable.ShouldBeFalse();

        Configure("AllowUnknownPrice", "true");
        Router().Resolve("mystery@far").Single().IsUsable.ShouldBeTrue();
    }

    [Fact]
    public void Every_mistake_in_the_configuration_is_listed_at_once()
    {
        Configure("Providers:x:Kind", "Scripted");
        Configure("Profiles:slow:0", "m@nowhere");
        Configure("MaxOutputTokens", "0");
        Configure("Timeouts:Stall", "00:00:00");
        Configure("Prices:m:Input", "-1");
        Configure("LocalServers:far", "http://models.example.com/v1");
        var e = Should.Throw<OptionsValidationException>(Router);
        foreach (var key in new[] { "Models:Providers:x:File", "Models:Profiles:slow", "Models:MaxOutputTokens", "Models:Timeouts:Stall", "Models:Prices:m", "Models:LocalServers:far" })
            e.Failures.ShouldContain(failure => failure.StartsWith(key, StringComparison.Ordinal));
    }

    [Fact]
    public void Shipped_providers_can_be_changed_without_being_written_anew()
    {
        Configure("Providers:openai:OutputLimitField", "MaxTokens");
        _environment["OPENAI_API_KEY"] = "sk-1";
        Router().Resolve("gpt-5@openai").Single().Endpoint.ShouldBe(new Uri("https://api.openai.com/v1"));
    }

    private void Configure(string key, string value) => _configuration[$"Models:{key}"] = value;

    private ModelRouter Router()
    {
        var services = new ServiceCollection()
            .AddSingleton<TimeProvider>(_time)
            .AddSingleton(new ModelEnvironment(name => _environment.GetValueOrDefault(name)))
            .AddSingleton(typeof(ILogger<>), typeof(Microsoft.Extensions.Logging.Abstractions.NullLogger<>))
            .AddTaskBotModels(new ConfigurationBuilder().AddInMemoryCollection(_configuration).Build())
            .BuildServiceProvider();
        _hosts.Add(services);
        return services.GetRequiredService<ModelRouter>();
    }

    private IChatClient Client(string name, LedgerScope? scope = null) => Router().GetClient(name, scope ?? LedgerScope.Unlimited);

    private Task<ModelException> FailAsync(string name, ModelRouter? router = null) =>
        Should.ThrowAsync<ModelException>(() => (router ?? Router()).GetClient(name, LedgerScope.Unlimited).GetResponseAsync("hello"));

    /// <summary>Retries wait for less than a minute; the timeouts of a call begin at one.</summary>
    private async Task AdvanceThroughRetryAsync()
    {
        await _time.TimerStarted(delay => delay < TimeSpan.FromSeconds(60));
        _time.Advance(TimeSpan.FromSeconds(59));
    }
}
