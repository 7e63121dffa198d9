using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Nodes;

/// <summary>The nodes that look around, reason, check answers and choose: agent, reason, verify, vote.</summary>
public sealed class ThinkingNodesTests : IAsyncLifetime
{
    const string Calculator = "def add(a, b):\n    return a - b\n";

    NodeLab lab = null!;
    TreeId tree;

    public async Task InitializeAsync()
    {
        lab = await NodeLab.CreateAsync();
        tree = await lab.TreeAsync(("src/calculator.py", Calculator), ("README.md", "Calculator 2.1.0\n"));
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    [Fact]
    public async Task An_agent_looks_around_with_tools_and_answers()
    {
        lab.Reply("It subtracts.", "2:     return a - b");
        lab.Replies.Add(Call("read_file", ("path", "src/calculator.py"), ("from", 2)));

        var outputs = (await lab.RunAsync("llm.agent", [("tree", tree.Value), ("question", "What does add do?")])).ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        outputs["text"].ShouldBe("It subtracts.");
        outputs["files"].ShouldBe(TaskValue.ListOf(["src/calculator.py"]));
    }

    [Fact]
    public async Task An_agent_that_never_answers_and_one_that_sees_too_much_are_stopped()
    {
        lab.Replies.Add(Call("list_files", ("glob", "**")));

        (await lab.RunAsync("llm.agent", [("tree", tree.Value), ("question", "What?")], ("maxRounds", 2)))
            .ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("after 2 rounds it still calls tools");

        lab.Replies.Clear();
        lab.Reply("I have seen enough.", "No room is left for more material.");
        lab.Replies.Add(Call("read_file", ("path", "README.md")));
        (await lab.RunAsync("llm.agent", [("tree", tree.Value), ("question", "What?")], ("maxTokens", 5))).ShouldBeOfType<NodeResult.Succeeded>();
    }

    [Fact]
    public async Task Reasoning_looks_into_the_tree_and_answers()
    {
        lab.Reply(Step("It is in the calculator.", answer: "`add` subtracts, src/calculator.py:2.", confidence: 0.9), "2:     return a - b");
        lab.Reply(Step("Read it.", "read_file", "src/calculator.py"), "src/calculator.py:1: def add(a, b):");
        lab.Reply(Step("Look where add is.", "find_text", "def add"));

        var outputs = (await ReasonAsync()).ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        outputs["text"].ShouldBe("`add` subtracts, src/calculator.py:2.");
        outputs["confidence"].ShouldBe(new TaskValue.Real(0.9));
        outputs["files"].ShouldBe(TaskValue.ListOf(["src/calculator.py"]));
        outputs["steps"].ShouldBeOfType<TaskValue.List>().Items.Length.ShouldBe(3);
    }

    [Fact]
    public async Task Reasoning_goes_back_from_a_dead_end_and_takes_the_lesson_along()
    {
        lab.Reply(Step("Found.", answer: "It subtracts.", confidence: 0.8), "A way was tried from here and led nowhere: Not here.\nTry this one now: Read the calculator.");
        lab.Reply(Step("Not here.", deadEnd: true), "Calculator 2.1.0");
        lab.Reply(Step("Read the readme first.", "read_file", "README.md", alternatives: ["Read the calculator."]));

        var outputs = (await ReasonAsync()).ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        outputs["text"].ShouldBe("It subtracts.");
        outputs["steps"].ShouldBeOfType<TaskValue.List>().Items.Select(step => ((TaskValue.Map)step).Entries["givenUp"].ToString()).ShouldBe(["true", "true", "false"]);
    }

    [Fact]
    public async Task An_answer_that_the_model_does_not_trust_is_no_answer()
    {
        lab.Reply(Step("Perhaps.", answer: "It may be the cache.", confidence: 0.4));

        var failed = (await ReasonAsync()).ShouldBeOfType<NodeResult.Failed>();

        failed.Message.ShouldBe("The best answer in 1 steps is trusted to 0.4 only; 0.7 is asked for.");
        failed.Evidence["answer"].ShouldBe("It may be the cache.");
    }

    [Fact]
    public async Task Reasoning_that_goes_in_circles_ends_at_its_limits()
    {
        lab.Reply(Step("Again.", "list_files", "**", alternatives: ["Once more."]));

        (await ReasonAsync(("maxSteps", 5), ("maxDepth", 2))).ShouldBeOfType<NodeResult.Failed>().Message.ShouldBe("No answer was found in 5 steps.");
    }

    [Fact]
    public async Task A_vague_task_is_asked_about_and_a_clear_one_goes_on()
    {
        lab.Reply("""{"questions": [{"question": "Should add\nround?", "depends": "whether halves go up"}, {"question": "For all numbers?", "depends": "the type"}]}""", "> task\nadd is bad".Replace("> ", "", StringComparison.Ordinal));
        lab.Reply("""{"questions": []}""");

        (await lab.RunAsync("llm.clarify", [("description", "add is bad")])).ShouldBeOfType<NodeResult.WaitingForHuman>().Question
            .ShouldBe("1. Should add round? (whether halves go up)\n2. For all numbers? (the type)");
        (await lab.RunAsync("llm.clarify", [("description", "add must add")])).ShouldBeOfType<NodeResult.Succeeded>().Outputs["description"].ShouldBe("add must add");
    }

    [Fact]
    public async Task More_than_three_questions_and_those_that_are_none_are_put_to_nobody()
    {
        static string Asked(params string[] questions) => $$"""{"questions": [{{string.Join(", ", questions.Select(question => $$"""{"question": "{{question}}", "depends": "a lot"}"""))}}]}""";
        lab.Reply(Asked("One?", "Two?", "Three?"), "it is about four", "at most 3 items");
        lab.Reply(Asked("One?", "Two?", "Three?", "Four?"), "it is about four");
        lab.Reply(Asked("Tell me more."), "it is vague");

        (await lab.RunAsync("llm.clarify", [("description", "it is about four")])).ShouldBeOfType<NodeResult.WaitingForHuman>().Question
            .ShouldBe("1. One? (a lot)\n2. Two? (a lot)\n3. Three? (a lot)");
        (await lab.RunAsync("llm.clarify", [("description", "it is vague")])).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("'Tell me more.' is not one question");
    }

    [Fact]
    public async Task Premises_that_hold_and_that_do_not_are_told_apart_with_the_nearest()
    {
        var outputs = (await lab.RunAsync(
            "verify.premise",
            [("tree", tree.Value), ("description", "In `src/calculater.py` the function `add(1, 2)` of v2.1.0 calls subtrac(); see calculator.py, e.g. Order.Total and https://example.org/a.py.")]))
            .ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        outputs["holds"].ShouldBe(false);
        outputs["found"].ShouldBe(TaskValue.ListOf(["symbol add", "version 2.1.0", "file calculator.py"]));
        outputs["context"].ToString().ShouldBe("There is no file 'src/calculater.py'; the nearest is 'src/calculator.py'.\nThere is no symbol 'subtrac'.");
    }

    [Fact]
    public async Task A_strict_premise_that_does_not_hold_is_a_failure()
    {
        (await lab.RunAsync("verify.premise", [("tree", tree.Value), ("description", "`multiply()` is slow")], ("strict", true)))
            .ShouldBeOfType<NodeResult.Failed>().Message.ShouldBe("The text takes for granted what is not there. There is no symbol 'multiply'.");
        (await lab.RunAsync("verify.premise", [("tree", tree.Value), ("description", "`add` is wrong")], ("strict", true))).ShouldBeOfType<NodeResult.Succeeded>();
    }

    [Fact]
    public async Task An_answer_that_its_sources_carry_passes()
    {
        lab.Reply("""{"unknown": false, "claims": [{"claim": "add subtracts", "verdict": "supported", "quote": "return   a - b"}], "contradictions": []}""");

        (await CheckAsync("It subtracts.")).ShouldBeOfType<NodeResult.Succeeded>().Outputs["text"].ShouldBe("It subtracts.");
    }

    [Fact]
    public async Task A_quote_that_does_not_stand_in_the_sources_carries_nothing()
    {
        lab.Reply("""{"unknown": false, "claims": [{"claim": "add rounds", "verdict": "supported", "quote": "return round(a)"}], "contradictions": []}""");

        (await CheckAsync("It rounds.")).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("does not stand in the sources word for word");
    }

    [Theory]
    [InlineData("""{"unknown": false, "claims": [{"claim": "add rounds", "verdict": "unsupported", "quote": ""}], "contradictions": []}""", "Nothing in the sources carries: add rounds")]
    [InlineData("""{"unknown": false, "claims": [{"claim": "add adds", "verdict": "contradicted", "quote": "return a - b"}], "contradictions": []}""", "The sources contradict: add adds")]
    [InlineData("""{"unknown": false, "claims": [{"claim": "add subtracts", "verdict": "supported", "quote": "a - b"}], "contradictions": ["It says both."]}""", "It contradicts itself: It says both.")]
    [InlineData("""{"unknown": false, "claims": [], "contradictions": []}""", "claims nothing")]
    public async Task An_answer_that_does_not_hold_says_where(string check, string message)
    {
        lab.Reply(check);

        (await CheckAsync("Something.")).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain(message);
    }

    [Fact]
    public async Task Not_knowing_is_a_legal_answer()
    {
        lab.Reply("""{"unknown": true, "claims": [], "contradictions": []}""");

        (await CheckAsync("I do not know.")).ShouldBeOfType<NodeResult.Succeeded>();
    }

    [Fact]
    public async Task What_an_answer_claims_is_tried_on_the_code()
    {
        lab.Reply(Experiments(("The file subtracts.", "grep -c 'a - b' src/calculator.py", 0, "1"), ("There is a probe.", "cat probe.txt", 0, "hello")));

        var outputs = (await TryAsync()).ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        outputs["results"].ShouldBeOfType<TaskValue.List>().Items.Select(result => ((TaskValue.Map)result).Entries["holds"]).ShouldAllBe(holds => holds.Equals((TaskValue)true));
    }

    [Fact]
    public async Task A_claim_that_an_experiment_refutes_is_a_failure_with_what_came_out()
    {
        lab.Reply(Experiments(("The file adds.", "cat src/calculator.py", 0, "a + b")));

        (await TryAsync()).ShouldBeOfType<NodeResult.Failed>().Message.ShouldBe(
            "1 of 1 claims do not hold. 'The file adds.': 'cat src/calculator.py' should have ended with 0 and written 'a + b', and gave: " + Calculator.Trim());
    }

    [Fact]
    public async Task Nothing_to_try_is_nothing_done()
    {
        lab.Reply("""{"experiments": []}""");

        (await TryAsync()).ShouldBeOfType<NodeResult.Skipped>();
    }

    [Fact]
    public async Task A_vote_goes_to_what_passes_its_tests_whatever_a_model_would_say()
    {
        var good = await CandidateAsync("ok 1 - adds");
        var bad = await CandidateAsync("not ok 1 - adds");

        var outputs = (await VoteAsync(bad, good, bad)).ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        outputs["tree"].ShouldBe(good.Value);
        outputs["summary"].ShouldBe("It is the only one that passes its tests.");
        outputs["scores"].ShouldBeOfType<TaskValue.List>().Items.Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_model_is_believed_only_where_it_says_the_same_in_both_orders()
    {
        var one = await CandidateAsync("ok 1 - adds", "one.tap");
        var two = await CandidateAsync("ok 1 - adds", "two.tap");
        lab.Reply("""{"better": "second", "reason": "It changes less."}""", "first change\ndiff --git a/one.tap");
        lab.Reply("""{"better": "first", "reason": "It changes less."}""");

        (await VoteAsync(one, two)).ShouldBeOfType<NodeResult.Succeeded>().Outputs["tree"].ShouldBe(two.Value);

        lab.Replies.Clear();
        lab.Reply("""{"better": "second", "reason": "It stands second."}""");
        var undecided = (await VoteAsync(one, two)).ShouldBeOfType<NodeResult.Succeeded>().Outputs;
        undecided["tree"].ShouldBe(one.Value);
        undecided["summary"].ShouldBe("It passes as many tests as the others, and nothing sets them apart.");
    }

    [Fact]
    public async Task A_vote_without_a_candidate_that_passes_is_a_failure()
    {
        var bad = await CandidateAsync("not ok 1 - adds");

        var failed = (await VoteAsync(bad, tree)).ShouldBeOfType<NodeResult.Failed>();

        failed.Message.ShouldBe("None of 1 different candidates passes its tests.");
        failed.Evidence.ShouldContainKey("failing");
        failed.Evidence["patch"].ToString().ShouldContain("not ok 1 - adds");
    }

    Task<NodeResult> ReasonAsync(params (string Name, TaskValue Value)[] attributes) =>
        lab.RunAsync("llm.reason", [("tree", tree.Value), ("question", "What is wrong with add?")], attributes);

    Task<NodeResult> CheckAsync(string answer) =>
        lab.RunAsync("verify.answer", [("question", "What does add do?"), ("answer", answer), ("context", Calculator)]);

    Task<NodeResult> TryAsync() => lab.RunAsync("verify.run", [("tree", tree.Value), ("answer", "add subtracts")]);

    Task<NodeResult> VoteAsync(params TreeId[] candidates)
    {
        lab.Project = lab.Project with { Test = "cat *.tap && ! grep -q '^not ok' *.tap" };
        return lab.RunAsync("vote", [("base", tree.Value), ("candidates", TaskValue.ListOf(candidates.Select(one => (TaskValue)one.Value))), ("description", "add must add")]);
    }

    Task<TreeId> CandidateAsync(string result, string file = "result.tap") =>
        lab.TreeAsync(("src/calculator.py", Calculator), ("README.md", "Calculator 2.1.0\n"), (file, $"1..1\n{result}\n"));

    static TaskValue Call(string tool, params (string Name, TaskValue Value)[] arguments) => TaskValue.MapOf(
        ("tool_calls", TaskValue.ListOf([TaskValue.MapOf(("name", tool), ("arguments", TaskValue.MapOf(arguments)))])));

    static string Step(
        string thought, string tool = "none", string argument = "", string? answer = null, double confidence = 0.5, bool deadEnd = false, params string[] alternatives) =>
        TaskValue.MapOf(
            ("thought", thought), ("tool", tool), ("argument", argument), ("alternatives", TaskValue.ListOf(alternatives.Select(TaskValue.FromString))),
            ("deadEnd", deadEnd), ("confidence", new TaskValue.Real(confidence)), ("answer", answer is null ? TaskValue.Null.Value : answer)).ToJson();

    static string Experiments(params (string Claim, string Command, int ExitCode, string Output)[] experiments) =>
        TaskValue.MapOf(("experiments", TaskValue.ListOf(experiments.Select(experiment => (TaskValue)TaskValue.MapOf(
            ("claim", experiment.Claim), ("file", "probe.txt"), ("content", "hello\n"), ("command", experiment.Command), ("exitCode", experiment.ExitCode), ("output", experiment.Output)))))).ToJson();
}
