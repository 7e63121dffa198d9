using System.Collections.Immutable;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Graphs.Composition;

/// <summary>Composes layers to a task graph. One composer reads each layer once; it is not safe for use by several threads at a time.</summary>
public sealed class TaskComposer(ILayerResolver resolver, NodeTypeCatalog types)
{
    /// <summary>The identifier of the layer that holds selections given beside the layers.</summary>
    public const string SelectionsLayer = "selections";

    readonly LayerRegistry layers = new(resolver);

    /// <summary>Composes one task.</summary>
    /// <param name="root">The root layer.</param>
    /// <param name="task">The task; null for the layer's <c>default</c>.</param>
    /// <param name="session">Layers that are stronger than the root layer's whole stack, strongest first (rule R3).</param>
    /// <param name="selections">Variants of the task by set, stronger than every layer.</param>
    public Composition Compose(
        TaskLayer root, NodePath? task = null, ImmutableArray<TaskLayer> session = default, IReadOnlyDictionary<string, string>? selections = null)
    {
        var problems = new List<Problem>();
        session = session.IsDefault ? [] : session;
        var path = task ?? DefaultTask(root, problems);
        if (path is { } chosen && selections is { Count: > 0 }) session = session.Insert(0, SelectionLayer(chosen, selections));
        return new(types, path, [root, .. session], handedIn => new(handedIn[0], layers, handedIn[1..], options: null), [.. problems]);
    }

    /// <summary>The task that is meant where none is named; null where the layer does not say.</summary>
    public static NodePath? DefaultTask(TaskLayer root)
    {
        if (root.DefaultPrim is { } name) return NodePath.Root.Child(name);
        var tasks = Tasks(root);
        return tasks.Count == 1 ? NodePath.Root.Child(tasks[0]) : null;
    }

    static NodePath? DefaultTask(TaskLayer root, List<Problem> problems)
    {
        if (DefaultTask(root) is { } task) return task;
        var tasks = Tasks(root);
        problems.Add(new("no-default", root.Locate(default), "The layer does not say which of its tasks is meant.",
            tasks.Count == 0 ? "Write a task under 'nodes:'." : $"Write 'default:' with one of: {string.Join(", ", tasks)}."));
        return null;
    }

    static List<string> Tasks(TaskLayer root) => [.. root.Root.Children.Where(child => child.Specifier == Specifier.Def).Select(child => child.Path.Name)];

    static TaskLayer SelectionLayer(NodePath task, IReadOnlyDictionary<string, string> selections)
    {
        var path = SpecPath.From(task);
        var spec = new PrimSpec(path, Specifier.Over)
        {
            Arcs = new() { Selections = [.. selections.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new VariantSelection(pair.Key, pair.Value))] },
        };
        for (var above = path.Parent; above is not null; above = above.Parent) spec = new(above, Specifier.Over) { Children = [spec] };
        return new(SelectionsLayer, spec);
    }
}
