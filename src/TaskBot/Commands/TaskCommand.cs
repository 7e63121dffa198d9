using System.CommandLine;
using System.Text.Json.Nodes;
using TaskBot.Bot.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Writing;

namespace TaskBot.Commands;

/// <summary><c>taskbot task</c>: looks at task layers: what they compose to, where it comes from, what there is.</summary>
static class TaskCommand
{
    public static Command Create() => new("task", "Composes, explains, checks and edits task layers (.task.yml). Nothing is run.")
    {
        CreateCompose(),
        CreateExplain(),
        TaskDiffCommand.Create(),
        TaskKeepCommand.Create(),
        TaskLintCommand.Create(),
        CreateList(),
        TaskSetCommand.Create(),
        TaskLockCommand.Create(),
    };

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
            var composed = TaskFiles.Compose(parsed.GetValue(file)!, parsed.GetValue(task), parsed.GetValue(select)!);
            return Print(composed, parsed.GetValue(format)!);
        });
        return command;
    }

    static int Print(ComposedTask composed, string format)
    {
        TaskProblems.Tell(composed.Problems);
        if (composed.Graph is not { } graph) return ExitCode.WrongInput;
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
            var composed = TaskFiles.Compose(parsed.GetValue(file)!, "/" + node.ToString().Split('/')[1], parsed.GetValue(select)!);
            return Explain(composed, node, attribute);
        });
        return command;
    }

    static int Explain(ComposedTask composed, NodePath node, string? attribute)
    {
        var explanation = composed.Composition.Explain(node, attribute);
        TaskProblems.Tell(composed.Problems);
        if (explanation.Opinions.IsEmpty && composed.Composition.Explain(node).Opinions.IsEmpty)
        {
            var known = composed.Composition.Graph?.Nodes.Keys.Select(path => path.ToString()) ?? [];
            Console.Error.WriteLine(Suggestion.Nearest(node.ToString(), known) is { } near ? $"{explanation.Reason} Did you mean '{near}'?" : explanation.Reason);
            return ExitCode.WrongInput;
        }

        Console.Out.WriteLine(explanation.ToString().TrimEnd());
        return composed.Graph is null ? ExitCode.WrongInput : ExitCode.Success;
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

    /// <summary>A node's path, and what stands after its first dot.</summary>
    /// <exception cref="UsageException">It is no path.</exception>
    public static (NodePath Node, string? Attribute) SplitPath(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return NodePath.TryParse(dot < 0 ? text : text[..dot], out var node) && !node.IsRoot ? (node, dot < 0 ? null : text[(dot + 1)..])
            : throw new UsageException($"'{text}' is no path. Write a node such as /fix-bug/implement, or an attribute such as /fix-bug/implement.model.");
    }
}
