using Microsoft.Extensions.AI;
using TaskBot.Models.Documents;
using TaskBot.Models.Prompts;

namespace TaskBot.Models.Tests.Prompts;

public sealed class PromptTests
{
    private const string Summarize = """
        name: Text Summarizer
        description: Summarizes input text concisely
        model: openai/gpt-4o-mini
        modelParameters:
          temperature: 0.5
          maxTokens: 200
        tags: [summarize, text]
        messages:
          - role: system
            content: You are a text summarizer. Runs under ${{ github.token }}.
          - role: user
            content: |
              Summarize, {{style}}:
              <text>
              {{input}}
              </text>
        testData:
          - input: |
              The quick brown fox
            style: briefly
            expected: Summary - A fox
        evaluators:
          - name: Output should start with 'Summary -'
            string:
              startsWith: 'Summary -'
          - name: close
            uses: github/similarity
          - name: judged
            llm:
              modelId: openai/gpt-4o
              prompt: "Is {{completion}} good?"
              choices:
                - {choice: good, score: 1}
                - {choice: bad, score: 0}
        """;

    [Fact]
    public void GitHubs_own_format_is_read()
    {
        var prompt = Read(Summarize);
        (prompt.Name, prompt.Model, prompt.Parameters.Temperature, prompt.Parameters.MaxOutputTokens)
            .ShouldBe(("Text Summarizer", "openai/gpt-4o-mini", 0.5f, 200));
        prompt.Tags.ShouldBe(["summarize", "text"]);
        prompt.Variables.ShouldBe(["style", "input"]);
        prompt.TestData.ShouldHaveSingleItem()["expected"].ShouldBe("Summary - A fox");
        var text = prompt.Evaluators[0].ShouldBeOfType<PromptEvaluator.Text>();
        text.Passes("summary - a fox").ShouldBeTrue();
        text.Passes("A fox").ShouldBeFalse();
        prompt.Evaluators[1].ShouldBe(new PromptEvaluator.BuiltIn("close", "github/similarity"));
        prompt.Evaluators[2].ShouldBeOfType<PromptEvaluator.Judge>().Choices.Length.ShouldBe(2);
    }

    [Fact]
    public void Rendering_fills_variables_in_and_never_looks_at_values_again()
    {
        var rendering = Read(Summarize).Render(new Dictionary<string, string> { ["style"] = "{{input}}", ["input"] = "a {{style}} $1 b" });
        rendering.Problems.ShouldBeEmpty();
        rendering.Messages.Select(message => message.Role).ShouldBe([ChatRole.System, ChatRole.User]);
        rendering.Messages[0].Text.ShouldEndWith("${{ github.token }}.");
        rendering.Messages[1].Text.ShouldBe("Summarize, {{input}}:\n<text>\na {{style}} $1 b\n</text>\n");
    }

    [Fact]
    public void Missing_and_unknown_variables_are_problems()
    {
        var rendering = Read(Summarize).Render(new Dictionary<string, string> { ["input"] = "x", ["colour"] = "red" });
        rendering.Messages.ShouldBeEmpty();
        rendering.Problems.ShouldBe([
            new FileProblem("p.prompt.yml", 12, "The variable 'style' is not given."),
            new FileProblem("p.prompt.yml", 0, "The prompt has no variable 'colour'; it has style, input."),
        ]);
    }

    [Fact]
    public void The_options_carry_the_parameters_the_schema_and_the_name()
    {
        var options = Read("""
            name: core/plan
            modelParameters: {topP: 0.9, maxCompletionTokens: 900, stop: [END]}
            messages: [{role: user, content: hi}]
            responseFormat: json_schema
            jsonSchema: |-
              {"name": "plan", "strict": true, "schema": {"type": "object", "properties": {"steps": {"type": "integer"}}}}
            """).ToChatOptions();
        (options.TopP, options.MaxOutputTokens, options.GetPromptName()).ShouldBe((0.9f, 900, "core/plan"));
        options.StopSequences.ShouldBe(["END"]);
        var format = options.ResponseFormat.ShouldBeOfType<ChatResponseFormatJson>();
        format.SchemaName.ShouldBe("core_plan");
        format.Schema!.Value.GetProperty("properties").TryGetProperty("steps", out _).ShouldBeTrue();
    }

    [Fact]
    public void A_schema_may_be_written_as_yaml()
    {
        Read("""
            name: x
            messages: [{role: user, content: hi}]
            jsonSchema:
              type: object
              required: [age]
              properties:
                age: {type: integer, minimum: 0}
            """).Schema!.Value.GetProperty("properties").GetProperty("age").GetProperty("minimum").GetInt32().ShouldBe(0);
    }

    [Fact]
    public void Every_mistake_is_listed_with_its_line()
    {
        var prompt = Prompt.Parse("p.prompt.yml", """
            nam: x
            modelParameters:
              temperature: hot
              topP: 2
            messages:
              - role: robot
                content: "Say {{ word }} and {{count}}"
            testData:
              - word: a
            evaluators:
              - name: none
            responseFormat: xml
            """, out var problems);
        prompt.ShouldBeNull();
        problems.Select(problem => (problem.Line, problem.Message.Split(';')[0])).ShouldBe([
            (1, "'nam' is not known here"),
            (12, "'responseFormat' must be text, json_object or json_schema, not 'xml'."),
            (1, "'name' is missing."),
            (3, "'temperature' must be a number, not 'hot'."),
            (4, "'topP' must be between 0 and 1."),
            (6, "'role' must be system, user or assistant, not 'robot'."),
            (7, "'{{ word }}' is not a variable"),
            (11, "An evaluator needs exactly one of string, llm and uses."),
            (9, "This test data does not give the variable 'count'."),
        ]);
    }

    [Theory]
    [InlineData("a: &x [1]\nb: *x", "Aliases")]
    [InlineData("- a", "must be a mapping")]
    [InlineData("a: 1\na: 2", "not YAML")]
    [InlineData("a: [", "not YAML")]
    [InlineData("", "must be a mapping")]
    [InlineData("a: 1\n---\nb: 2", "more than one document")]
    public void A_file_that_is_no_single_mapping_says_so(string text, string says)
    {
        Prompt.Parse("p.prompt.yml", text, out var problems).ShouldBeNull();
        problems.ShouldHaveSingleItem().Message.ShouldContain(says);
    }

    [Fact]
    public void A_file_that_is_deep_or_large_is_refused_before_it_is_walked()
    {
        Prompt.Parse("p", new string('[', 100_000), out var problems).ShouldBeNull();
        problems.ShouldHaveSingleItem().Message.ShouldContain("deeper");
        Prompt.Parse("p", new string('x', 2 << 20), out problems).ShouldBeNull();
        problems.ShouldHaveSingleItem().Message.ShouldContain("larger");
    }

    internal static Prompt Read(string text)
    {
        var prompt = Prompt.Parse("p.prompt.yml", text, out var problems);
        problems.ShouldBeEmpty();
        return prompt.ShouldNotBeNull();
    }
}
