using System.CommandLine;
using TaskBot.Bot.Nodes;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Linting;
using TaskBot.Graphs.Problems;

namespace TaskBot.Commands;

/// <summary><c>taskbot task lint</c>: every problem of every task file at once.</summary>
static class TaskLintCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("file")
        {
            Description = "Task files. Default: every .github/taskbot/tasks/*.task.yml of the repository that the current folder belongs to.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var json = new Option<bool>("--json") { Description = "Print the problems as one line of JSON instead, on standard output." };
        var command = new Command(
            "lint",
            "Checks every task of task files, and the lock file, and prints all problems of all of them: 'error: FILE:LINE:COLUMN: what is wrong and what to write "
            + "instead'. Exit 2 where there is an error; warnings alone are no failure.")
        { files, json };
        command.SetAction(parsed => Lint(parsed.GetValue(files)!, parsed.GetValue(json)));
        return command;
    }

    static int Lint(string[] files, bool json)
    {
        var problems = new List<Problem>();
        var located = files.Length > 0 ? Named(files, problems) : OfRepository();
        foreach (var (repository, paths) in located)
        {
            problems.AddRange(repository.LockProblems);
            var composer = new TaskComposer(repository.Resolver, NodeTypes.Schemas);
            foreach (var path in paths) problems.AddRange(TaskLint.Check(repository.Read(path), composer));
        }

        var told = TaskFiles.InOrder(problems);
        if (json) Console.Out.WriteLine(TaskProblems.ToJson(told));
        else TaskProblems.Tell(told);
        if (told.HasError()) return ExitCode.WrongInput;
        if (!json) Console.Out.WriteLine($"No error in {Files(located.Sum(group => group.Paths.Count))}.");
        return ExitCode.Success;
    }

    static List<(TaskRepository Repository, List<string> Paths)> OfRepository()
    {
        var repository = TaskRepository.Of(".");
        var paths = repository.TaskFiles.ToList();
        // Green would say that something had been looked at.
        if (paths.Count == 0) throw new UsageException($"There is no .github/taskbot/tasks/*.task.yml in {repository.Root}. Name the files to look at.");
        return [(repository, paths)];
    }

    static List<(TaskRepository Repository, List<string> Paths)> Named(string[] files, List<Problem> problems)
    {
        var located = new List<(TaskRepository Repository, string Path)>();
        foreach (var file in files)
        {
            if (File.Exists(file)) located.Add(TaskFiles.Locate(file));
            else problems.Add(new("missing-layer", new(file, 0, 0), "There is no such file."));
        }

        return [.. located.GroupBy(item => item.Repository.Root, StringComparer.Ordinal).Select(group => (group.First().Repository, group.Select(item => item.Path).ToList()))];
    }

    static string Files(int count) => count == 1 ? "1 file" : $"{count} files";
}
