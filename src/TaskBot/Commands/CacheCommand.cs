using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Hosting;
using TaskBot.Storage;
using TaskBot.Storage.Results;

namespace TaskBot.Commands;

/// <summary><c>taskbot cache</c>: looks at, bounds and hands on the results that runs have kept.</summary>
static class CacheCommand
{
    const string FileInFolder = "taskbot-results";

    const long Megabyte = 1024 * 1024;

    public static Command Create() =>
        new("cache", "Looks at, bounds and hands on the results that runs have kept.") { CreateStats(), CreatePrune(), CreateExport(), CreateImport() };

    static Option<DirectoryInfo> CacheOption() => new("--cache") { Description = "Where results are kept.", DefaultValueFactory = _ => new DirectoryInfo(".taskbot") };

    static Option<int> LimitOption()
    {
        var limit = new Option<int>("--limit") { Description = "How many megabytes may be kept.", DefaultValueFactory = _ => (int)(new DatabaseOptions().ResultLimitBytes / Megabyte) };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0) result.AddError("--limit takes a number of megabytes from 0.");
        });
        return limit;
    }

    static Command CreateStats()
    {
        var cache = CacheOption();
        var command = new Command("stats", "Says how many results there are and how many bytes they take.") { cache };
        command.SetAction((parsed, cancellationToken) => WithResultsAsync(parsed.GetValue(cache)!, mustExist: true, async results =>
        {
            var (count, bytes) = await results.MeasureAsync(cancellationToken);
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} results, {bytes} bytes"));
        }));
        return command;
    }

    static Command CreatePrune()
    {
        var (cache, limit) = (CacheOption(), LimitOption());
        var command = new Command("prune", "Removes what was not used for longest until the rest fits. What a living run uses, and what a pin refers to, stays.") { cache, limit };
        command.SetAction((parsed, cancellationToken) => WithResultsAsync(parsed.GetValue(cache)!, mustExist: true, async results =>
        {
            var removed = await results.PruneAsync(parsed.GetValue(limit) * Megabyte, cancellationToken);
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{removed} results removed"));
        }));
        return command;
    }

    static Command CreateExport()
    {
        var (cache, target) = (CacheOption(), Target());
        var command = new Command("export", "Writes all results to one file, the ones last used first, for another machine or the Actions cache.") { target, cache };
        command.SetAction((parsed, cancellationToken) => WithResultsAsync(parsed.GetValue(cache)!, mustExist: true, async results =>
        {
            var path = PathOf(parsed.GetValue(target)!);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var half = $"{path}.{Environment.ProcessId}";
            int count;
            await using (var file = File.Create(half)) count = await results.ExportAsync(file, cancellationToken);
            File.Move(half, path, overwrite: true);
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} results exported"));
        }));
        return command;
    }

    static Command CreateImport()
    {
        var (cache, source, limit) = (CacheOption(), Target(), LimitOption());
        var command = new Command("import", "Adds exported results that are not here yet, each checked, until the limit is reached.") { source, cache, limit };
        command.SetAction((parsed, cancellationToken) => WithResultsAsync(parsed.GetValue(cache)!, mustExist: false, async results =>
        {
            var path = PathOf(parsed.GetValue(source)!);
            if (!File.Exists(path)) throw new UsageException($"There is no export '{path}'.");
            await using var file = File.OpenRead(path);
            try
            {
                var added = await results.ImportAsync(file, parsed.GetValue(limit) * Megabyte, cancellationToken);
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{added} results imported"));
            }
            catch (InvalidDataException exception)
            {
                throw new UsageException($"'{path}' cannot be imported: {exception.Message}");
            }
        }));
        return command;
    }

    static Argument<string> Target() => new("path") { Description = $"A file, or a folder, in which the file is named {FileInFolder}." };

    static string PathOf(string path) => Path.GetFullPath(Directory.Exists(path) || path.EndsWith('/') ? Path.Combine(path, FileInFolder) : path);

    static async Task<int> WithResultsAsync(DirectoryInfo cache, bool mustExist, Func<SqliteResultCache, Task> work)
    {
        var path = Path.Combine(cache.FullName, "taskbot.db");
        if (mustExist && !File.Exists(path)) throw new UsageException($"There are no results in '{cache}'. Name the folder that runs were given as --cache.");
        using var logging = LoggerFactory.Create(builder => TaskBotHost.LogToError(builder, LogLevel.Warning));
        await using var database = SqliteDatabase.Open(new() { ConnectionString = path }, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
        await using var results = new SqliteResultCache(database, TimeProvider.System, logging.CreateLogger<SqliteResultCache>());
        await work(results);
        return ExitCode.Success;
    }
}
