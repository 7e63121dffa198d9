using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Prompts;
using TaskBot.Models.Recordings;
using TaskBot.Models.Scripted;

namespace TaskBot.Models.Tests.Recordings;

public sealed class RecordingTests : IDisposable
{
    private const string Secret = "sk-1+2\"3";
    private readonly Store _store = new();
    private readonly RecordingChatClient _recording;

    public RecordingTests()
    {
        var script = ReplyScript.Parse("s.yml", """
            replies:
              - when: {contains: fail}
                error: refused
              - when: {contains: tool}
                tool_calls: [{name: read_file, arguments: {path: a.cs}}]
              - reply: 'the key is sk-1+2"3'
                usage: {input: 7, output: 3}
            """, out var problems);
        problems.ShouldBeEmpty();
        _recording = new RecordingChatClient(new ScriptedChatClient(script), _store, Redact);
    }

    [Fact]
    public async Task A_recorded_run_plays_again_with_its_answers_tools_usage_and_failures()
    {
        var answers = new List<ChatResponse>();
        foreach (var text in new[] { "hello", "use a tool" })
            answers.Add(await _recording.GetResponseAsync(text, Options()));
        await Should.ThrowAsync<ModelException>(() => _recording.GetResponseAsync("fail", Options()));
        var streamed = await _recording.GetStreamingResponseAsync("streamed", Options()).ToChatResponseAsync();

        using var replay = await ReplayChatClient.LoadAsync(_store, Redact, CancellationToken.None);

        var hello = await replay.GetResponseAsync("hello", Options());
        hello.Text.ShouldBe("the key is ***");
        hello.Usage!.InputTokenCount.ShouldBe(7);
        var call = (await replay.GetResponseAsync("use a tool", Options())).Messages[0].Contents.OfType<FunctionCallContent>().Single();
        (call.Name, call.Arguments!["path"]!.ToString()).ShouldBe(("read_file", "a.cs"));
        (await Should.ThrowAsync<ModelException>(() => replay.GetResponseAsync("fail", Options()))).Kind.ShouldBe(ModelErrorKind.Refused);
        (await replay.GetStreamingResponseAsync("streamed", Options()).ToChatResponseAsync()).Text.ShouldBe(Redact(streamed.Text));
    }

    [Fact]
    public async Task No_secret_is_kept()
    {
        await _recording.GetResponseAsync($"my key is {Secret}", Options());
        var kept = _store.Recordings.ShouldHaveSingleItem();
        (kept.Request + kept.Response).ShouldNotContain("sk-1");
        using var replay = await ReplayChatClient.LoadAsync(_store, Redact, CancellationToken.None);
        (await replay.GetResponseAsync($"my key is {Secret}", Options())).Text.ShouldBe("the key is ***");
    }

    [Fact]
    public async Task Another_request_is_refused_with_the_first_difference()
    {
        await _recording.GetResponseAsync("hello", Options());
        await _recording.GetResponseAsync([new ChatMessage(ChatRole.System, "Be brief."), new ChatMessage(ChatRole.User, "hello")], Options());
        using var replay = await ReplayChatClient.LoadAsync(_store, Redact, CancellationToken.None);

        var e = await Should.ThrowAsync<ReplayException>(() => replay.GetResponseAsync("hello!", Options()));
        e.Message.ShouldContain("prompt 'core/edit'");
        e.Message.ShouldContain("recorded \"text\": \"hello\"");
        e.Message.ShouldContain("asked \"text\": \"hello!\"");
        (await Should.ThrowAsync<ReplayException>(() => replay.GetResponseAsync("hello", new ChatOptions()))).Message
            .ShouldContain("nor was any other of that prompt");
    }

    [Fact]
    public async Task A_changed_option_is_a_difference_and_a_message_id_is_not()
    {
        await _recording.GetResponseAsync([new ChatMessage(ChatRole.User, "hello") { MessageId = "1" }], Options());
        using var replay = await ReplayChatClient.LoadAsync(_store, Redact, CancellationToken.None);
        await replay.GetResponseAsync([new ChatMessage(ChatRole.User, "hello") { MessageId = "2" }], Options());
        var warmer = Options();
        warmer.Temperature = 1;
        (await Should.ThrowAsync<ReplayException>(() => replay.GetResponseAsync("hello", warmer))).Message.ShouldContain("\"temperature\": 1");
    }

    public void Dispose() => _recording.Dispose();

    private static string Redact(string text) => text.Replace(Secret, "***", StringComparison.Ordinal);

    private static ChatOptions Options() => new ChatOptions().WithPromptName("core/edit");

    private sealed class Store : IRecordingStore
    {
        public List<Recording> Recordings { get; } = [];

        public ValueTask AppendAsync(Recording recording, CancellationToken cancellationToken)
        {
            Recordings.Add(recording);
            return ValueTask.CompletedTask;
        }

        public async IAsyncEnumerable<Recording> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            foreach (var recording in Recordings)
                yield return recording;
        }
    }
}
