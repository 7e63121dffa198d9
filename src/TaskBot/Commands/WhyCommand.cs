using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Storage;
using TaskBot.Storage.Journal;
using TaskBot.Storage.Results;

namespace TaskBot.Commands;

/// <summary><c>taskbot why</c>: asks the journal and the stored results why a node ran, or why it did not have to.</summary>
static class WhyCommand
{
    public static Command Create()
    {
        var node = new Argument<string>("node") { Description = "The node's path, such as /fix-bug/test." };
        var run = new Option<string?>("--run") { Description = "The run's id. Default: the run that was recorded last." };
        var not = new Option<bool>("--not") { Description = "Ask why it did not run: where its result is from, and all that would have to differ." };
        var cache = new Option<DirectoryInfo>("--cache") { Description = "The folder that the run kept its results in.", DefaultValueFactory = _ => new DirectoryInfo(".taskbot") };
        var command = new Command(
            "why",
            "Says why a node ran: which line of its key's text differs from when it last ran. Reads what 'graph run' recorded, and runs nothing. Exit 2 where nothing is known of the node.")
        { node, run, not, cache };
        command.SetAction((parsed, cancellationToken) => AskAsync(
            TaskCommand.SplitPath(parsed.GetValue(node)!).Node, parsed.GetValue(run), parsed.GetValue(not), parsed.GetValue(cache)!, cancellationToken));
        return command;
    }

    static async Task<int> AskAsync(NodePath node, string? run, bool not, DirectoryInfo cache, CancellationToken cancellationToken)
    {
        var file = Path.Combine(cache.FullName, "taskbot.db");
        if (!File.Exists(file)) throw new UsageException($"Nothing is recorded in {cache.FullName}. Name the folder that 'graph run' had as its --cache.");
        await using var database = SqliteDatabase.Open(new() { ConnectionString = file }, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
        var journal = new SqliteJournal(database);
        await using var results = new SqliteResultCache(database, TimeProvider.System, NullLogger<SqliteResultCache>.Instance);
        if ((run is null ? await journal.LastRunAsync(cancellationToken) : new RunId(run)) is not { } runId)
            throw new UsageException($"No run is recorded in {cache.FullName}.");
        if (await Why.AskAsync(journal, results, runId, node, cancellationToken) is not { } why)
            throw new UsageException($"Run {runId} knows no {node}. Name a node of it, or another run with --run.");
        Console.Out.Write(not ? why.ToStringWhyNot() : why.ToString());
        return ExitCode.Success;
    }
}
