using System.Collections.Immutable;
using System.CommandLine;
using TaskBot.Bot.Nodes;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Linting;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Commands;

/// <summary><c>taskbot task set</c>: sets one value in a task file and leaves every other character as it is.</summary>
static class TaskSetCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A task file (.task.yml)." };
        var path = new Argument<string>("path") { Description = "An attribute of a node: /fix-bug/implement.model. Keys of a mapping follow after dots: /fix-bug/implement.with.language." };
        var value = new Argument<string>("value") { Description = "A number, true, false, null, a list or a mapping as YAML or JSON; everything else is text. Quotes make text of anything: '\"20\"'." };
        var command = new Command(
            "set",
            "Sets one value in a task file; comments, order and everything else stay as they are. A node that the file does not mention yet is added under 'over:'. "
            + "Where the value would bring a new error, the error is printed, nothing is changed, and the exit code is 2.")
        { file, path, value };
        command.SetAction(parsed => Set(parsed.GetValue(file)!, parsed.GetValue(path)!, parsed.GetValue(value)!));
        return command;
    }

    static int Set(string file, string path, string valueText)
    {
        var (node, attribute) = TaskCommand.SplitPath(path);
        if (attribute is null) throw new UsageException($"'{path}' names no attribute. Write one after a dot, such as {path}.timeoutMinutes.");
        var (repository, asset) = TaskFiles.Locate(file);
        var before = repository.Read(asset);
        var edit = LayerEditor.Set(asset, File.ReadAllText(file), node, attribute, ParseValue(valueText));
        if (edit.Text is not { } text)
        {
            TaskProblems.Tell(edit.Problems);
            return ExitCode.WrongInput;
        }

        // A problem that was there moves with its line; it is the same by what it says.
        var known = Check(repository, before).Select(problem => (problem.Kind, problem.Message)).ToHashSet();
        var added = Check(repository, TaskLayer.Parse(asset, text)).Where(problem => !known.Contains((problem.Kind, problem.Message))).ToList();
        TaskProblems.Tell(added);
        if (added.HasError())
        {
            Console.Error.WriteLine($"{file} was not changed.");
            return ExitCode.WrongInput;
        }

        File.WriteAllText(file, text);
        return ExitCode.Success;
    }

    static ImmutableArray<Problem> Check(TaskRepository repository, LayerParse parse) => TaskLint.Check(parse, new TaskComposer(repository.Resolver, NodeTypes.Schemas));

    /// <summary>As a layer would read the value, but for text, of which nothing is ever lost to a comment sign or a colon.</summary>
    internal static TaskValue ParseValue(string text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.AsSpan().ContainsAny('\r', '\n')) return text;
        if (YamlValue.ReadPlain(text) is { } plain) return plain;
        var parse = TaskLayer.Parse("value", $"taskbot: 1\nnodes:\n  value:\n    value: {text}\n");
        var read = parse.Problems.HasError() ? null : parse.Layer.Root.FindChild("value")?.FindProperty("value")?.Value;
        return read is null || (read is TaskValue.Text && text.TrimStart() is not ['"' or '\'', ..]) ? text : read;
    }
}
