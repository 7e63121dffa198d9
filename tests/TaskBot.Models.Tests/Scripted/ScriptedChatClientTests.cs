using Microsoft.Extensions.AI;
using TaskBot.Models.Errors;
using TaskBot.Models.Prompts;
using TaskBot.Models.Scripted;

namespace TaskBot.Models.Tests.Scripted;

public sealed class ScriptedChatClientTests : IDisposable
{
    private const string Script = """
        replies:
          - when: {prompt: core/edit, contains: [divide, "zero"]}
            reply: |
              fixed
            usage: {input: 100, output: 20}
          - when: {prompt: core/edit}
            reply: first try
          - when: {contains: fail now}
            error: rate_limited
          - when: {prompt: core/agent, call: 1}
            tool_calls:
              - {name: read_file, arguments: {path: a.cs, lines: 3}}
          - when: {prompt: core/agent, call: 2}
            reply: done
        """;

    private readonly ScriptedChatClient _client = new(Read(Script));

    [Fact]
    public async Task The_first_rule_that_matches_answers_however_often_it_is_asked()
    {
        for (var again = 0; again < 3; again++)
        {
            (await AskAsync("core/edit", "please divide by zero")).Text.ShouldBe("fixed\n");
            (await AskAsync("core/edit", "please divide")).Text.ShouldBe("first try");
        }
    }

    [Fact]
    public async Task Usage_is_what_the_rule_says_or_a_third_of_the_bytes()
    {
        var said = (await AskAsync("core/edit", "divide zero")).Usage!;
        (said.InputTokenCount, said.OutputTokenCount).ShouldBe((100, 20));
        var estimated = (await AskAsync("core/edit", "ünü")).Usage!;
        (estimated.InputTokenCount, estimated.OutputTokenCount).ShouldBe((2, 3));
    }

    [Fact]
    public async Task The_call_of_a_conversation_is_counted_from_the_request_and_not_remembered()
    {
        var options = new ChatOptions().WithPromptName("core/agent");
        var question = new ChatMessage(ChatRole.User, "look");
        var first = await _client.GetResponseAsync([question], options);
        var call = first.Messages[0].Contents.ShouldHaveSingleItem().ShouldBeOfType<FunctionCallContent>();
        (call.Name, call.Arguments!["path"]!.ToString(), first.FinishReason).ShouldBe(("read_file", "a.cs", ChatFinishReason.ToolCalls));

        var second = await _client.GetResponseAsync(
            [question, .. first.Messages, new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, "text")])], options);
        second.Text.ShouldBe("done");
        (await _client.GetResponseAsync([question], options)).FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
    }

    [Fact]
    public async Task A_rule_can_fail()
    {
        var e = await Should.ThrowAsync<ModelException>(() => AskAsync("x", "fail now"));
        e.Kind.ShouldBe(ModelErrorKind.RateLimited);
        e.Message.ShouldContain("demo.yml:8");
    }

    [Fact]
    public async Task No_rule_left_says_what_was_asked()
    {
        var e = await Should.ThrowAsync<ModelException>(() => AskAsync("core/plan", "hello"));
        e.Kind.ShouldBe(ModelErrorKind.NotScripted);
        e.Detail.ShouldBe("no rule of demo.yml matches call 1 of prompt 'core/plan'");
    }

    [Fact]
    public async Task Streaming_gives_the_same_answer()
    {
        var options = new ChatOptions().WithPromptName("core/edit");
        var response = await _client.GetStreamingResponseAsync("hello", options).ToChatResponseAsync();
        (response.Text, response.Usage!.OutputTokenCount).ShouldBe(("first try", 3));
    }

    [Fact]
    public void A_script_can_be_json()
    {
        Read("""{"replies": [{"when": {"contains": ["a\nb"]}, "reply": "x"}]}""").Replies.ShouldHaveSingleItem().Contains.ShouldBe(["a\nb"]);
    }

    [Fact]
    public void Every_mistake_is_listed_with_its_line()
    {
        ReplyScript.Parse("s.yml", """
            replies:
              - when: {promt: x, call: one}
                reply: a
                error: timeout
              - error: exploded
              - reply: [a]
            extra: 1
            """, out var problems);
        problems.Select(problem => problem.ToString()).ShouldBe([
            "s.yml:7: 'extra' is not known here; known are replies.",
            "s.yml:2: 'promt' is not known here; known are prompt, contains, call.",
            "s.yml:2: A rule answers with exactly one of reply, tool_calls and error.",
            "s.yml:2: 'call' must be a whole number, not 'one'.",
            "s.yml:5: 'exploded' is not a kind of error; known are unreachable, timeout, rate_limited, unauthorized, bad_request, "
                + "context_too_long, server_error, refused, empty, malformed, not_configured, not_scripted.",
            "s.yml:6: 'reply' must be a text.",
        ]);
    }

    public void Dispose() => _client.Dispose();

    private static ReplyScript Read(string text)
    {
        var script = ReplyScript.Parse("demo.yml", text, out var problems);
        problems.ShouldBeEmpty();
        return script;
    }

    private Task<ChatResponse> AskAsync(string prompt, string text) =>
        _client.GetResponseAsync(text, new ChatOptions().WithPromptName(prompt));
}
