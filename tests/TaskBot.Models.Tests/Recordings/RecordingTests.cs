using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Models.Pricing;
using TaskBot.Models.Prompts;
using TaskBot.Models.Recordings;
using TaskBot.Models.Scripted;
using TaskBot.Testing;

namespace TaskBot.Models.Tests.Recordings;

public sealed class RecordingTests : IDisposable
{
    private const string Secret = "zq-1+2\"3";
    private static readonly SecretRedaction Redaction = new([Secret]);
    private readonly InMemoryLedgerStore _store = new();
    private readonly BudgetLedger _ledger;
    private readonly FakeTimeProvider _time = new();
    private readonly CountingClient _model;

    public RecordingTests()
    {
        _ledger = new BudgetLedger(_store);
        var script = ReplyScript.Parse("s.yml", """
            replies:
              - when: {contains: fail}
                error: refused
              - when: {contains: tool}
                tool_calls: [{name: read_file, arguments: {path: a.cs}}]
              - reply: 'the key is zq-1+2"3'
                usage: {input: 7, output: 3}
            """, out var problems);
        problems.ShouldBeEmpty();
        _model = new CountingClient(new ScriptedChatClient(script));
    }

    [Fact]
    public async Task A_recorded_run_plays_again_with_its_answers_tools_usage_and_failures()
    {
        using var recording = Recording();
        foreach (var text in new[] { "hello", "use a tool" })
            await recording.GetResponseAsync(text, Options());
        await Should.ThrowAsync<ModelException>(() => recording.GetResponseAsync("fail", Options()));
        var streamed = await recording.GetStreamingResponseAsync("streamed", Options()).ToChatResponseAsync();

        using var replay = await ReplayAsync();

        var hello = await replay.GetResponseAsync("hello", Options());
        hello.Text.ShouldBe("the key is ***");
        hello.Usage!.InputTokenCount.ShouldBe(7);
        var call = (await replay.GetResponseAsync("use a tool", Options())).Messages[0].Contents.OfType<FunctionCallContent>().Single();
        (call.Name, call.Arguments!["path"]!.ToString()).ShouldBe(("read_file", "a.cs"));
        (await Should.ThrowAsync<ModelException>(() => replay.GetResponseAsync("fail", Options()))).Kind.ShouldBe(ModelErrorKind.Refused);
        (await replay.GetStreamingResponseAsync("streamed", Options()).ToChatResponseAsync()).Text.ShouldBe(Redaction.Redact(streamed.Text));
        _model.Calls.ShouldBe(4);
    }

    [Fact]
    public async Task What_the_budget_refused_is_refused_again()
    {
        using var recording = Recording(new ModelPrice(1000, 1000), capUsd: 0.01m);
        var refused = await Should.ThrowAsync<OverBudgetException>(() => recording.GetResponseAsync("hello", Options()));

        using var replay = await ReplayAsync();

        (await Should.ThrowAsync<OverBudgetException>(() => replay.GetResponseAsync("hello", Options()))).Message.ShouldBe(refused.Message);
    }

    [Fact]
    public async Task No_secret_is_kept()
    {
        using var recording = Recording();
        await recording.GetResponseAsync($"my key is {Secret}", Options());
        var kept = (await RecordingsAsync()).ShouldHaveSingleItem();
        (kept.Request + kept.Response).ShouldNotContain("zq-1");
        using var replay = await ReplayAsync();
        (await replay.GetResponseAsync($"my key is {Secret}", Options())).Text.ShouldBe("the key is ***");
    }

    [Theory]
    [InlineData("sk-" + "ant-api03-" + "0123456789abcdefghij")]
    [InlineData("ghp_0123456789abcdefghijABCDEFGHIJ012345")]
    [InlineData("github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz")]
    [InlineData("AKIAIOSFODNN7EXAMPLE")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----")]
    public void What_has_the_shape_of_a_secret_is_taken_out_whoever_it_belongs_to(string secret)
    {
        new SecretRedaction([]).Redact($"before {secret} after").ShouldBe("before *** after");
    }

    [Theory]
    [InlineData("sk-learn and task-runner-with-a-long-name are packages")]
    [InlineData("the Bearer of bad news")]
    public void Plain_words_stay(string text)
    {
        new SecretRedaction(["news"]).Redact(text).ShouldBe(text);
    }

    /// <summary>A process that was killed after the answer came, and before its node had ended, is such a second client.</summary>
    [Fact]
    public async Task A_node_that_runs_again_is_not_charged_again_for_what_it_was_answered()
    {
        using (var first = Recording())
        {
            await first.GetResponseAsync("hello", Options());
            await Should.ThrowAsync<ModelException>(() => first.GetResponseAsync("fail", Options()));
        }

        using var second = Recording();
        (await second.GetResponseAsync("hello", Options())).Text.ShouldBe("the key is ***");
        (await second.GetStreamingResponseAsync("a new question", Options()).ToChatResponseAsync()).Usage!.OutputTokenCount.ShouldBe(3);
        await Should.ThrowAsync<ModelException>(() => second.GetResponseAsync("fail", Options()));

        _model.Calls.ShouldBe(4, "hello once, the new question once, and twice what failed");
    }

    [Fact]
    public async Task A_node_that_asks_the_same_twice_gets_two_answers_and_so_it_does_when_it_runs_again()
    {
        using (var first = Recording())
        {
            await first.GetResponseAsync("hello", Options());
            await first.GetResponseAsync("hello", Options());
        }

        using var second = Recording();
        for (var ask = 0; ask < 3; ask++)
            await second.GetResponseAsync("hello", Options());

        _model.Calls.ShouldBe(3);
    }

    [Fact]
    public async Task Another_attempt_or_node_or_run_asks_anew()
    {
        foreach (var place in new[] { ("r", "1 /a"), ("r", "2 /a"), ("r", "1 /b"), ("s", "1 /a") })
        {
            using var client = Recording(place: new RecordingPlace(place.Item1, place.Item2, "code", "m@p"));
            await client.GetResponseAsync("hello", Options());
        }

        _model.Calls.ShouldBe(4);
    }

    [Fact]
    public async Task Another_request_is_refused_with_the_first_difference()
    {
        using var recording = Recording();
        await recording.GetResponseAsync("hello", Options());
        await recording.GetResponseAsync([new ChatMessage(ChatRole.System, "Be brief."), new ChatMessage(ChatRole.User, "hello")], Options());
        using var replay = await ReplayAsync();

        var e = await Should.ThrowAsync<ReplayException>(() => replay.GetResponseAsync("hello!", Options()));
        e.Message.ShouldContain("prompt 'core/edit'");
        e.Message.ShouldContain("recorded \"text\": \"hello\"");
        e.Message.ShouldContain("asked \"text\": \"hello!\"");
        (await Should.ThrowAsync<ReplayException>(() => replay.GetResponseAsync("hello", new ChatOptions()))).Message
            .ShouldContain("nor was any other of that prompt");
    }

    [Fact]
    public async Task A_difference_far_inside_a_long_text_is_shown_with_its_surroundings()
    {
        using var recording = Recording();
        var start = new string('x', 5000);
        await recording.GetResponseAsync($"{start} the old end", Options());
        using var replay = await ReplayAsync();

        var e = await Should.ThrowAsync<ReplayException>(() => replay.GetResponseAsync($"{start} the new end", Options()));

        e.Message.ShouldContain("the old end");
        e.Message.ShouldContain("the new end");
        e.Message.Length.ShouldBeLessThan(800);
    }

    [Fact]
    public async Task A_changed_option_is_a_difference_and_a_message_id_is_not()
    {
        using var recording = Recording();
        await recording.GetResponseAsync([new ChatMessage(ChatRole.User, "hello") { MessageId = "1" }], Options());
        using var replay = await ReplayAsync();
        await replay.GetResponseAsync([new ChatMessage(ChatRole.User, "hello") { MessageId = "2" }], Options());
        var warmer = Options();
        warmer.Temperature = 1;
        (await Should.ThrowAsync<ReplayException>(() => replay.GetResponseAsync("hello", warmer))).Message.ShouldContain("\"temperature\": 1");
    }

    [Fact]
    public async Task A_profile_means_in_a_replay_what_it_meant_then()
    {
        using var recording = Recording(place: new RecordingPlace("r", "1 /a", "code", "then@there"));
        await recording.GetResponseAsync("hello", Options());

        var run = await RecordedRun.LoadAsync(_store, "r", new Nobody(), askNow: false, Redaction, default);

        (run.Describe("code"), run.Describe("fast"), run.Exchanges).ShouldBe(("then@there", "nobody", 1));
    }

    public void Dispose()
    {
        _ledger.Dispose();
        _model.Dispose();
    }

    private RecordingChatClient Recording(ModelPrice? price = null, decimal? capUsd = null, RecordingPlace? place = null) =>
        new(
            new LedgerChatClient(
                _model, _ledger, new LedgerTariff("m", "p", price ?? ModelPrice.Free, 100), LedgerScope.Unlimited.Enter(BudgetLevel.Run, "r", capUsd), _time),
            _store, place ?? new RecordingPlace("r", "", "code", "m@p"), Redaction.Redact);

    private async Task<IChatClient> ReplayAsync() =>
        (await RecordedRun.LoadAsync(_store, "r", new Nobody(), askNow: false, Redaction, default)).GetClient("code", LedgerScope.Unlimited.Enter(BudgetLevel.Run, "r"));

    private async Task<List<Recording>> RecordingsAsync()
    {
        var recordings = new List<Recording>();
        await foreach (var recording in _store.ReadAsync("r", default))
            recordings.Add(recording);
        return recordings;
    }

    private static ChatOptions Options() => new ChatOptions().WithPromptName("core/edit");

    private sealed class CountingClient(IChatClient inner) : DelegatingChatClient(inner)
    {
        public int Calls { get; private set; }

        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            Calls++;
            return base.GetResponseAsync(messages, options, cancellationToken);
        }

        public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            Calls++;
            return base.GetStreamingResponseAsync(messages, options, cancellationToken);
        }
    }

    private sealed class Nobody : IModelRouter
    {
        public bool HasProfile(string name) => false;

        public IChatClient GetClient(string profileOrModel, LedgerScope scope) => throw new InvalidOperationException("A replay asks nobody.");

        public string Describe(string profileOrModel) => "nobody";
    }
}
