using System.Collections.Immutable;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;

namespace TaskBot.Graphs.Linting;

/// <summary>Checks a whole layer: every task in it, and what no single composition shows.</summary>
public static class TaskLint
{
    /// <summary>Every problem of the layer's text and of every task that it defines, by layer and line.</summary>
    public static ImmutableArray<Problem> Check(LayerParse parse, TaskComposer composer)
    {
        var problems = new List<Problem>(parse.Problems);
        foreach (var task in Tasks(parse.Layer)) problems.AddRange(composer.Compose(parse.Layer, task).Problems);
        return [.. problems.Distinct().OrderBy(problem => problem.Location.Layer, StringComparer.Ordinal)
            .ThenBy(problem => problem.Location.Line).ThenBy(problem => problem.Location.Column)
            .ThenBy(problem => problem.Message, StringComparer.Ordinal)];
    }

    /// <summary>The tasks that a layer defines itself, in its order.</summary>
    public static IEnumerable<NodePath> Tasks(TaskLayer layer) =>
        layer.Root.Children.Where(child => child.Specifier == Specifier.Def).Select(child => child.Path.ToNodePath());
}
