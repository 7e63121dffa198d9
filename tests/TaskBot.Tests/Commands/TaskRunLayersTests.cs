using System.Text;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs.Layers;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Tests.Commands;

/// <summary>A run on a machine whose cache has nothing: what the base branch locked is fetched through the forge, a real repository of a local one.</summary>
public sealed class TaskRunLayersTests : IDisposable
{
    const string Text = "taskbot: 1\ndefault: shared\nnodes: { shared: { type: graph, nodes: { check: { type: command, run: make } } } }\n";

    static readonly RemoteAsset Asset = new("acme/tasks", "shared.task.yml", "v1");
    static readonly CommitSignature Nobody = new("Nobody", "nobody@localhost", DateTimeOffset.UnixEpoch);

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-layers-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_locked_layer_is_fetched_through_the_forge_and_then_there_without_it()
    {
        var (git, forge, commit) = await CreateAsync();
        await using var _ = git;
        using var __ = forge;
        var tree = await BaseTreeAsync(git, new LockEntry(commit, LockFile.DigestOf(Encoding.UTF8.GetBytes(Text))));

        (await ComposeAsync(tree, forge: null)).Problems.ShouldContain(problem => problem.Message.Contains("is not in the cache", StringComparison.Ordinal));
        (await ComposeAsync(tree, forge)).Graph.ShouldNotBeNull().Nodes.Keys.Select(path => path.ToString()).ShouldContain("/task/check");
        (await ComposeAsync(tree, forge: null)).Graph.ShouldNotBeNull();
    }

    [Fact]
    public async Task What_does_not_have_the_locked_digest_is_not_composed()
    {
        var (git, forge, commit) = await CreateAsync();
        await using var _ = git;
        using var __ = forge;
        var tree = await BaseTreeAsync(git, new LockEntry(commit, LockFile.DigestOf([])));

        var (graph, problems) = await ComposeAsync(tree, forge);

        graph.ShouldBeNull();
        problems.ShouldContain(problem => problem.Message.Contains("not what was locked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_forge_without_the_repository_gives_no_file()
    {
        var (git, forge, commit) = await CreateAsync();
        await using var _ = git;
        using var __ = forge;

        (await forge.FindFileAsync(new("acme", "other"), Asset.Path, commit, CancellationToken.None)).ShouldBeNull();
        (await forge.FindFileAsync(new("acme", "tasks"), "gone.task.yml", commit, CancellationToken.None)).ShouldBeNull();
        (await forge.FindFileAsync(new("acme", "tasks"), Asset.Path, new string('0', 40), CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_lock_that_cannot_be_read_is_told_where_a_layer_is_missed()
    {
        var (git, forge, _) = await CreateAsync();
        await using var __ = git;
        using var ___ = forge;
        var tree = git.Tree(await WriteAsync(
            git, (LockFile.Path, $"taskbot: 1\nlocks:\n  {Asset}: {{ commit: v1 }}\n"), (".github/taskbot/tasks/own.task.yml", OwnText)));

        var (graph, problems) = await ComposeAsync(tree, forge);

        graph.ShouldBeNull();
        problems.ShouldContain(problem => problem.Kind == "bad-lock" && problem.Location.Line == 3);
    }

    static string OwnText => $"taskbot: 1\ndefault: own\nnodes: {{ own: {{ uses: {Asset} }} }}\n";

    async Task<(Graphs.TaskGraph? Graph, System.Collections.Immutable.ImmutableArray<Graphs.Problems.Problem> Problems)> ComposeAsync(GitTree tree, IForge? forge)
    {
        var composer = await RunComposer.CreateAsync(tree, forge, new LayerCache(Path.Combine(folder.FullName, "layers")), CancellationToken.None);
        var layer = """{"taskbot": 1, "default": "task", "nodes": {"task": {"uses": ".github/taskbot/tasks/own.task.yml"}}}""";
        return composer.Compose([new RunLayer("issue", layer, IsTrusted: true)], []);
    }

    async Task<(GitRepository Git, LocalForge Forge, string Commit)> CreateAsync()
    {
        var git = await GitRepository.CreateBareAsync(Path.Combine(folder.FullName, "tasks.git"), CancellationToken.None);
        var tree = await WriteAsync(git, (Asset.Path, Text));
        var commit = await git.CommitAsync(new CommitDraft(tree, [], Nobody, Nobody, "Tasks"), CancellationToken.None);
        var forge = new LocalForge(Path.Combine(folder.FullName, "forge"), TimeProvider.System);
        await forge.AddRepositoryAsync(new RepositoryName("acme", "tasks"), git.GitPlace, "main", ci: null, new Dictionary<string, Permission>(), CancellationToken.None);
        return (git, forge, commit.Value);
    }

    static async Task<GitTree> BaseTreeAsync(GitRepository git, LockEntry entry) =>
        git.Tree(await WriteAsync(git, (LockFile.Path, LockFile.Empty.With(Asset, entry).ToYaml()), (".github/taskbot/tasks/own.task.yml", OwnText)));

    static async Task<TreeId> WriteAsync(GitRepository git, params (string Path, string Text)[] files) => await git.WriteTreeAsync(
        await git.EmptyTreeAsync(CancellationToken.None),
        [.. files.Select(file => new FileChange(file.Path, new FileEntry(FileKind.Regular, Encoding.UTF8.GetBytes(file.Text))))],
        CancellationToken.None);
}
