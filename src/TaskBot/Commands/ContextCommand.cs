using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Storage;
using TaskBot.Storage.Search;
using TaskBot.Storage.Sqlite;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Commands;

/// <summary><c>taskbot context find</c>: the files, symbols and lines that an issue is about.</summary>
static class ContextCommand
{
    const int MostFiles = 1000;

    public static Command Create() => new("context", "Finds what of the code an issue is about.") { CreateFind() };

    static Command CreateFind()
    {
        var root = new Option<DirectoryInfo>("--root") { Description = "A git repository, whose HEAD is searched with its history and whose index is kept in its git folder; or a plain folder, whose files are searched but for those that .gitignore names.", Required = true };
        var query = new Option<string>("--query") { Description = "A file with the issue's text, title first; '-' for standard input.", Required = true };
        var limit = new Option<int>("--limit") { Description = "How many files to give at most.", DefaultValueFactory = _ => 10 };
        var json = new Option<bool>("--json")
        {
            Description = "Print one line of JSON: {\"files\": [{\"path\", \"score\", \"reasons\", \"symbols\": [{\"name\", \"kind\", \"line\", \"end_line\"}], \"lines\": [[from, to]]}]}.",
        };
        var command = new Command("find", "Lists the files to read for an issue, best first, with why, and the lines to begin with. Needs no model and no key. Exit 1: nothing was found.")
        { root, query, limit, json };
        command.SetAction((parsed, cancellationToken) => FindAsync(
            parsed.GetValue(root)!, parsed.GetValue(query)!, parsed.GetValue(limit), parsed.GetValue(json), cancellationToken));
        return command;
    }

    static async Task<int> FindAsync(DirectoryInfo root, string query, int limit, bool json, CancellationToken cancellationToken)
    {
        if (!root.Exists) throw new UsageException($"There is no folder '{root.FullName}'.");
        if (limit is < 1 or > MostFiles) throw new UsageException($"--limit is {limit}; write a number from 1 to {MostFiles}.");
        if (query != "-" && !File.Exists(query)) throw new UsageException($"There is no file '{query}'. Write a file with the issue's text, or '-' for standard input.");
        var text = query == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(query, cancellationToken);
        if (string.IsNullOrWhiteSpace(text)) throw new UsageException("The query is empty. Write what to look for: an issue's title and body, or a stack trace.");
        var hits = await FindAsync(root, text, limit, cancellationToken);
        if (json) Console.Out.WriteLine(FoundContext.Of(hits).ToJson());
        else if (hits.Count == 0) Console.Error.WriteLine("Nothing there speaks of this. Name files or words of the code.");
        else foreach (var hit in hits) Console.Out.WriteLine(Line(hit));
        return hits.Count > 0 ? ExitCode.Success : ExitCode.WorkFailed;
    }

    static async Task<IReadOnlyList<SearchHit>> FindAsync(DirectoryInfo root, string text, int limit, CancellationToken cancellationToken)
    {
        if (!Path.Exists(Path.Combine(root.FullName, ".git")) && !File.Exists(Path.Combine(root.FullName, "HEAD")))
        {
            using var once = new CodeSearch();
            return await once.FindAsync(new CodeQuestion(new UnignoredFolder(new FolderTree(root.FullName), root.FullName), text) { Limit = limit }, cancellationToken);
        }
        await using var repository = await GitRepository.OpenAsync(root.FullName, cancellationToken);
        if (await repository.Refs.HeadAsync(cancellationToken) is not { } head)
            throw new UsageException($"'{root.FullName}' has no commit yet; there is nothing to search.");
        var tree = repository.Tree(await repository.TreeOfAsync(head, cancellationToken));
        await using var database = TryOpenDatabase(repository);
        using var search = new CodeSearch(database is null ? null : new SqliteSearchStore(database, TimeProvider.System, NullLogger<SqliteSearchStore>.Instance));
        return await search.FindAsync(new CodeQuestion(tree, text) { Limit = limit, History = head }, cancellationToken);
    }

    /// <summary>The database that runs on this repository use too; null where the repository may only be read.</summary>
    static SqliteDatabase? TryOpenDatabase(GitRepository repository)
    {
        try
        {
            var state = Directory.CreateDirectory(Path.Combine(repository.GitPlace, "taskbot")).FullName;
            return SqliteDatabase.Open(new() { ConnectionString = Path.Combine(state, "taskbot.db") }, TimeProvider.System, NullLogger<SqliteDatabase>.Instance);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException or DatabaseException)
        {
            Console.Error.WriteLine($"The index is not kept for the next time: {exception.Message}");
            return null;
        }
    }

    static string Line(SearchHit hit)
    {
        var lines = string.Join(", ", hit.Lines.Select(range => range.From == range.To ? $"{range.From}" : $"{range.From}-{range.To}"));
        return string.Create(CultureInfo.InvariantCulture, $"{hit.Score,7:N2}  {hit.Path}{(lines.Length > 0 ? $":{lines}" : "")}  ({string.Join("; ", hit.Reasons)})");
    }
}

/// <summary>What <c>context find --json</c> prints.</summary>
sealed record FoundContext(IReadOnlyList<FoundFile> Files)
{
    public static FoundContext Of(IEnumerable<SearchHit> hits) => new(
    [
        .. hits.Select(hit => new FoundFile(
            hit.Path, hit.Score, hit.Reasons, [.. hit.Symbols.Select(symbol => new FoundSymbol(symbol.Name, symbol.Kind, symbol.Line, symbol.EndLine))],
            [.. hit.Lines.Select(range => new[] { range.From, range.To })])),
    ]);

    public string ToJson() => JsonSerializer.Serialize(this, FoundContextJson.Default.FoundContext);
}

sealed record FoundFile(string Path, double Score, IReadOnlyList<string> Reasons, IReadOnlyList<FoundSymbol> Symbols, IReadOnlyList<int[]> Lines);

sealed record FoundSymbol(string Name, string Kind, int Line, int EndLine);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FoundContext))]
sealed partial class FoundContextJson : JsonSerializerContext;
