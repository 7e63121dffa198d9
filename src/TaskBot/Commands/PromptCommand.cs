using System.Collections.Immutable;
using System.CommandLine;
using TaskBot.Bot.Library;
using TaskBot.Hosting;
using TaskBot.Models;
using TaskBot.Models.Documents;
using TaskBot.Models.Ledger;
using TaskBot.Models.Prompts;

namespace TaskBot.Commands;

/// <summary><c>taskbot prompt</c>: the database of prompts, a repository's own before those that ship.</summary>
static class PromptCommand
{
    static readonly Option<DirectoryInfo> Repository = new("--repo")
    {
        Description = "The repository whose own prompts, in .github/taskbot/prompts/, come first.",
        DefaultValueFactory = _ => new DirectoryInfo("."),
    };

    static readonly Option<string[]> Tags = new("--tag") { Description = "A tag that a prompt must have, such as python. May be given more than once.", DefaultValueFactory = _ => [] };

    public static Command Create() =>
        new("prompt", "Finds, shows, chooses and tests prompts (.prompt.yml).") { Find(), List(), Show(), Choose(), Test() };

    static Command Find()
    {
        var text = new Argument<string>("text") { Description = "Words, or beginnings of words, of which a prompt has at least one." };
        var command = new Command("find", "Searches prompts by words and tags, best first, and says why each was found. Exit 1: none.") { text, Tags, Repository };
        command.SetAction(parsed => Tell(Library(parsed.GetValue(Repository)!).Find(parsed.GetValue(text), parsed.GetValue(Tags)!)));
        return command;
    }

    static Command List()
    {
        var command = new Command("list", "Lists prompts by name, with where they come from, their tags and what they are for.") { Tags, Repository };
        command.SetAction(parsed => Tell([.. Library(parsed.GetValue(Repository)!).Find(null, parsed.GetValue(Tags)!)
            .OrderBy(match => match.Prompt.Name, StringComparer.Ordinal).Select(match => match with { Reason = match.Prompt.Description ?? "" })]));
        return command;
    }

    static Command Show()
    {
        var name = new Argument<string>("name") { Description = "The prompt's name." };
        var command = new Command("show", "Shows one prompt: where it comes from, its variables and its messages.") { name, Repository };
        command.SetAction(parsed =>
        {
            var wanted = parsed.GetValue(name)!;
            var found = Library(parsed.GetValue(Repository)!).Get(wanted) ?? throw new UsageException($"There is no prompt '{wanted}'. 'taskbot prompt list' names them all.");
            var prompt = found.Prompt;
            Console.Out.WriteLine($"{prompt.Name} ({found.Source}: {prompt.File})\n{prompt.Description}\ntags: {string.Join(", ", prompt.Tags)}\nvariables: {string.Join(", ", prompt.Variables)}");
            foreach (var message in prompt.Messages) Console.Out.WriteLine($"\n[{message.Role}]\n{message.Content.TrimEnd()}");
            return ExitCode.Success;
        });
        return command;
    }

    static Command Choose()
    {
        var kind = new Argument<string>("kind") { Description = "What it is for: a node's type, such as llm.edit." };
        var command = new Command("choose", "Says which prompt a node would get in a situation that the tags describe, and why that one. Exit 1: none fits.") { kind, Tags, Repository };
        command.SetAction(parsed =>
        {
            if (Library(parsed.GetValue(Repository)!).Choose(parsed.GetValue(kind)!, parsed.GetValue(Tags)!) is not { } match) return ExitCode.WorkFailed;
            Console.Out.WriteLine(match.Reason);
            return ExitCode.Success;
        });
        return command;
    }

    static Command Test()
    {
        var file = new Argument<FileInfo>("file") { Description = "A prompt file with testData and evaluators." };
        var model = new Option<string?>("--model") { Description = "Asked instead of the models that the file names: NAME or NAME@PROVIDER." };
        var budget = new Option<decimal>("--budget") { Description = "The most that may be spent, in US dollars.", DefaultValueFactory = _ => 1m };
        var command = new Command("test", "Asks a model with each of a prompt file's test data and judges the answers by the file's evaluators. Costs what that costs. Exit 1: not all passed.") { file, model, budget };
        command.SetAction((parsed, cancellationToken) => TestAsync(parsed.GetValue(file)!, parsed.GetValue(model), parsed.GetValue(budget), cancellationToken));
        return command;
    }

    static async Task<int> TestAsync(FileInfo file, string? model, decimal budget, CancellationToken cancellationToken)
    {
        if (!file.Exists) throw new UsageException($"There is no file '{file.FullName}'.");
        var prompt = Prompt.Parse(file.Name, await File.ReadAllTextAsync(file.FullName, cancellationToken), out var problems) ?? throw new InvalidFileException(problems);
        if (prompt.TestData.IsEmpty || prompt.Evaluators.IsEmpty) throw new UsageException($"{file.Name} has {(prompt.TestData.IsEmpty ? "no testData" : "no evaluators")}: there is nothing to test.");
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        TaskBotHost.Configure(builder.Configuration, ModelChoice.Configured(model).Settings);
        TaskBotHost.LogToError(builder.Logging, LogLevel.Warning);
        builder.Services.AddTaskBotModels(builder.Configuration);
        using var host = builder.Build();
        // A budget of its own, and no run: nothing of it is recorded.
        var trial = new PromptTrial(host.Services.GetRequiredService<IModelRouter>(), model, LedgerScope.Unlimited.Enter(BudgetLevel.Node, "prompt test", budget));
        var failed = 0;
        try
        {
            await foreach (var tried in trial.RunAsync(prompt, cancellationToken))
            {
                if (!tried.Passed) failed++;
                Console.Out.WriteLine($"{(tried.Passed ? "passed" : "FAILED")} {prompt.Name} #{tried.Number}{(tried.Error is { } error ? $": {error}" : "")}");
                foreach (var score in tried.Scores)
                    Console.Out.WriteLine(FormattableString.Invariant($"  {(score.Passed ? "passed" : "FAILED")} {score.Evaluator}: {score.Score:0.##}{(score.Detail.Length > 0 ? $" ({score.Detail})" : "")}"));
            }
        }
        catch (OverBudgetException e)
        {
            Console.Error.WriteLine($"{e.Message} Raise it with --budget.");
            return ExitCode.WorkFailed;
        }

        Console.Out.WriteLine($"{prompt.TestData.Length - failed} of {prompt.TestData.Length} passed.");
        return failed == 0 ? ExitCode.Success : ExitCode.WorkFailed;
    }

    static int Tell(ImmutableArray<PromptMatch> matches)
    {
        foreach (var match in matches)
            Console.Out.WriteLine($"{match.Prompt.Name} ({match.Source}) [{string.Join(", ", match.Prompt.Tags)}] {match.Reason}");
        return matches.IsEmpty ? ExitCode.WorkFailed : ExitCode.Success;
    }

    static PromptLibrary Library(DirectoryInfo repository)
    {
        var folder = Path.Combine(repository.FullName, BuiltInPrompts.RepositoryFolder);
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.prompt.yml", SearchOption.AllDirectories) : [];
        var own = PromptSource.Parse(
            "repository", files.Select(path => (Path.GetRelativePath(repository.FullName, path).Replace('\\', '/'), File.ReadAllText(path))), out var problems);
        return problems.IsEmpty ? new PromptLibrary(own, BuiltInPrompts.Source) : throw new InvalidFileException(problems);
    }
}
