using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Bot.Agents;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Engine;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Graphs;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;
using TaskBot.Models;
using TaskBot.Models.Ledger;
using TaskBot.Models.Prompts;
using TaskBot.Models.Providers;
using TaskBot.Testing.Processes;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Nodes;

/// <summary>Runs single nodes on a real git repository, with scripted replies for a model and no forge at all.</summary>
public sealed class NodeLab : IAsyncDisposable
{
    readonly DirectoryInfo place = Directory.CreateTempSubdirectory("taskbot-nodes-");
    readonly List<ServiceProvider> hosts = [];

    /// <summary>Beside the tests and not among temporary files, which commands in a sandbox do not see.</summary>
    readonly DirectoryInfo programs = ProgramFolder.Create();
    readonly CommandRunner commands;
    readonly CodeSearch search = new();
    GitRepository objects = null!;
    CheckoutPool checkouts = null!;

    NodeLab() => commands = new(TimeProvider.System, new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["PATH"] = $"{programs.FullName}:{Environment.GetEnvironmentVariable("PATH")}",
        ["HOME"] = Environment.GetEnvironmentVariable("HOME") ?? "/",
    });

    public GitRepository Objects => objects;

    /// <summary>Where everything stands that nodes work in.</summary>
    public string Folder => place.FullName;

    /// <summary>The environment that keys are taken from.</summary>
    public IDictionary<string, string> Keys { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>More configuration.</summary>
    public IDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Agents that nodes may start.</summary>
    public IList<string> Agents { get; } = [];

    /// <summary>What was spent.</summary>
    public ILedgerStore Spent { get; } = new InMemoryLedgerStore();

    public Project Project { get; set; } = Project.Default;

    public PromptLibrary Prompts { get; set; } = new([BuiltInPrompts.Source]);

    public LedgerScope Ledger { get; set; } = LedgerScope.Unlimited;

    public IList<string> Told { get; } = new List<string>();

    /// <summary>The rules that answer instead of a model, as JSON objects of a reply script.</summary>
    public IList<TaskValue> Replies { get; } = new List<TaskValue>();

    public static async Task<NodeLab> CreateAsync()
    {
        var lab = new NodeLab();
        lab.objects = await GitRepository.CreateBareAsync(Path.Combine(lab.place.FullName, "repository.git"), default);
        lab.checkouts = new CheckoutPool(lab.objects, capacity: 2, Path.Combine(lab.place.FullName, "checkouts"));
        return lab;
    }

    /// <summary>Puts a shell script on the PATH of commands.</summary>
    public void Program(string name, string script)
    {
        var file = Path.Combine(programs.FullName, name);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>What every request gets that holds all of these texts.</summary>
    public void Reply(string reply, params string[] contains) => Replies.Add(TaskValue.MapOf(
        ("when", TaskValue.MapOf(("contains", TaskValue.ListOf(contains.Select(TaskValue.FromString))))), ("reply", reply)));

    public void Fail(string kind) => Replies.Add(TaskValue.MapOf(("error", kind)));

    public async Task<TreeId> TreeAsync(params (string Path, string Text)[] files) => await objects.WriteTreeAsync(
        await objects.EmptyTreeAsync(default),
        [.. files.Select(file => new FileChange(file.Path, new FileEntry(FileKind.Regular, Encoding.UTF8.GetBytes(file.Text))))],
        default);

    public async Task<string?> TextAsync(TaskValue tree, string path) =>
        await objects.Tree(new TreeId(tree.ToString())).ReadAsync(path, default) is { } file ? Encoding.UTF8.GetString(file.Content.Span) : null;

    public Task<NodeResult> RunAsync(string type, (string Name, TaskValue Value)[] inputs, params (string Name, TaskValue Value)[] attributes) =>
        RunAsync(Node("/task/step", type, attributes), inputs, graph: null);

    public async Task<NodeResult> RunAsync(TaskNode node, (string Name, TaskValue Value)[] inputs, TaskGraph? graph)
    {
        var run = new NodeRun
        {
            RunId = new RunId("run"),
            Attempt = 1,
            Graph = graph ?? new TaskGraph(NodePath.Parse("/task"), ImmutableSortedDictionary<NodePath, TaskNode>.Empty.Add(node.Path, node)),
            Node = node,
            Inputs = inputs.ToImmutableSortedDictionary(input => input.Name, input => new NodeValue(input.Value, Trust.Trusted), StringComparer.Ordinal),
            Report = Told.Add,
        };
        return await NodeTypes.Create(Scope()).Single(known => known.Schema.Name == node.Type).RunAsync(run, default);
    }

    /// <summary>Runs a graph of these nodes as runs do.</summary>
    public async Task<RunResult> RunGraphAsync(IProgress<RunEvent>? watcher, CancellationToken cancellationToken, params TaskNode[] nodes) =>
        await new GraphRunner(
                NodeTypes.Create(Scope()), new InMemoryResultCache(), new InMemoryJournal(), new RunnerOptions(), TimeProvider.System, NullLogger<GraphRunner>.Instance)
            .RunAsync(new(new("run"), 1, new TaskGraph(nodes[0].Path, nodes.ToImmutableSortedDictionary(node => node.Path, node => node))), watcher, cancellationToken);

    public async Task<ImmutableSortedDictionary<string, string>> EnvironmentAsync(TaskNode node) =>
        await NodeTypes.Create(Scope()).Single(known => known.Schema.Name == node.Type).DescribeEnvironmentAsync(node, default);

    /// <summary>A node as composing makes it: the schema's defaults are filled in.</summary>
    public static TaskNode Node(string path, string type, (string Name, TaskValue Value)[] attributes, params string[] needs)
    {
        var schema = NodeTypes.Schemas.Find(type)!;
        var values = schema.Attributes.Where(attribute => attribute.Default is not null).Select(attribute => (attribute.Name, Value: attribute.Default!)).Concat(attributes)
            .Aggregate(ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal), (all, one) => all.SetItem(one.Name, one.Value));
        foreach (var (name, _) in attributes)
            schema.Attributes.Concat(NodeTypeSchema.Common).ShouldContain(attribute => attribute.Name == name, $"{type} has no attribute {name}");
        return new TaskNode(
            NodePath.Parse(path), type, values, [.. needs.Select(NodePath.Parse)],
            ImmutableSortedDictionary<string, ImmutableArray<OutputPath>>.Empty, [], new SourceLocation("test", 1, 1));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts) await host.DisposeAsync();
        checkouts.Dispose();
        commands.Dispose();
        search.Dispose();
        await objects.DisposeAsync();
        place.Delete(recursive: true);
        programs.Delete(recursive: true);
    }

    RunScope Scope() => new()
    {
        Run = new RunRecord
        {
            Id = new RunId("run"),
            TriggerKey = "test",
            Repository = "acme/calculator",
            Issue = 1,
            RequestedBy = "ada",
            Request = new ForgeIssue(1, "Title", "Body", "ada", [], IsOpen: true, "http://localhost/1"),
            Stage = RunStage.Queued,
            BaseBranch = "main",
            BaseCommit = new string('0', 40),
            CreatedAt = DateTimeOffset.UnixEpoch,
        },
        Repository = new RepositoryName("acme", "calculator"),
        Objects = objects,
        Checkouts = checkouts,
        Commands = commands,
        Search = search,
        Forge = DispatchProxy.Create<IForge, Unreachable>(),
        Project = Project,
        Models = Host().GetRequiredService<ModelRouter>(),
        Agents = hosts[^1].GetRequiredService<AgentTools>(),
        Prompts = Prompts,
        Ledger = Ledger,
    };

    ServiceProvider Host()
    {
        var file = Path.Combine(place.FullName, $"replies-{hosts.Count}.json");
        File.WriteAllText(file, TaskValue.MapOf(("replies", TaskValue.ListOf(Replies))).ToJson());
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Models:Model"] = "played@scripted",
            ["Models:Providers:scripted:Kind"] = "Scripted",
            ["Models:Providers:scripted:File"] = file,
            ["Models:Retry:Retries"] = "0",
        };
        foreach (var (key, value) in Settings) settings[key] = value;
        for (var i = 0; i < Agents.Count; i++) settings[$"Models:Agents:{i}"] = Agents[i];
        var services = new ServiceCollection()
            .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
            .AddSingleton(Spent)
            .AddSingleton(new ModelEnvironment(name => Keys.TryGetValue(name, out var value) ? value : null))
            .AddSingleton<AgentTools>()
            .AddTaskBotModels(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .BuildServiceProvider();
        hosts.Add(services);
        return services;
    }
}

/// <summary>Stands where a node has no business: any call fails the test.</summary>
public class Unreachable : DispatchProxy
{
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        throw new InvalidOperationException($"{targetMethod?.Name} was called, and nothing here should.");
}
