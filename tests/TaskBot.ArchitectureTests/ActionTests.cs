using System.Text.RegularExpressions;

namespace TaskBot.ArchitectureTests;

/// <summary>The action's file, the workflow, the image and the command line say the same.</summary>
public partial class ActionTests
{
    const string Command = "src/TaskBot/Actions/JobRun.cs";

    [Fact]
    public void The_inputs_of_the_action_are_those_that_the_command_reads() =>
        Keys("inputs").ShouldBe(InputRead().Matches(Repository.Read(Command)).Select(match => match.Groups[1].Value).Distinct(), ignoreOrder: true);

    [Fact]
    public void The_outputs_of_the_action_are_those_that_the_command_writes() =>
        Keys("outputs").ShouldBe(OutputWritten().Matches(Repository.Read(Command)).Select(match => match.Groups[1].Value).Distinct(), ignoreOrder: true);

    [Fact]
    public void The_image_starts_the_program_itself_without_a_shell()
    {
        var image = Repository.Read("Dockerfile");
        image.ShouldContain("ENTRYPOINT [\"/app/taskbot\"]");
        image.ShouldNotContain("\nUSER ");
        image.Split("FROM ")[^1].ShouldNotContain("WORKDIR");
    }

    /// <summary>A command that ends in a tenth of a second spends most of it on code that is compiled while it starts.</summary>
    [Theory]
    [InlineData("Dockerfile")]
    [InlineData("action/setup/action.yml")]
    public void What_is_shipped_is_compiled_for_the_machine_that_it_is_for(string file) =>
        Repository.Read(file).Split('\n').Where(line => line.Contains("dotnet publish", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldContain("-p:ForThisMachine=true");

    [Fact]
    public void Every_ready_workflow_uses_only_inputs_of_the_action()
    {
        var inputs = Keys("inputs").ToHashSet(StringComparer.Ordinal);
        foreach (var path in Repository.Files("workflows", "*.yml"))
        {
            var step = Repository.Read(path).Split("taskbot@")[^1];
            var with = With().Match(step);
            foreach (var key in Key().Matches(with.Value).Select(match => match.Groups[1].Value).Where(key => key != "with"))
                inputs.ShouldContain(key, path);
        }
    }

    [Fact]
    public void The_README_names_every_input_and_output()
    {
        var page = Repository.Read("README.md");
        Keys("inputs").Concat(Keys("outputs")).Where(name => !page.Contains($"`{name}`", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    static IEnumerable<string> Keys(string section)
    {
        var body = Regex.Match(Repository.Read("action.yml"), $"^{section}:\n((?:  .*\n)+)", RegexOptions.Multiline, TimeSpan.FromSeconds(1)).Groups[1].Value;
        return Regex.Matches(body, @"^  (\w+):", RegexOptions.Multiline, TimeSpan.FromSeconds(1)).Select(match => match.Groups[1].Value);
    }

    [GeneratedRegex("""job\.Input\("(\w+)"\)""")]
    private static partial Regex InputRead();

    [GeneratedRegex("""yield return \("(\w+)",""")]
    private static partial Regex OutputWritten();

    [GeneratedRegex(@"^ +with:\n(?:(?: {10}.*)\n)+", RegexOptions.Multiline)]
    private static partial Regex With();

    [GeneratedRegex(@"^ +(\w+):", RegexOptions.Multiline)]
    private static partial Regex Key();
}
