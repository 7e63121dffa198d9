using Microsoft.Extensions.AI;
using TaskBot.Models.Ledger;
using TaskBot.Models.Prompts;
using TaskBot.Models.Scripted;

namespace TaskBot.Models.Tests.Prompts;

public sealed class PromptTrialTests
{
    [Fact]
    public async Task Each_set_of_test_data_is_asked_and_judged_by_every_evaluator()
    {
        var cases = await TryAsync("""
            name: greet
            model: writer
            messages: [{role: user, content: "Greet {{name}}."}]
            testData:
              - {name: Ada, expected: "Hello, Ada"}
              - {name: Bob, expected: "Hello, Bob"}
            evaluators:
              - name: exact
                string: {equals: "{{expected}}"}
              - name: polite
                llm:
                  modelId: judge
                  systemPrompt: You judge.
                  prompt: "Is '{{completion}}' polite?"
                  choices: [{choice: polite, score: 1}, {choice: impolite, score: 0}]
              - name: close
                uses: github/similarity
            """, """
            replies:
              - when: {contains: "Greet Ada"}
                reply: "Hello, Ada"
              - when: {contains: "Greet Bob"}
                reply: "Oi, Bob"
              - when: {prompt: evaluator polite, contains: "Hello, Ada"}
                reply: Polite
              - when: {prompt: evaluator polite}
                reply: I would call that impolite.
              - when: {prompt: evaluator close, contains: ["Expected:\nHello, Ada", "Answer:\nHello, Ada"]}
                reply: "5"
              - when: {prompt: evaluator close}
                reply: "2"
            """);

        cases.Select(tried => tried.Passed).ShouldBe([true, false]);
        cases[0].Scores.Select(score => (score.Evaluator, score.Score, score.Passed)).ShouldBe([("exact", 1f, true), ("polite", 1f, true), ("close", 1f, true)]);
        cases[1].Answer.ShouldBe("Oi, Bob");
        cases[1].Scores.Select(score => (score.Evaluator, score.Score, score.Passed)).ShouldBe([("exact", 0f, false), ("polite", 0f, false), ("close", 0.25f, false)]);
        cases[1].Scores[1].Detail.ShouldBe("judged impolite");
    }

    [Fact]
    public async Task What_cannot_be_judged_is_not_passed_and_says_why()
    {
        var cases = await TryAsync("""
            name: greet
            messages: [{role: user, content: "Greet {{name}}."}]
            testData: [{name: Ada}]
            evaluators:
              - {name: unknown, uses: acme/magic}
              - {name: close, uses: github/similarity}
              - name: judged
                llm: {modelId: judge, prompt: "Judge {{completion}}", choices: [{choice: good, score: 1}]}
            """, """
            replies:
              - when: {contains: "Greet Ada"}
                reply: Hi
              - reply: hmm
            """);

        var scores = cases.ShouldHaveSingleItem().Scores;
        scores.ShouldAllBe(score => !score.Passed);
        scores[0].Detail.ShouldContain("'acme/magic' is not known");
        scores[1].Detail.ShouldBe("The test data does not give expected.");
        scores[2].Detail.ShouldBe("The judge chose none of good.");
    }

    [Fact]
    public async Task A_model_that_fails_is_a_case_that_failed()
    {
        var cases = await TryAsync(
            "name: x\nmessages: [{role: user, content: 'Hi {{a}}'}]\ntestData: [{a: b}]\nevaluators: [{name: n, string: {contains: x}}]\n", "replies: [{error: timeout}]\n");

        var tried = cases.ShouldHaveSingleItem();
        (tried.Passed, tried.Answer).ShouldBe((false, null));
        tried.Error.ShouldNotBeNull().ShouldContain("scripted failure");
    }

    private static async Task<List<PromptCase>> TryAsync(string prompt, string script)
    {
        var replies = ReplyScript.Parse("s.yml", script, out var problems);
        problems.ShouldBeEmpty();
        var cases = new List<PromptCase>();
        await foreach (var tried in new PromptTrial(new Scripted(replies), model: null, LedgerScope.Unlimited).RunAsync(PromptTests.Read(prompt), default))
            cases.Add(tried);
        return cases;
    }

    private sealed class Scripted(ReplyScript script) : IModelRouter
    {
        public bool HasProfile(string name) => false;

        public IChatClient GetClient(string profileOrModel, LedgerScope scope) => new ScriptedChatClient(script, profileOrModel);

        public string Describe(string profileOrModel) => profileOrModel;
    }
}
