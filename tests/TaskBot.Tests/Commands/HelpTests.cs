using System.CommandLine;
using System.Runtime.CompilerServices;
using TaskBot.Commands;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Commands;

/// <summary>
/// What <c>--help</c> says, of every command, against the files in <c>Help/</c>. Run with <c>TASKBOT_ACCEPT_HELP=1</c> they are written anew, to be read
/// before they are committed.
/// </summary>
public sealed class HelpTests
{
    static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "Help");

    public static TheoryData<string> Commands => [.. NamesOf(CommandLine.Create(), "")];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_says_exactly_what_was_agreed(string command)
    {
        var exit = await TaskBotProcess.RunAsync([.. command.Split(' ').Skip(1), "--help"]);

        exit.Code.ShouldBe(0, exit.Error);
        exit.Error.ShouldBeEmpty();
        var path = Path.Combine(Folder(), $"{command.Replace(' ', '-')}.txt");
        if (Environment.GetEnvironmentVariable("TASKBOT_ACCEPT_HELP") == "1")
        {
            Directory.CreateDirectory(Folder());
            await File.WriteAllTextAsync(path, exit.Output);
        }

        File.Exists(path).ShouldBeTrue($"{path} is missing.");
        exit.Output.ShouldBe(await File.ReadAllTextAsync(path));
    }

    [Fact]
    public void There_is_no_help_of_a_command_that_is_gone() =>
        Directory.GetFiles(Folder()).Select(path => Path.GetFileNameWithoutExtension(path)).Except(NamesOf(CommandLine.Create(), "").Select(name => name.Replace(' ', '-'))).ShouldBeEmpty();

    static IEnumerable<string> NamesOf(Command command, string above)
    {
        var name = command is RootCommand ? "taskbot" : $"{above} {command.Name}";
        return command.Subcommands.SelectMany(inner => NamesOf(inner, name)).Prepend(name);
    }
}
