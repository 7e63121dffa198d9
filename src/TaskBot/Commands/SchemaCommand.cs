using System.CommandLine;
using TaskBot.Bot.Nodes;
using TaskBot.Graphs.Writing;

namespace TaskBot.Commands;

/// <summary><c>taskbot schema</c>: the JSON schema of task files, for editors.</summary>
static class SchemaCommand
{
    public static Command Create()
    {
        var command = new Command(
            "schema",
            "Prints the JSON schema of task files, for editors. Write it to a file, 'taskbot schema > task.schema.json', and start task files beside it with "
            + "'# yaml-language-server: $schema=task.schema.json'.");
        command.SetAction(_ =>
        {
            Console.Out.Write(TaskSchema.Write(NodeTypes.Schemas));
            return ExitCode.Success;
        });
        return command;
    }
}
