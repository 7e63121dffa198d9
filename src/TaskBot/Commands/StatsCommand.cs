using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Runs;
using TaskBot.Hosting;

namespace TaskBot.Commands;

/// <summary><c>taskbot stats</c>: what the runs so far add up to: how tasks do, what retries take, which variants, prompts and models please.</summary>
static class StatsCommand
{
    /// <summary>Older runs say little of how things are now.</summary>
    const int MostRuns = 10_000;

    public static Command Create()
    {
        var repository = new Option<string?>("--repo") { Description = "Only the runs of OWNER/NAME." };
        var database = new Option<FileInfo?>("--database") { Description = "The database file. Default: the configured one." };
        var json = new Option<bool>("--json") { Description = "Print the figures as one line of JSON." };
        var command = new Command(
            "stats", "Shows how the runs so far ended by task, what second attempts took beside doing everything again, what people made of them, and how the variants, prompts and models do that were chosen by 'auto'.")
        { repository, database, json };
        command.SetAction((parsed, cancellationToken) => ShowAsync(parsed.GetValue(repository), parsed.GetValue(database), parsed.GetValue(json), cancellationToken));
        return command;
    }

    static async Task<int> ShowAsync(string? repository, FileInfo? database, bool json, CancellationToken cancellationToken)
    {
        if (database is { Exists: false }) throw new UsageException($"There is no database {database.FullName}. Name the file that 'serve' or 'run' writes, such as taskbot.db.");
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        TaskBotHost.Configure(builder.Configuration, database is null ? new Dictionary<string, string?>() : new Dictionary<string, string?> { ["Database:ConnectionString"] = database.FullName });
        TaskBotHost.LogToError(builder.Logging, LogLevel.Warning);
        builder.Services.AddTaskBot(builder.Configuration);
        using var host = builder.Build();
        var runs = await host.Services.GetRequiredService<IRunStore>().ListAsync(MostRuns, cancellationToken);
        var counted = runs.Where(run => repository is null || run.Repository.Equals(repository, StringComparison.OrdinalIgnoreCase)).ToList();
        var preferences = host.Services.GetRequiredService<IPreferenceStore>();
        var beliefs = new Dictionary<string, PreferenceModel>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in counted.Where(run => !run.Choices.IsEmpty).Select(run => run.Repository).Distinct(StringComparer.OrdinalIgnoreCase))
            beliefs[name] = await preferences.ReadAsync(name, cancellationToken);
        var statistics = RunStatistics.Of(counted, beliefs);
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(statistics, StatsJsonContext.Default.RunStatistics));
        else Print(statistics);
        return ExitCode.Success;
    }

    static void Print(RunStatistics statistics)
    {
        if (statistics.Tasks.IsEmpty)
        {
            AnsiConsole.WriteLine("No run has ended yet.");
            return;
        }

        var tasks = Table("Task", "Runs", "Succeeded", "Attempts a run", "Cost a run");
        foreach (var task in statistics.Tasks)
            tasks.AddRow(Cells($"{task.Task}", $"{task.Runs}", $"{(double)task.Succeeded / task.Runs:P0}", $"{task.AttemptsPerRun:0.0}", $"${task.CostPerRunUsd:0.0000}"));
        AnsiConsole.Write(tasks);
        AnsiConsole.WriteLine(statistics.Retries is { } retries
            ? string.Create(CultureInfo.InvariantCulture, $"{retries.Attempts} further attempts ran {retries.NodesAgain:P0} of their nodes again and sent {retries.TokensAgain:P0} of the tokens of as many full restarts.")
            : "No run took a second attempt yet.");
        var feedback = Table(["", .. FeedbackColumns]);
        feedback.AddRow([.. Cells($"All"), .. Cells(statistics.Feedback)]);
        AnsiConsole.Write(feedback);
        if (statistics.Options.IsEmpty) return;
        var options = Table(["Choice", "Chosen", "Likely", "Succeeded", "Pleases", .. FeedbackColumns]);
        foreach (var option in statistics.Options)
            options.AddRow([.. Cells($"{option.Set}={option.Option}", $"{option.Chosen}", $"{option.Probability:P0}", $"{option.Succeeded:P0}", $"{option.Pleases:P0}"), .. Cells(option.Feedback)]);
        AnsiConsole.Write(options);
    }

    static readonly string[] FeedbackColumns = ["Merged", "Closed", "Liked", "Disliked", "Approved", "Changes asked", "Kept"];

    static Text[] Cells(FeedbackStatistics feedback) => Cells(
        $"{feedback.Merged}", $"{feedback.Closed}", $"{feedback.Likes}", $"{feedback.Dislikes}", $"{feedback.Approvals}", $"{feedback.ChangesAsked}", $"{(feedback.Kept is { } kept ? kept.ToString("P0", CultureInfo.InvariantCulture) : "-")}");

    static Table Table(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns) table.AddColumn(column);
        return table;
    }

    static Text[] Cells(params FormattableString[] cells) => [.. cells.Select(cell => new Text(cell.ToString(CultureInfo.InvariantCulture)))];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RunStatistics))]
sealed partial class StatsJsonContext : JsonSerializerContext;
