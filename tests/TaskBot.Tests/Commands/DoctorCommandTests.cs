using System.Text.Json;
using TaskBot.Testing.Models;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary>The real program on a machine of its own making: servers on loopback, agents that are scripts.</summary>
public sealed class DoctorCommandTests : IDisposable
{
    readonly DirectoryInfo programs = ProgramFolder.Create();
    readonly Dictionary<string, string> environment = new(StringComparer.Ordinal);

    public DoctorCommandTests()
    {
        environment["PATH"] = $"{programs.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
        // Nothing of this machine is looked at.
        foreach (var name in new[] { "Ollama", "LM Studio", "llama.cpp", "vLLM" })
            environment[$"TASKBOT_Models__LocalServers__{name}"] = FakeModelServer.NobodyThere().ToString();
    }

    public void Dispose() => programs.Delete(recursive: true);

    [Fact]
    public async Task A_model_that_answers_is_told_with_what_the_request_cost_and_one_that_does_not_with_what_to_do()
    {
        await using var server = await FakeOpenAIServer.StartAsync();
        await using var claude = await FakeAnthropicServer.StartAsync();
        server.Respond = _ => new FakeReply.Text("ok") { InputTokens = 100, OutputTokens = 2 };
        claude.Respond = _ => new FakeReply.Status(401);
        environment["OPENAI_BASE_URL"] = server.BaseUrl.ToString();
        environment["OPENAI_API_KEY"] = "sk-1";
        environment["ANTHROPIC_BASE_URL"] = claude.BaseUrl.ToString();
        environment["ANTHROPIC_API_KEY"] = "sk-ant-1";

        var findings = await ExamineAsync();

        findings["model profile code"].ShouldBe(("ok", "gpt-5@openai"));
        findings["model gpt-5@openai"].State.ShouldBe("ok");
        findings["model gpt-5@openai"].Message.ShouldMatch(@"^127\.0\.0\.1:\d+ answered in \d+\.\d s, for at most \$0\.000145\.$");
        findings["model claude-haiku-4-5@anthropic"].State.ShouldBe("missing");
        findings["model claude-haiku-4-5@anthropic"].Message.ShouldEndWith("Look at ANTHROPIC_API_KEY.");
        server.Requests.Select(request => request.Model).Distinct().Count().ShouldBe(server.Requests.Count);
    }

    [Fact]
    public async Task Without_requests_nothing_is_sent()
    {
        await using var server = await FakeOpenAIServer.StartAsync();
        environment["OPENAI_BASE_URL"] = server.BaseUrl.ToString();
        var findings = await ExamineAsync("--no-requests");
        findings["model profile fast"].State.ShouldBe("ok");
        findings.Keys.ShouldNotContain(subject => subject.Contains('@'));
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_of_this_machine_is_told_with_how_to_use_it()
    {
        await using var server = await FakeOpenAIServer.StartAsync();
        environment["TASKBOT_Models__LocalServers__Ollama"] = server.BaseUrl.ToString();
        var findings = await ExamineAsync("--no-requests");
        findings["local Ollama"].ShouldBe(("ok", $"{server.BaseUrl} has fake-model. To use it: OPENAI_BASE_URL={server.BaseUrl} and --model fake-model."));
        findings.Keys.ShouldNotContain("local vLLM");
        findings["model profile code"].Message.ShouldContain("OPENAI_API_KEY is not set");
    }

    [Fact]
    public async Task An_agent_is_told_with_its_version_and_with_what_it_lacks()
    {
        Program("claude", "echo '2.1.0 (Claude Code)'");
        Program("codex", "echo 'WARNING: a warning' >&2; echo 'codex-cli 0.171.0'");
        Program("gemini", "exit 1");
        environment["TASKBOT_Models__Agents__0"] = "claude";
        environment["ANTHROPIC_API_KEY"] = "sk-ant-1";
        var findings = await ExamineAsync("--no-requests");
        findings["agent claude"].ShouldBe(("ok", "2.1.0 (Claude Code); nodes may start it."));
        findings["agent codex"].State.ShouldBe("missing");
        findings["agent codex"].Message.ShouldBe("codex-cli 0.171.0. Nodes may not start it: allow it with Models:Agents, such as TASKBOT_Models__Agents__0=codex. Nothing keeps it from costing more than is reserved for it: it is refused unless Models:AllowUncappedAgents is true. It has no key: set CODEX_API_KEY or OPENAI_API_KEY.");
        findings["agent gemini"].Message.ShouldEndWith("gemini does not start.");
    }

    [Fact]
    public async Task A_server_of_tools_is_told_with_its_tools_and_one_that_does_not_answer_with_where_to_look()
    {
        using var server = new FakeMcpServer();
        environment["TASKBOT_Models__Mcp__fake__Command"] = FakeMcpServer.Command;
        for (var i = 0; i < server.Args.Count; i++) environment[$"TASKBOT_Models__Mcp__fake__Args__{i}"] = server.Args[i];
        environment["TASKBOT_Models__Mcp__gone__Url"] = FakeModelServer.NobodyThere().ToString();
        var findings = await ExamineAsync("--no-requests");
        findings["tools fake"].State.ShouldBe("ok");
        findings["tools fake"].Message.ShouldEndWith(" has echo, variables, fail, wrong and 3 more.");
        findings["tools gone"].State.ShouldBe("missing");
        findings["tools gone"].Message.ShouldEndWith("Look at Models:Mcp:gone.");
        server.IsRunning.ShouldBeFalse();
    }

    async Task<Dictionary<string, (string State, string Message)>> ExamineAsync(params string[] options)
    {
        var exit = await TaskBotProcess.RunAsync(["doctor", "--json", .. options], environment);
        exit.Code.ShouldBe(0, exit.Error + exit.Output);
        using var findings = JsonDocument.Parse(exit.LastLine);
        return findings.RootElement.EnumerateArray().ToDictionary(
            finding => finding.GetProperty("subject").GetString()!, finding => (finding.GetProperty("state").GetString()!, finding.GetProperty("message").GetString()!));
    }

    void Program(string name, string script)
    {
        var file = Path.Combine(programs.FullName, name);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
