using System.Collections.Immutable;
using System.Text;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Composition;

/// <summary>One opinion of an explanation.</summary>
/// <param name="Location">Where it is written.</param>
/// <param name="Site">The path in that layer, with variants.</param>
/// <param name="Arcs">How the layer was reached, outermost first; empty for local opinions.</param>
/// <param name="Value">What it says; null where the node's own stack is explained.</param>
/// <param name="Wins">Whether it decides, alone or as part of a merged map or list.</param>
public sealed record ExplainedOpinion(SourceLocation Location, string Site, ImmutableArray<string> Arcs, TaskValue? Value, bool Wins);

/// <summary>The answer to "where did this come from?".</summary>
/// <param name="Path">The node.</param>
/// <param name="Attribute">The attribute; null for the node.</param>
/// <param name="Value">The composed value; null for none.</param>
/// <param name="IsFallback">Whether the value is the node type's default, because no layer has an opinion or the strongest is null.</param>
/// <param name="Opinions">Every opinion, strongest first.</param>
/// <param name="Reason">Why the winner won, one or two sentences.</param>
public sealed record Explanation(
    NodePath Path, string? Attribute, TaskValue? Value, bool IsFallback, ImmutableArray<ExplainedOpinion> Opinions, string Reason)
{
    internal static Explanation Of(Composition composition, NodePath path, string? attribute)
    {
        var prim = composition.Stage.IndexOf(SpecPath.From(path));
        if (!prim.HasOpinions) return new(path, attribute, Value: null, IsFallback: false, [], $"No layer says anything about {path}.");
        if (attribute is null)
        {
            var stack = prim.Opinions.Select((opinion, index) => Explained(opinion, opinion.Spec.At, Specifier(opinion.Spec), index == 0)).ToImmutableArray();
            var reason = prim.IsActive ? StrongerBecause([.. prim.Opinions.Select(opinion => opinion.Node)]) : "The node is not active.";
            return new(path, attribute, Value: null, IsFallback: false, stack, reason);
        }

        return attribute switch
        {
            "type" => OfField(path, attribute, prim, spec => spec.TypeName is { } type ? ((TaskValue)type, spec.TypeAt) : null),
            "active" => OfField(path, attribute, prim, spec => spec.Active is { } active ? ((TaskValue)active, spec.ActiveAt) : null),
            "needs" or "onFailure" or "finally" => OfTargets(path, attribute, prim, attribute),
            ControlWords.Until => OfTargets(path, attribute, prim, OutputProperty.Name(attribute)),
            _ when ControlWords.Connected.Contains(attribute) && !prim.TargetsOf(InputProperty.Name(attribute)).IsEmpty =>
                OfTargets(path, attribute, prim, InputProperty.Name(attribute)),
            _ when attribute.StartsWith("outputs.", StringComparison.Ordinal) => OfTargets(path, attribute, prim, OutputProperty.Name(attribute["outputs.".Length..])),
            _ when attribute.StartsWith("inputs.", StringComparison.Ordinal) => OfTargets(path, attribute, prim, InputProperty.Name(attribute["inputs.".Length..])),
            _ => OfAttribute(composition, path, attribute, prim),
        };
    }

    static TaskValue Specifier(PrimSpec spec) => spec.Path.IsVariant ? "variant" : spec.Specifier switch
    {
        Layers.Specifier.Def => "nodes",
        Layers.Specifier.Class => "classes",
        _ => "over",
    };

    static Explanation OfField(NodePath path, string field, PrimIndex prim, Func<PrimSpec, (TaskValue Value, TextPosition At)?> read)
    {
        var found = prim.Opinions.Select(opinion => (Opinion: opinion, Field: read(opinion.Spec))).Where(entry => entry.Field is not null).ToList();
        if (found.Count == 0) return new(path, field, Value: null, IsFallback: false, [], $"No layer says '{field}' of {path}.");
        return new(path, field, found[0].Field!.Value.Value, IsFallback: false,
            [.. found.Select((entry, index) => Explained(entry.Opinion, entry.Field!.Value.At, entry.Field.Value.Value, index == 0))],
            StrongerBecause([.. found.Select(entry => entry.Opinion.Node)]));
    }

    static Explanation OfTargets(NodePath path, string attribute, PrimIndex prim, string property)
    {
        var targets = prim.TargetsOf(property);
        var opinions = prim.OpinionsOf(property).Where(opinion => opinion.Property.Targets is not null).ToList();
        var replaced = false;
        var stack = ImmutableArray.CreateBuilder<ExplainedOpinion>();
        foreach (var opinion in opinions)
        {
            stack.Add(Explained(new(opinion.Node, opinion.Layer, opinion.Spec), opinion.Property.At, EditOf(opinion.Property.Targets!), !replaced));
            replaced |= opinion.Property.Targets!.Explicit is not null;
        }

        var reason = opinions.Count == 0 ? $"No layer says '{attribute}' of {path}."
            : replaced && opinions.Count > 1 ? "The strongest list that replaces hides everything weaker; edits above it are applied to it, weakest first."
            : opinions.Count > 1 ? "Lists add: the edits are applied one after the other, weakest first."
            : "There is only this opinion.";
        var value = opinions.Count == 0 ? null : TaskValue.ListOf(targets.Select(target => (TaskValue)target.Path.ToString()));
        return new(path, attribute, value, IsFallback: false, stack.ToImmutable(), reason);
    }

    static TaskValue EditOf(ListOp<AuthoredTarget> op)
    {
        static TaskValue List(ImmutableArray<AuthoredTarget> items) => TaskValue.ListOf(items.Select(item => (TaskValue)item.Path.ToString()));
        if (op.Explicit is { } items) return TaskValue.MapOf(("set", List(items)));
        return TaskValue.MapOf(new[] { ("prepend", op.Prepend), ("append", op.Append), ("delete", op.Delete) }
            .Where(edit => !edit.Item2.IsEmpty).Select(edit => (edit.Item1, List(edit.Item2))));
    }

    static Explanation OfAttribute(Composition composition, NodePath path, string attribute, PrimIndex prim)
    {
        var opinions = prim.OpinionsOf(attribute).Where(opinion => opinion.Property.Value is not null).ToList();
        var value = PrimIndex.Compose(opinions.Select(opinion => opinion.Property.Value));
        var fallback = value is null ? Fallback(composition, prim, attribute) : null;
        var merging = true;
        var stack = ImmutableArray.CreateBuilder<ExplainedOpinion>();
        foreach (var opinion in opinions)
        {
            var isMap = opinion.Property.Value is TaskValue.Map;
            stack.Add(Explained(new(opinion.Node, opinion.Layer, opinion.Spec), opinion.Property.ValueAt, opinion.Property.Value, merging && (stack.Count == 0 || isMap)));
            merging &= isMap;
        }

        var reason = opinions.Count == 0 ? (fallback is null ? $"No layer says '{attribute}' of {path}." : "No layer has an opinion; this is the node type's default.")
            : value is null ? "The strongest opinion is null: it blocks every weaker one" + (fallback is null ? ", and the node type has no default." : ", and the node type's default applies.")
            : value is TaskValue.Map && stack.Count(opinion => opinion.Wins) > 1 ? "Maps merge key by key; where two have a key, the stronger one's counts."
            : StrongerBecause([.. opinions.Select(opinion => opinion.Node)]);
        return new(path, attribute, value ?? fallback, value is null && fallback is not null, stack.ToImmutable(), reason);
    }

    static TaskValue? Fallback(Composition composition, PrimIndex prim, string attribute)
    {
        var type = prim.Opinions.Select(opinion => opinion.Spec.TypeName).FirstOrDefault(name => name is not null);
        return type is not null && composition.Types.Find(type) is { } schema ? GraphBuilder.FindAttribute(schema, attribute)?.Default : null;
    }

    static ExplainedOpinion Explained(PrimOpinion opinion, TextPosition at, TaskValue? value, bool wins) =>
        new(opinion.Layer.Locate(at), opinion.Spec.Path.ToString(), ArcsTo(opinion.Node), value, wins);

    static ImmutableArray<string> ArcsTo(IndexNode node)
    {
        var arcs = new List<string>();
        for (var at = node; at.Parent is not null; at = at.Parent)
        {
            var word = at.Arc switch
            {
                ArcType.Inherit => $"inherits {at.PathAtIntroduction.WithoutVariants()}",
                ArcType.Specialize => $"extends {at.PathAtIntroduction.WithoutVariants()}",
                ArcType.Variant => $"variant {at.PathAtIntroduction.VariantSet}={at.PathAtIntroduction.Name}",
                ArcType.Payload => $"payload {at.Stack.RootLayer}#{at.PathAtIntroduction}",
                _ => $"uses {at.Stack.RootLayer}#{at.PathAtIntroduction}",
            };
            if (at.IsImplied) word += " (implied)";
            arcs.Add(word);
        }

        arcs.Reverse();
        return [.. arcs];
    }

    // The rule that decides between the strongest opinion and the next.
    static string StrongerBecause(ImmutableArray<IndexNode> nodes)
    {
        if (nodes.Length == 1) return "There is only this opinion.";
        var (winner, next) = (nodes[0], nodes[1]);
        if (winner == next) return "Both stand at one site; the stronger layer of the stack wins.";
        var (winnerBase, nextBase) = (BaseOf(winner), BaseOf(next));
        if (nextBase is not null && winnerBase is null) return "What a node extends is a base: weaker than everything else.";
        if (nextBase is not null && winnerBase is not null && nextBase != winnerBase)
        {
            return AuthoredArc(winnerBase) == AuthoredArc(nextBase) ? "The base as the layer further out knows it is stronger than the one further in."
                : "Both are bases: what a base extends is weaker than it, a base of the node itself stronger than one of a node above, and else the first is.";
        }

        var (a, b) = Divergence(winner, next);
        if (b is null) return "";
        if (a is null) return b.Arc == ArcType.Variant ? "A local opinion is stronger than a variant (strength order: local, inherits, variants, uses, payload, extends)."
            : $"A local opinion is stronger than {Words(b)} (strength order: local, inherits, variants, uses, payload, extends).";
        if (a.Arc != b.Arc) return $"{Capital(Words(a))} is stronger than {Words(b)} (strength order: local, inherits, variants, uses, payload, extends).";
        if (a.NamespaceDepth != b.NamespaceDepth) return "The arc on the node itself is stronger than the one on a node above it.";
        return a.IsImplied != b.IsImplied || a.Origin != b.Origin ? "The class of the layer further out is stronger than the one further in." : "The arc that is named first is stronger.";
    }

    static string Words(IndexNode node) => node.Arc switch
    {
        ArcType.Inherit => "what is inherited",
        ArcType.Variant => "a variant",
        ArcType.Reference => "what is used",
        ArcType.Payload => "a payload",
        _ => "what is extended",
    };

    static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    static IndexNode? BaseOf(IndexNode node)
    {
        for (var at = node; at is not null; at = at.Parent)
            if (at.Arc == ArcType.Specialize) return at;
        return null;
    }

    static IndexNode AuthoredArc(IndexNode node)
    {
        while (node.IsImplied) node = node.Origin!;
        return node;
    }

    // The two nodes below the lowest common one; null where a node is itself the common one.
    static (IndexNode? A, IndexNode? B) Divergence(IndexNode a, IndexNode b)
    {
        var left = Way(a);
        var right = Way(b);
        var i = 0;
        while (i < left.Count && i < right.Count && left[i] == right[i]) i++;
        return (i < left.Count ? left[i] : null, i < right.Count ? right[i] : null);

        static List<IndexNode> Way(IndexNode node)
        {
            var way = new List<IndexNode>();
            for (var at = node; at is not null; at = at.Parent) way.Add(at);
            way.Reverse();
            return way;
        }
    }

    /// <summary>The explanation as text, for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(Path);
        if (Attribute is not null) text.Append('.').Append(Attribute);
        if (Value is not null) text.Append(" = ").Append(Value.ToJson());
        if (IsFallback) text.Append("  (the node type's default)");
        text.Append('\n');
        foreach (var opinion in Opinions)
        {
            text.Append(opinion.Wins ? "  * " : "    ").Append(opinion.Location).Append("  ").Append(opinion.Site);
            if (opinion.Value is not null) text.Append("  ").Append(opinion.Value.ToJson());
            if (!opinion.Arcs.IsEmpty) text.Append("  via ").AppendJoin(" > ", opinion.Arcs);
            text.Append('\n');
        }

        return text.Append("  ").Append(Reason).Append('\n').ToString();
    }
}
