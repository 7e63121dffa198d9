using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Sealing;
using TaskBot.Bot.Tests.Runs;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Sealing;

/// <summary>A run that was sealed, on a local forge where nothing was written, and what publishes it.</summary>
public sealed class SealedLab : IAsyncDisposable
{
    int publishings;

    SealedLab(RunLab runs, int issue, SealedRun result) => (Runs, Issue, Result) = (runs, issue, result);

    public RunLab Runs { get; }

    public int Issue { get; }

    public SealedRun Result { get; }

    public LocalForge Forge => Runs.Forge;

    /// <summary>A run that edits <c>calc.sh</c> as the model is told to, sealed as it ended.</summary>
    public static async Task<SealedLab> CreateAsync(string edit = "+", params (string Path, string Text)[] files)
    {
        SealedForge? forge = null;
        var lab = await RunLab.CreateAsync(local => forge = new SealedForge(local, TimeProvider.System), files);
        lab.Reply("llm.edit", RunLab.Edit(edit));
        lab.Refine("Add.", question: "What is adding?");
        var run = await lab.StartAndAdvanceAsync();
        var bytes = new SealedResult { Version = SealedResult.CurrentVersion, Runs = [forge!.Seal(run)] }.ToBytes();
        return new(lab, run.Issue, SealedResult.Open(bytes, SealedResult.DigestOf(bytes)).Runs.Single());
    }

    /// <summary>The run as a publisher that knows nothing of the other process makes it.</summary>
    public async Task<(RunRecord Run, MemoryRunStore Store)> PinAsync(string by = "ada")
    {
        var store = new MemoryRunStore();
        var reporter = new RunReporter(Forge, store, Runs.Places, Runs.Feed, NullLogger<RunReporter>.Instance);
        var starter = new RunStarter(Forge, Forge, store, new RunGate(Forge, new(Forge, Forge)), new RunControl(store, reporter, Runs.Feed), reporter, Runs.Feed, TimeProvider.System);
        var start = await starter.StartAsync(Runs.Repository, await Forge.GetIssueAsync(Runs.Repository, Issue, default), new RunTrigger($"publish-{++publishings}", by) { Id = Result.Run.Id }, default);
        return (start.ShouldBeOfType<RunStart.Started>().Run, store);
    }

    public async Task<SealedAnswer> PublishAsync(SealedRun? result = null, Func<RunRecord, RunRecord>? pin = null, bool waitForChecks = false)
    {
        var (run, store) = await PinAsync();
        if (pin is not null) run = await store.SaveAsync(pin(run), default);
        return await Runs.PublisherOver(store, waitForChecks).PublishAsync(run, result ?? Result, "taskbot/", default);
    }

    /// <summary>The result with other files, and the tree that they make.</summary>
    public async Task<SealedRun> WithAsync(params SealedFile[] files)
    {
        var tree = await Runs.Git.WriteTreeAsync(
            await Runs.Git.TreeOfAsync(new CommitId(Result.Run.BaseCommit), default),
            [.. files.Select(file => new FileChange(file.Path, file.Content is { } content ? new FileEntry(FileKind.Regular, content) : null))], default);
        return Result with { Change = Result.Change! with { Files = [.. files], Tree = tree.Value }, Run = Result.Run with { HeadTree = tree.Value } };
    }

    public static SealedFile File(string path, string text = "text\n", string mode = "100644") => new(path, mode, Encoding.UTF8.GetBytes(text));

    public ValueTask DisposeAsync() => Runs.DisposeAsync();
}
