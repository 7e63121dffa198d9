using TaskBot.Bot.Agents;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Models.Ledger;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Nodes;

/// <summary>Agents are shell scripts here, which print what the real ones print.</summary>
public sealed class CliAgentNodeTests : IAsyncLifetime
{
    const string Key = "sk-ant-the-agents-own-key";
    const string ClaudeSuccess = """{"type":"result","subtype":"success","is_error":false,"duration_ms":900,"num_turns":3,"result":"Fixed the sum.","session_id":"s","total_cost_usd":0.0425,"usage":{"input_tokens":12,"cache_creation_input_tokens":100,"cache_read_input_tokens":1000,"output_tokens":50},"modelUsage":{}}""";
    static readonly BudgetAccount Run = new(BudgetLevel.Run, "run", 2m);
    NodeLab lab = null!;
    TreeId tree;

    public async Task InitializeAsync()
    {
        lab = await NodeLab.CreateAsync();
        lab.Ledger = new LedgerScope([Run]);
        lab.Settings["Models:AllowUncappedAgents"] = "true";
        foreach (var agent in CliAgent.All)
        {
            lab.Agents.Add(agent.Name);
            lab.Keys[agent.KeyVariables(model: null)[0]] = Key;
        }

        tree = await lab.TreeAsync(("a.txt", "one\n"));
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    public static TheoryData<string, string?, string, decimal, long, long> Successes => new()
    {
        { "claude", null, ClaudeSuccess, 0.0425m, 1112, 50 },
        {
            "codex", "gpt-5",
            """
            {"type":"thread.started","thread_id":"0199"}
            {"type":"turn.started"}
            {"type":"error","message":"Reconnecting... 1/5"}
            {"type":"item.started","item":{"id":"item_0","type":"command_execution","command":"ls","aggregated_output":"","status":"in_progress"}}
            {"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"Fixed the sum."}}
            {"type":"turn.completed","usage":{"input_tokens":10000,"cached_input_tokens":8000,"output_tokens":100,"reasoning_output_tokens":40}}
            """,
            0.0045m, 10000, 100
        },
        {
            "gemini", null,
            """
            Loaded cached credentials.
            {
              "session_id": "s",
              "response": "Fixed the sum.",
              "stats": { "models": { "gpt-5-mini": { "api": { "totalRequests": 2, "totalErrors": 0, "totalLatencyMs": 5053 },
                "tokens": { "prompt": 2000, "candidates": 20, "total": 2180, "cached": 1000, "thoughts": 80, "tool": 0 } } }, "tools": {}, "files": {} }
            }
            """,
            0.000475m, 2000, 100
        },
        {
            "opencode", "anthropic/claude-sonnet-4-5",
            """
            {"type":"step_start","timestamp":1,"sessionID":"ses_1","part":{"type":"step-start"}}
            {"type":"tool_use","timestamp":2,"sessionID":"ses_1","part":{"type":"tool","tool":"edit","callID":"c","state":{"status":"completed"}}}
            {"type":"step_finish","timestamp":3,"sessionID":"ses_1","part":{"type":"step-finish","reason":"tool-calls","cost":0.01,"tokens":{"input":500,"output":30,"reasoning":0,"cache":{"read":100,"write":50}}}}
            {"type":"step_start","timestamp":4,"sessionID":"ses_1","part":{"type":"step-start"}}
            {"type":"text","timestamp":5,"sessionID":"ses_1","part":{"type":"text","text":"Fixed the sum."}}
            {"type":"step_finish","timestamp":6,"sessionID":"ses_1","part":{"type":"step-finish","reason":"stop","cost":0.02,"tokens":{"input":10,"output":5,"reasoning":2,"cache":{"read":0,"write":0}}}}
            """,
            0.03m, 660, 37
        },
    };

    [Theory, MemberData(nameof(Successes))]
    public async Task What_an_agent_writes_is_the_next_tree_and_what_it_cost_is_in_the_ledger(string agent, string? model, string printed, decimal usd, long input, long output)
    {
        Prints(agent, printed, "echo two >> a.txt");

        var result = (await AskAsync(agent, model is null ? [] : [("model", model)])).ShouldBeOfType<NodeResult.Succeeded>();

        (await lab.TextAsync(result.Outputs["tree"], "a.txt")).ShouldBe("one\ntwo\n");
        result.Outputs["summary"].ToString().ShouldBe("Fixed the sum.");
        result.Outputs["patch"].ToString().ShouldContain("+two");
        var call = (await CallsAsync()).ShouldHaveSingleItem();
        (call.Outcome, call.Provider, call.CostUsd, call.InputTokens, call.OutputTokens, call.Estimated).ShouldBe((ModelCallOutcome.Succeeded, agent, usd, input, output, false));
        (await lab.Spent.GetBalanceAsync(Run, default)).ShouldBe(new BudgetBalance(usd, 0));
    }

    [Fact]
    public async Task What_may_come_from_anywhere_is_not_trusted_and_what_an_agent_made_of_its_inputs_is_as_they_are()
    {
        Prints("claude", ClaudeSuccess, "echo two >> a.txt");
        (await AskAsync("claude")).ShouldBeOfType<NodeResult.Succeeded>().FromOutside.ShouldBeFalse();
        Prints("codex", """{"type":"turn.completed","usage":{"input_tokens":1,"cached_input_tokens":0,"output_tokens":1}}""", "echo two >> a.txt");
        (await AskAsync("codex")).ShouldBeOfType<NodeResult.Succeeded>().FromOutside.ShouldBeTrue();
    }

    [Fact]
    public async Task An_agent_is_given_its_own_key_its_limit_and_the_task_and_no_other_secret()
    {
        lab.Keys["OPENAI_API_KEY"] = "sk-of-somebody-else";
        Prints("claude", ClaudeSuccess, "env | cut -d= -f1 > names.txt; printf '%s\\n' \"$@\" > args.txt");

        var result = (await AskAsync("claude", ("maxUsd", TaskValue.Parse("0.5")), ("instructions", "Mind the sign."))).ShouldBeOfType<NodeResult.Succeeded>();

        var names = (await lab.TextAsync(result.Outputs["tree"], "names.txt"))!.Split('\n');
        names.ShouldContain("ANTHROPIC_API_KEY");
        names.ShouldNotContain("OPENAI_API_KEY");
        names.ShouldNotContain("CODEX_API_KEY");
        var args = (await lab.TextAsync(result.Outputs["tree"], "args.txt"))!;
        args.ShouldContain("--max-budget-usd\n0.5\n");
        args.ShouldContain("Add two to a.txt.");
        args.ShouldContain("Mind the sign.");
        args.ShouldContain(".github/workflows/**");
    }

    public static TheoryData<string, string, int, string> Failures => new()
    {
        { "claude", """{"type":"result","subtype":"success","is_error":true,"result":"Invalid API key · Fix external API key","total_cost_usd":0,"usage":{}}""", 1, "Invalid API key" },
        { "codex", "{\"type\":\"turn.started\"}\n{\"type\":\"turn.failed\",\"error\":{\"message\":\"unexpected status 401 Unauthorized\"}}", 1, "401 Unauthorized" },
        { "gemini", """{"session_id":"s","error":{"type":"FatalAuthenticationError","message":"Please set an Auth method","code":41}}""", 41, "Please set an Auth method" },
        { "opencode", """{"type":"error","timestamp":1,"sessionID":"ses_1","error":{"name":"ProviderAuthError","data":{"providerID":"anthropic","message":"invalid x-api-key"}}}""", 1, "invalid x-api-key" },
        { "claude", "Killed", 137, "ended with 137" },
        { "claude", ClaudeSuccess[..100], 0, "was cut off" },
        { "codex", """{"type":"turn.started"}""", 0, "was cut off" },
        { "gemini", "not json", 0, "is not what it is known to print" },
        { "opencode", """{"type":"step_start","part":{}}""", 0, "was cut off" },
    };

    [Theory, MemberData(nameof(Failures))]
    public async Task An_agent_that_fails_says_why_and_changes_nothing(string agent, string printed, int exitCode, string why)
    {
        Prints(agent, printed, "echo two >> a.txt", exitCode);
        (await AskAsync(agent)).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain(why);
        (await CallsAsync()).ShouldHaveSingleItem().Outcome.ShouldBe(ModelCallOutcome.Failed);
    }

    [Theory]
    [InlineData("codex", """{"type":"turn.completed","usage":{"input_tokens":1,"cached_input_tokens":0,"output_tokens":1}}""")]
    [InlineData("claude", "cut off")]
    [InlineData("gemini", """{"response":"ok","stats":{"models":{"a-model-nobody-knows":{"tokens":{"prompt":5,"candidates":5}}}}}""")]
    [InlineData("opencode", """{"type":"step_finish","part":{"reason":"stop","cost":0,"tokens":{"input":5,"output":5,"cache":{"read":0,"write":0}}}}""")]
    public async Task A_cost_that_is_not_known_is_all_that_was_reserved(string agent, string printed)
    {
        lab.Settings["Models:AllowUnknownPrice"] = "true";
        Prints(agent, printed, "echo two >> a.txt");
        await AskAsync(agent, ("maxUsd", TaskValue.Parse("0.75")));
        var call = (await CallsAsync()).ShouldHaveSingleItem();
        (call.CostUsd, call.Estimated).ShouldBe((0.75m, true));
    }

    const string Step = """{"type":"step_finish","part":{"reason":"tool-calls","cost":0.4,"tokens":{"input":500,"output":30,"cache":{"read":0,"write":0}}}}""";

    [Fact]
    public async Task An_agent_that_says_what_it_uses_is_stopped_before_it_passes_what_is_reserved()
    {
        // The third step would be one too many, whatever comes in what pieces; its children go with it.
        lab.Program("opencode", $"printf '%s\\n' '{Step[..40]}' >&2; printf '%s' '{Step[..40]}'; printf '%s\\n' '{Step[40..]}'; echo '{Step}'; sleep 600 & wait; echo two >> a.txt");

        var over = (await AskAsync("opencode", ("model", "anthropic/claude-sonnet-4-5"))).ShouldBeOfType<NodeResult.OverBudget>();

        over.Reason.ShouldContain("it spent $0.8 of $1, and its next step may cost $0.4");
        over.Reason.ShouldContain("Write a larger 'maxUsd' for /task/step");
        over.Reason.ShouldContain("/taskbot budget AMOUNT");
        var call = (await CallsAsync()).ShouldHaveSingleItem();
        (call.Outcome, call.CostUsd, call.InputTokens).ShouldBe((ModelCallOutcome.Cancelled, 1m, 1000));
    }

    [Fact]
    public async Task An_agent_that_is_done_is_not_stopped_by_what_another_step_would_cost()
    {
        Prints("opencode", Step.Replace("0.4", "0.9", StringComparison.Ordinal).Replace("tool-calls", "stop", StringComparison.Ordinal), "echo two >> a.txt");
        (await AskAsync("opencode")).ShouldBeOfType<NodeResult.Succeeded>();
        (await CallsAsync()).ShouldHaveSingleItem().CostUsd.ShouldBe(0.9m);
    }

    [Fact]
    public async Task What_an_agent_does_not_price_is_priced_by_its_model_and_stopped_where_that_has_no_price()
    {
        var step = Step.Replace("0.4", "0", StringComparison.Ordinal).Replace("500", "150000", StringComparison.Ordinal);
        lab.Program("opencode", $"echo '{step}'; echo '{step}'; sleep 600 & wait");
        (await AskAsync("opencode", ("model", "anthropic/claude-sonnet-4-5"))).ShouldBeOfType<NodeResult.OverBudget>().Reason.ShouldContain("it spent $0.9");
        lab.Keys["SOMEBODY_API_KEY"] = Key;
        (await AskAsync("opencode", ("model", "somebody/a-model-nobody-knows"))).ShouldBeOfType<NodeResult.OverBudget>().Reason.ShouldContain("a model whose price is not known");
    }

    [Fact]
    public async Task An_agent_that_stopped_at_its_own_limit_is_over_budget()
    {
        Prints("claude", """{"type":"result","subtype":"error_max_budget_usd","is_error":true,"total_cost_usd":0.99,"usage":{"input_tokens":1,"output_tokens":1},"errors":["Reached maximum budget ($1)"]}""", "echo two >> a.txt", exitCode: 1);
        (await AskAsync("claude")).ShouldBeOfType<NodeResult.OverBudget>().Reason.ShouldContain("error_max_budget_usd: Reached maximum budget ($1). Write a larger 'maxUsd'");
        (await CallsAsync()).ShouldHaveSingleItem().CostUsd.ShouldBe(0.99m);
    }

    [Theory]
    [InlineData("codex")]
    [InlineData("gemini")]
    public async Task An_agent_that_nothing_holds_is_refused_unless_that_is_allowed(string agent)
    {
        lab.Settings.Remove("Models:AllowUncappedAgents");
        Prints(agent, "", "echo two >> a.txt");
        (await AskAsync(agent)).ShouldBeOfType<NodeResult.Denied>().Reason.ShouldContain("Models: { AllowUncappedAgents: true }");
        (await CallsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_budget_that_does_not_hold_the_limit_starts_nothing()
    {
        Prints("claude", ClaudeSuccess, "echo two >> a.txt");
        (await AskAsync("claude", ("maxUsd", 3))).ShouldBeOfType<NodeResult.OverBudget>();
        (await CallsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_agent_that_hangs_is_stopped_and_costs_what_was_reserved()
    {
        lab.Program("claude", "echo started >&2; sleep 600");
        var failed = (await AskAsync("claude", ("timeoutMinutes", TaskValue.Parse("0.01")))).ShouldBeOfType<NodeResult.Failed>();
        (failed.IsTimeout, (await CallsAsync()).Single().CostUsd).ShouldBe((true, 1m));
    }

    [Fact]
    public async Task A_key_that_an_agent_prints_is_taken_out()
    {
        Prints("claude", """{"type":"result","subtype":"success","is_error":true,"result":"bad key sk-ant-the-agents-own-key"}""", "echo $ANTHROPIC_API_KEY");
        var failed = (await AskAsync("claude")).ShouldBeOfType<NodeResult.Failed>();
        (failed.Message + failed.Evidence["log"]).ShouldNotContain(Key);
    }

    [Fact]
    public async Task An_agent_that_changes_nothing_has_not_done_it()
    {
        Prints("claude", ClaudeSuccess, "true");
        (await AskAsync("claude")).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("changed nothing");
    }

    [Fact]
    public async Task What_is_not_allowed_has_no_key_or_is_not_there_is_said()
    {
        (await AskAsync("codex")).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("no program 'codex'");
        lab.Keys.Remove("GEMINI_API_KEY");
        (await AskAsync("gemini")).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("GEMINI_API_KEY");
        lab.Agents.Clear();
        (await AskAsync("claude")).ShouldBeOfType<NodeResult.Denied>().Reason.ShouldContain("Models: { Agents: [claude] }");
    }

    Task<NodeResult> AskAsync(string agent, params (string, TaskValue)[] attributes) =>
        lab.RunAsync("agent.cli", [("tree", tree.Value), ("description", "Add two to a.txt.")], [("agent", agent), .. attributes]);

    void Prints(string agent, string output, string work, int exitCode = 0) => lab.Program(agent, $"{work}\ncat <<'END'\n{output}\nEND\nexit {exitCode}");

    async Task<List<ModelCall>> CallsAsync()
    {
        var calls = new List<ModelCall>();
        await foreach (var call in lab.Spent.ReadCallsAsync(Run, default)) calls.Add(call);
        return calls;
    }
}
