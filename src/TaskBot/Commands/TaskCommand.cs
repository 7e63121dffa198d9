using System.CommandLine;
using System.Text.Json.Nodes;
using TaskBot.Bot.Nodes;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Writing;

namespace TaskBot.Commands;

/// <summary><c>taskbot task</c>: looks at task layers: what they compose to, where it comes from, what there is.</summary>
static class TaskCommand
{
    public static Command Create() => new("task", "Composes and explains task layers (.task.yml). Nothing is run.") { CreateCompose(), CreateExplain(), CreateList() };

    static Command CreateCompose()
    {
        var file = FileArgument();
        var task = new Option<string?>("--task") { Description = "The task's path, such as /fix-bug. Default: the file's 'default'." };
        var select = SelectOption();
        var format = new Option<string>("--format") { Description = "yaml, json, mermaid or dot.", DefaultValueFactory = _ => "yaml" };
        format.AcceptOnlyFromAmong("yaml", "json", "mermaid", "dot");
        var command = new Command("compose", "Prints the graph that a layer composes to, or every problem with file and line. Exit 2 where there is an error.") { file, task, select, format };
        command.SetAction(parsed =>
        {
            var composition = TaskFiles.Compose(parsed.GetValue(file)!, parsed.GetValue(task), parsed.GetValue(select)!);
            return Print(composition, parsed.GetValue(format)!);
        });
        return command;
    }

    static int Print(Composition composition, string format)
    {
        foreach (var problem in composition.Problems) Console.Error.WriteLine($"{(problem.Severity == ProblemSeverity.Error ? "error" : "warning")}: {problem}");
        if (composition.Graph is not { } graph) return ExitCode.WrongInput;
        Console.Out.WriteLine(GraphWriter.Write(graph, Enum.Parse<GraphFormat>(format, ignoreCase: true), NodeTypes.Schemas).TrimEnd());
        return ExitCode.Success;
    }

    static Command CreateExplain()
    {
        var file = FileArgument();
        var path = new Argument<string>("path") { Description = "A node, or an attribute of one: /fix-bug/implement or /fix-bug/implement.model." };
        var select = SelectOption();
        var command = new Command("explain", "Shows where a value comes from: every opinion, strongest first, with layer, line and arc, and why the winner won.") { file, path, select };
        command.SetAction(parsed =>
        {
            var (node, attribute) = SplitPath(parsed.GetValue(path)!);
            var composition = TaskFiles.Compose(parsed.GetValue(file)!, "/" + node.ToString().Split('/')[1], parsed.GetValue(select)!);
            Console.Out.WriteLine(composition.Explain(node, attribute).ToString().TrimEnd());
            foreach (var problem in composition.Problems) Console.Error.WriteLine($"{(problem.Severity == ProblemSeverity.Error ? "error" : "warning")}: {problem}");
            return composition.Graph is null ? ExitCode.WrongInput : ExitCode.Success;
        });
        return command;
    }

    static Command CreateList()
    {
        var folder = new Option<DirectoryInfo>("--repo") { Description = "The repository whose own tasks are listed besides.", DefaultValueFactory = _ => new DirectoryInfo(".") };
        var json = new Option<bool>("--json") { Description = "Print the list as one line of JSON." };
        var command = new Command("list", "Lists the tasks that there are: the repository's own (.github/taskbot/tasks) and the built-in library.") { folder, json };
        command.SetAction(parsed =>
        {
            var tasks = TaskFiles.List(parsed.GetValue(folder)!).ToList();
            if (parsed.GetValue(json))
                Console.Out.WriteLine(new JsonArray([.. tasks.Select(task => (JsonNode)new JsonObject { ["path"] = task.AssetPath, ["summary"] = task.Summary, ["tags"] = new JsonArray([.. task.Tags.Select(tag => JsonValue.Create(tag))]) })]).ToJsonString());
            else
                foreach (var task in tasks) Console.Out.WriteLine($"{task.AssetPath,-32} {task.Summary}");
            return ExitCode.Success;
        });
        return command;
    }

    static Argument<string> FileArgument() => new("file") { Description = "A task file (.task.yml), or a built-in task such as taskbot:core/fix-bug." };

    static Option<string[]> SelectOption() =>
        new("--select") { Description = "Choose a variant: SET=NAME. May be given more than once.", DefaultValueFactory = _ => [] };

    static (NodePath Node, string? Attribute) SplitPath(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return NodePath.TryParse(dot < 0 ? text : text[..dot], out var node) && !node.IsRoot ? (node, dot < 0 ? null : text[(dot + 1)..])
            : throw new UsageException($"'{text}' is no path. Write a node such as /fix-bug/implement, or an attribute such as /fix-bug/implement.model.");
    }
}
