using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.Bot.Replays;
using TaskBot.Bot.Runs;
using TaskBot.Models.Documents;
using TaskBot.Models.Prompts;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Commands;

/// <summary><c>taskbot replay</c>: a run, played again from its recordings.</summary>
static class ReplayCommand
{
    /// <summary>What was typed.</summary>
    sealed record Settings(string Run, DirectoryInfo? Folder, DirectoryInfo? Repository, FileInfo[] Prompts, string? Model, bool Diff, bool Json);

    public static Command Create()
    {
        var run = RecordedRuns.RunArgument();
        var (folder, repository) = RecordedRuns.PlaceOptions();
        var prompts = new Option<FileInfo[]>("--with") { Description = "A prompt file (.prompt.yml) to use instead of the prompt of its name. What is asked because of it is asked of a model, and costs what that costs. May be given more than once.", DefaultValueFactory = _ => [] };
        var model = new Option<string?>("--model") { Description = "With --with: the model that is asked, NAME or NAME@PROVIDER. Default: the configured profiles." };
        var diff = new Option<bool>("--diff") { Description = "Show how the trees of nodes differ from what they were." };
        var json = new Option<bool>("--json") { Description = "Print the result as one line of JSON." };
        var command = new Command(
            "replay",
            "Plays a run again, offline and for nothing: models give their recorded answers, commands their recorded results, nothing is published: what would be is compared with what was. Says whether every node came out "
            + "as it did, bit for bit, and where it first departs. With --with it is a regression test for a prompt. Exit 0: the same. Exit 1: not the same.")
        { run, folder, repository, prompts, model, diff, json };
        command.SetAction((parsed, cancellationToken) => ReplayAsync(
            new Settings(
                parsed.GetValue(run)!, parsed.GetValue(folder), parsed.GetValue(repository), parsed.GetValue(prompts)!, parsed.GetValue(model), parsed.GetValue(diff),
                parsed.GetValue(json)),
            cancellationToken));
        return command;
    }

    static async Task<int> ReplayAsync(Settings settings, CancellationToken cancellationToken)
    {
        var prompts = await ReadAsync(settings.Prompts, cancellationToken);
        if (settings.Model is not null && prompts.IsEmpty) throw new UsageException("A replay asks no model, so --model means something only beside --with FILE.prompt.yml.");
        using var host = await RecordedRuns.OpenAsync(settings.Folder, settings.Repository, settings.Model, cancellationToken);
        var run = await RecordedRuns.FindAsync(host, settings.Run, cancellationToken);
        var result = await host.Services.GetRequiredService<RunReplay>().PlayAsync(run, prompts, cancellationToken);
        var differences = settings.Diff ? await DiffAsync(host, run, result, cancellationToken) : [];
        if (settings.Json) Console.Out.WriteLine(ReplaySummary.Of(run, result, differences).ToJson());
        else Tell(run, result, differences);
        return result.IsSame ? ExitCode.Success : ExitCode.WorkFailed;
    }

    static async Task<ImmutableArray<Prompt>> ReadAsync(FileInfo[] files, CancellationToken cancellationToken)
    {
        var prompts = ImmutableArray.CreateBuilder<Prompt>();
        var problems = ImmutableArray.CreateBuilder<FileProblem>();
        foreach (var file in files)
        {
            if (!file.Exists) throw new UsageException($"There is no file '{file.FullName}'.");
            if (Prompt.Parse(file.Name, await File.ReadAllTextAsync(file.FullName, cancellationToken), out var wrong) is { } prompt) prompts.Add(prompt);
            problems.AddRange(wrong);
        }

        return problems.Count == 0 ? prompts.DrainToImmutable() : throw new InvalidFileException(problems.DrainToImmutable());
    }

    static async Task<ImmutableArray<TreeDifference>> DiffAsync(IHost host, RunRecord run, ReplayResult result, CancellationToken cancellationToken)
    {
        var objects = host.Services.GetRequiredService<TaskBot.Bot.Forges.IObjectSource>();
        await using var git = await objects.OpenObjectsAsync(TaskBot.GitHub.Repositories.RepositoryName.Parse(run.Repository), new CommitId(run.BaseCommit), cancellationToken);
        var differences = ImmutableArray.CreateBuilder<TreeDifference>();
        foreach (var node in result.Nodes)
            if (node is { TreeThen: { } then, TreeNow: { } now } && then != now)
                differences.Add(new(node.Attempt, node.Node.ToString(), await git.DiffAsync(then, now, contextLines: 3, cancellationToken)));
        return differences.DrainToImmutable();
    }

    static void Tell(RunRecord run, ReplayResult result, ImmutableArray<TreeDifference> differences)
    {
        var text = new StringBuilder();
        foreach (var node in result.Nodes)
        {
            text.Append($"{(node.Difference is null ? "same" : "DIFFERENT"),-10}attempt {node.Attempt} {node.Node}");
            if (node.TreeNow is { } tree) text.Append($" tree {tree.Value[..12]}");
            text.Append(node.Difference is null ? "\n" : $": {node.Difference}\n");
        }

        foreach (var departure in result.Departures) text.Append(departure.Message).Append('\n');
        foreach (var difference in differences) text.Append($"\nattempt {difference.Attempt} {difference.Node}\n{difference.Patch}");
        text.Append(result.IsSame
            ? $"Run {run.Id} came out as it did: {result.Nodes.Length} nodes, {result.Exchanges} recorded exchanges.\n"
            : $"Run {run.Id} did not come out as it did: {result.Nodes.Count(node => node.Difference is not null)} of {result.Nodes.Length} nodes differ"
            + $"{(result.First is { } first ? $", the first is {first.Node} of attempt {first.Attempt}" : "")}.\n");
        Console.Out.Write(text);
    }
}

/// <summary>How the tree of a node differs from what it was, as git shows it.</summary>
sealed record TreeDifference(int Attempt, string Node, string Patch);

/// <summary>A replay as one line of JSON for a program.</summary>
sealed record ReplaySummary(
    string Run, bool Same, int Exchanges, ReplayedNodeSummary? First, ImmutableArray<ReplayedNodeSummary> Nodes, ImmutableArray<string> Departures, ImmutableArray<TreeDifference> Differences)
{
    public static ReplaySummary Of(RunRecord run, ReplayResult result, ImmutableArray<TreeDifference> differences) => new(
        run.Id.Value, result.IsSame, result.Exchanges, result.First is { } first ? Of(first) : null, [.. result.Nodes.Select(Of)],
        [.. result.Departures.Select(departure => departure.Message)], differences);

    public string ToJson() => JsonSerializer.Serialize(this, ReplayJsonContext.Default.ReplaySummary);

    static ReplayedNodeSummary Of(ReplayedNode node) => new(
        node.Attempt, node.Node.ToString(), node.Type, Word(node.Then), Word(node.Now), node.TreeThen?.Value, node.TreeNow?.Value, node.Difference);

    static string? Word(Engine.Nodes.NodeState? state) => state is { } known ? JsonNamingPolicy.SnakeCaseLower.ConvertName(known.ToString()) : null;
}

/// <summary>One node of it.</summary>
sealed record ReplayedNodeSummary(int Attempt, string Node, string Type, string? Then, string? Now, string? TreeThen, string? TreeNow, string? Difference);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReplaySummary))]
sealed partial class ReplayJsonContext : JsonSerializerContext;
