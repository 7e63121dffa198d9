using System.CommandLine;
using System.CommandLine.Invocation;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Forges;
using TaskBot.Models.Documents;
using TaskBot.Storage.Sqlite;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Commands;

/// <summary>The command line: what there is, and what each way of ending means to a shell.</summary>
static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Create().Parse(args);
        if (parsed.Action is ParseErrorAction)
        {
            await parsed.InvokeAsync();
            return ExitCode.WrongInput;
        }

        using var stop = new CancellationTokenSource();
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }, stop.Token);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Cancelled. What was finished is kept; the same command goes on from there.");
            return ExitCode.Cancelled;
        }
        catch (Exception e) when (e is ForgeException or GitException or OptionsValidationException or UsageException or DatabaseException or InvalidFileException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCode.WrongInput;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"TaskBot itself failed. This is a bug worth reporting:\n{e}");
            return ExitCode.OurFault;
        }
    }

    /// <summary>All commands.</summary>
    public static RootCommand Create() => new("Turns a labelled issue into a task graph, runs it, opens a pull request, and refines the task until the checks pass.")
    {
        DemoCommand.Create(),
        RunCommand.Create(),
        ServeCommand.Create(),
        SetupCommand.Create(),
        DoctorCommand.Create(),
        HealthCommand.Create(),
        TaskCommand.Create(),
        SchemaCommand.Create(),
        GraphCommand.Create(),
        WhyCommand.Create(),
        CacheCommand.Create(),
        EditCommand.Create(),
        ContextCommand.Create(),
        ReplayCommand.Create(),
        PromptCommand.Create(),
        StatsCommand.Create(),
    };
}

/// <summary>What a command's end means to a shell.</summary>
static class ExitCode
{
    /// <summary>All good.</summary>
    public const int Success = 0;

    /// <summary>The command worked, the work failed.</summary>
    public const int WorkFailed = 1;

    /// <summary>What was typed or configured is wrong.</summary>
    public const int WrongInput = 2;

    /// <summary>A bug of TaskBot.</summary>
    public const int OurFault = 3;

    /// <summary>Ended by its user.</summary>
    public const int Cancelled = 130;
}

/// <summary>The user typed something that cannot be done; the message says what to type instead.</summary>
sealed class UsageException(string message) : Exception(message);
