using System.Collections.Immutable;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Library;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Graphs;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tasks;

/// <summary>Composes a run's layers into its graph, with tasks of the base branch and of the built-in library below them.</summary>
public sealed class RunComposer
{
    readonly TaskComposer composer;
    readonly ImmutableArray<Problem> lockProblems;

    RunComposer(ILayerResolver resolver, ImmutableArray<Problem> lockProblems, ImmutableArray<LibraryTask> own)
    {
        composer = new TaskComposer(resolver, NodeTypes.Schemas);
        this.lockProblems = lockProblems;
        Own = own;
    }

    /// <summary>The repository's own tasks.</summary>
    public ImmutableArray<LibraryTask> Own { get; }

    /// <summary>
    /// Reads the task files and the lock file of the base branch's tree: configuration never comes from anywhere else. Layers of other repositories
    /// come from the cache.
    /// </summary>
    /// <param name="baseTree">The base branch's tree.</param>
    /// <param name="forge">Fetches what is locked and not in the cache; null to do without.</param>
    /// <param name="cache">The cache; its files count only with the digest that is locked.</param>
    /// <param name="cancellationToken">Ends the reading and fetching.</param>
    /// <exception cref="ForgeException">The forge could not be asked.</exception>
    public static async Task<RunComposer> CreateAsync(GitTree baseTree, IForge? forge, LayerCache cache, CancellationToken cancellationToken)
    {
        var (resolver, own, problems) = await TreeLayerResolver.CreateAsync(baseTree, forge, cache, cancellationToken);
        return new(resolver, problems, own);
    }

    /// <summary>The graph of a run, and the problems that stand in its way.</summary>
    /// <param name="layers">Weakest first, as a run keeps them.</param>
    /// <param name="written">Layers that nodes wrote, weakest first: stronger than the issue's, weaker than every attempt's.</param>
    public (TaskGraph? Graph, ImmutableArray<Problem> Problems) Compose(ImmutableArray<RunLayer> layers, ImmutableArray<string> written)
    {
        // What is said of a step holds once the plan has written it.
        var whole = layers.RemoveAll(layer => layer.Step is not null);
        var composition = Compose(TaskLayers.Root, whole, written);
        if (whole.Length == layers.Length || composition.Graph is not { } graph) return composition;
        var holding = layers.RemoveAll(layer => layer.Step is { } step && !graph.Nodes.ContainsKey(NodePath.Parse(step)));
        return holding.Length == whole.Length ? composition : Compose(TaskLayers.Root, holding, written);
    }

    /// <summary>The graph that corrects a task's description.</summary>
    public (TaskGraph? Graph, ImmutableArray<Problem> Problems) ComposeRefinement(RunLayer layer) => Compose(TaskLayers.Refinement, [layer], []);

    /// <summary>Where a node, or an attribute of it, got what it has.</summary>
    /// <param name="attribute">Null for the node itself.</param>
    public string Explain(ImmutableArray<RunLayer> layers, ImmutableArray<string> written, NodePath node, string? attribute) =>
        ComposeAll(TaskLayers.Root, layers, written, []).Explain(node, attribute).ToString();

    /// <summary>The variants of a task's own sets by set, each in the order in which it is written; empty where the task does not compose.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<string>> VariantsOf(RunLayer issue)
    {
        return IndexOf(issue).Opinions.SelectMany(opinion => opinion.Spec.Arcs.VariantSets)
            .GroupBy(set => set.Name, StringComparer.Ordinal)
            .ToDictionary(
                set => set.Key, set => set.SelectMany(spec => spec.Variants).Select(variant => variant.Path.Name).Distinct(StringComparer.Ordinal).ToImmutableArray(), StringComparer.Ordinal);
    }

    /// <summary>What a task selects by set, whichever layer says so; the strongest wins.</summary>
    public IReadOnlyDictionary<string, string> SelectionsOf(RunLayer issue) => IndexOf(issue).Opinions.SelectMany(opinion => opinion.Spec.Arcs.Selections)
        .DistinctBy(selection => selection.Set, StringComparer.Ordinal).ToDictionary(selection => selection.Set, selection => selection.Variant, StringComparer.Ordinal);

    PrimIndex IndexOf(RunLayer issue) =>
        composer.Compose(TaskLayer.Parse(issue.Name, issue.Text, issue.IsTrusted).Layer, TaskLayers.Root, []).Stage.IndexOf(SpecPath.Root.Child(TaskLayers.Root.Name));

    (TaskGraph? Graph, ImmutableArray<Problem> Problems) Compose(NodePath task, ImmutableArray<RunLayer> layers, ImmutableArray<string> written)
    {
        var problems = new List<Problem>();
        var composition = ComposeAll(task, layers, written, problems);
        if (problems.Count == 0 && composition.Graph is { } graph) return (graph, composition.Problems);
        // A lock that cannot be read is why a layer that it should pin cannot be had; a task that needs none of them runs.
        return (null, [.. problems, .. lockProblems, .. composition.Problems]);
    }

    Composition ComposeAll(NodePath task, ImmutableArray<RunLayer> layers, ImmutableArray<string> written, List<Problem> problems)
    {
        var root = Read(layers[0].Name, layers[0].Text, layers[0].IsTrusted);
        var session = layers.Skip(1).Reverse().Select(layer => Read(layer.Name, layer.Text, layer.IsTrusted))
            .Concat(written.Select((text, index) => Read($"plan-{index + 1}", text, isTrusted: true)).Reverse());
        return composer.Compose(root, task, [.. session]);

        TaskLayer Read(string name, string text, bool isTrusted)
        {
            var parse = TaskLayer.Parse(name, text, isTrusted);
            problems.AddRange(parse.Problems);
            return parse.Layer;
        }
    }
}
