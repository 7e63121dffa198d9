using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskBot.Bot.Deliveries;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;
using TaskBot.Graphs.Nodes;
using TaskBot.Storage.Deliveries;
using TaskBot.Storage.Journal;
using TaskBot.Storage.Tests.Deliveries;
using TaskBot.Storage.Tests.Results;

namespace TaskBot.Storage.Tests;

/// <summary>What a test runs as a process of its own: <c>write|hold|check|build FILE</c>.</summary>
static class Program
{
    static async Task<int> Main(string[] args)
    {
        var options = new DatabaseOptions { ConnectionString = args[1] };
        if (args[0] == "build") return BuildHost.Run(options, ran => ReportAndHold(ran, holdAt: int.Parse(args[2], CultureInfo.InvariantCulture))).Outcome == Outcome.Succeeded ? 0 : 1;
        await using var database = SqliteDatabase.Open(options, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
        var deliveries = new SqliteDeliveryStore(database, Options.Create(options), TimeProvider.System, NullLogger<SqliteDeliveryStore>.Instance);
        var journal = new SqliteJournal(database);
        switch (args[0])
        {
            case "write":
                // Never ends by itself. A line is printed once both writes were acknowledged.
                await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
                {
                    for (var i = 0; ; i++)
                    {
                        await AddAsync(deliveries, $"{writer}-{i}");
                        await journal.AppendAsync([Record($"/writer{writer}/n{i}", 1), Record($"/writer{writer}/n{i}", 2)], default);
                        lock (Console.Out) Console.Out.WriteLine($"{writer}-{i}");
                    }
                })));
                return 0;
            case "hold":
                Console.Out.WriteLine((await deliveries.ClaimAsync(TimeSpan.FromDays(1), default))?.Id);
                await Console.In.ReadToEndAsync();
                return 0;
            case "check":
                await AddAsync(deliveries, "a");
                await AddAsync(deliveries, "a");
                var claimed = await deliveries.ClaimAsync(TimeSpan.FromDays(1), default);
                await deliveries.CompleteAsync(claimed!.Id, default);
                await journal.AppendAsync([Record("/task/node", 1)], default);
                Console.Out.WriteLine(database.Library);
                return 0;
            default:
                return 2;
        }
    }

    public static readonly RunId Run = new("the-run");

    /// <summary>The node that is asked for never ends by itself, so that whoever kills this process never comes too late.</summary>
    static void ReportAndHold(int ran, int holdAt)
    {
        if (ran != holdAt) return;
        Console.Out.WriteLine("holds");
        Console.In.ReadToEnd();
    }

    static async Task AddAsync(SqliteDeliveryStore store, string id) =>
        await store.AddAsync(new Delivery(id, "issues", Encoding.UTF8.GetBytes(new string('x', 5000) + id), TimeProvider.System.GetUtcNow()), default);

    static JournalRecord Record(string node, int attempt) =>
        new(Run, attempt, NodePath.Parse(node), NodeState.Running, Key: null, Cached: false, Message: null, TimeProvider.System.GetUtcNow());
}
