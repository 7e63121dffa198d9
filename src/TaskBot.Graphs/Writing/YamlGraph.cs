using System.Collections.Immutable;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TaskBot.Graphs.Writing;

/// <summary>A composed graph as a layer without arcs: composing it gives the same graph.</summary>
static class YamlGraph
{
    public static string Write(TaskGraph graph, NodeTypeCatalog? types)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(version: null, tags: null, isImplicit: true));
        Begin(emitter);
        Entry(emitter, "taskbot", 1);
        Entry(emitter, "default", graph.Root.ToString()[1..].Split('/')[0]);
        // The task may stand below others, of which only the way down is known.
        var above = new Stack<NodePath>();
        for (var path = graph.Root.Parent; !path.IsRoot; path = path.Parent) above.Push(path);
        foreach (var path in above)
        {
            Key(emitter, "nodes");
            Begin(emitter);
            Key(emitter, path.Name);
            Begin(emitter);
            Entry(emitter, "type", TaskNode.GraphType);
        }

        Key(emitter, "nodes");
        Begin(emitter);
        // A node comes right before its descendants, so that the way down is a stack of open mappings.
        var withChildren = graph.Nodes.Keys.Where(path => path != graph.Root).Select(path => path.Parent).ToHashSet();
        var open = new Stack<NodePath>();
        foreach (var (path, node) in graph.Nodes)
        {
            while (open.TryPeek(out var parent) && !path.IsAtOrBelow(parent)) Close(emitter, withChildren, open.Pop());
            Key(emitter, path.Name);
            Begin(emitter);
            Body(emitter, node, types);
            if (withChildren.Contains(path))
            {
                Key(emitter, "nodes");
                Begin(emitter);
            }

            open.Push(path);
        }

        while (open.TryPop(out var left)) Close(emitter, withChildren, left);
        emitter.Emit(new MappingEnd());
        foreach (var _ in above)
        {
            emitter.Emit(new MappingEnd());
            emitter.Emit(new MappingEnd());
        }

        emitter.Emit(new MappingEnd());
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    static void Close(Emitter emitter, HashSet<NodePath> withChildren, NodePath path)
    {
        if (withChildren.Contains(path)) emitter.Emit(new MappingEnd());
        emitter.Emit(new MappingEnd());
    }

    static void Body(Emitter emitter, TaskNode node, NodeTypeCatalog? types)
    {
        Entry(emitter, "type", node.Type);
        foreach (var (name, value) in node.Attributes)
        {
            if (GraphWriter.IsDefault(types, node, name, value)) continue;
            Key(emitter, name);
            YamlText.Emit(emitter, value);
        }

        Connections(emitter, "inputs", [.. node.Inputs.Select(input => (input.Key, Sources(input.Value)))]);
        Connections(emitter, "outputs", [.. node.Outputs.Select(output => (output.Key, (TaskValue)output.Value.ToString()))]);
        Related("needs", node.Needs);
        Related("onFailure", node.OnFailure);
        if (!node.Finally.IsEmpty) Entry(emitter, "finally", TaskValue.ListOf(node.Finally.Select(path => (TaskValue)path.Name)));

        TaskValue Sources(ImmutableArray<OutputPath> sources)
        {
            var texts = sources.Select(source => (TaskValue)$"{Relative(node.Path, source.Node)}.{source.Name}").ToList();
            return texts.Count == 1 ? texts[0] : TaskValue.ListOf(texts);
        }

        void Related(string name, ImmutableArray<NodePath> paths)
        {
            if (!paths.IsEmpty) Entry(emitter, name, TaskValue.ListOf(paths.Select(path => (TaskValue)Relative(node.Path, path))));
        }
    }

    static void Connections(Emitter emitter, string key, ImmutableArray<(string Name, TaskValue From)> connections)
    {
        if (connections.IsEmpty) return;
        Key(emitter, key);
        Begin(emitter);
        foreach (var (name, from) in connections)
        {
            Key(emitter, name);
            emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Flow));
            Entry(emitter, "from", from);
            emitter.Emit(new MappingEnd());
        }

        emitter.Emit(new MappingEnd());
    }

    static string Relative(NodePath node, NodePath target) => target.Parent == node.Parent ? target.Name : target.ToString();

    static void Begin(Emitter emitter) => emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));

    static void Key(Emitter emitter, string key) => emitter.Emit(YamlText.Scalar(key));

    static void Entry(Emitter emitter, string key, TaskValue value)
    {
        Key(emitter, key);
        YamlText.Emit(emitter, value);
    }
}
