using TaskBot.Testing.Models;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary>The database of prompts as people use it, with the real program.</summary>
public sealed class PromptCommandTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-prompt-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Prompts_are_found_by_words_and_tags_and_a_repositorys_own_come_first()
    {
        Write(".github/taskbot/prompts/edit.prompt.yml", "name: our-edit\ndescription: Changes code our way.\ntags: [llm.edit, python]\nmessages: [{role: user, content: 'Do {{description}}'}]\n");

        var found = await RunAsync("prompt", "find", "changing code", "--tag", "python");
        found.Code.ShouldBe(0, found.Error);
        found.Output.ShouldContain("llm.edit.rules.python (built-in)");
        found.Output.ShouldNotContain("llm.edit.rules.rust");

        var chosen = await RunAsync("prompt", "choose", "llm.edit", "--tag", "python");
        chosen.Output.ShouldContain("our-edit from repository fits llm.edit with the tags llm.edit, python; preferred to llm.edit (built-in is a weaker source)");
        (await RunAsync("prompt", "show", "our-edit")).Output.ShouldContain("variables: description");
        (await RunAsync("prompt", "list", "--tag", "llm.edit")).Output.ShouldContain("our-edit (repository) [llm.edit, python] Changes code our way.");
    }

    [Theory]
    [InlineData(1, "prompt", "find", "zzzqqq")]
    [InlineData(1, "prompt", "choose", "no.such.kind")]
    [InlineData(2, "prompt", "show", "no-such-prompt")]
    [InlineData(2, "prompt", "test", "missing.prompt.yml")]
    public async Task What_is_not_there_is_said_by_the_exit_code(int code, params string[] arguments) => (await RunAsync(arguments)).Code.ShouldBe(code);

    [Fact]
    public async Task A_prompt_is_tested_on_its_own_data_with_a_real_server()
    {
        Write("greet.prompt.yml", "name: greet\nmessages: [{role: user, content: 'Greet {{name}}'}]\ntestData: [{name: Ada}, {name: Bob}]\nevaluators: [{name: named, string: {contains: '{{name}}'}}]\n");
        await using var model = await FakeOpenAIServer.StartAsync();
        model.Respond = request => new FakeReply.Text(request.Text.Contains("Ada", StringComparison.Ordinal) ? "Hello, Ada" : "Hello, you");

        var exit = await TaskBotProcess.RunAsync(
            ["prompt", "test", "greet.prompt.yml", "--model", "fake-model@openai"], new Dictionary<string, string> { ["OPENAI_BASE_URL"] = model.BaseUrl.AbsoluteUri }, folder.FullName);

        exit.Code.ShouldBe(1, exit.Error);
        exit.Output.ShouldContain("passed greet #1");
        exit.Output.ShouldContain("FAILED greet #2");
        exit.Output.ShouldContain("1 of 2 passed.");
    }

    void Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    Task<TaskBotExit> RunAsync(params string[] arguments) => TaskBotProcess.RunAsync(arguments, folder: folder.FullName);
}
