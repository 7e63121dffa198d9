using System.Collections.Immutable;
using TaskBot.Graphs.Layers.Yaml;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Layers;

/// <summary>A weaker layer that a layer names, as written.</summary>
public sealed record SubLayer(string Asset, TextPosition At = default)
{
    /// <summary>Time scale, which tasks do not have; one without an inverse is an error, and none is used instead.</summary>
    public double Scale { get; init; } = 1;
}

/// <summary>What reading a layer gives: what could be read, and every problem met on the way.</summary>
public sealed record LayerParse(TaskLayer Layer, ImmutableArray<Problem> Problems);

/// <summary>One file of opinions about tasks, immutable. Its identity is its resolved identifier (rule R4).</summary>
/// <param name="identifier">The resolved identifier: a path, <c>taskbot:core/...</c>, <c>owner/repo/path@ref</c>, or the name of a layer held in memory.</param>
/// <param name="root">The specs, below the root path.</param>
public sealed class TaskLayer(string identifier, PrimSpec root)
{
    public string Identifier { get; } = identifier;

    /// <summary>False where people without write access had a hand in it: what it says is marked in the composed graph.</summary>
    public bool IsTrusted { get; init; } = true;

    /// <summary>The pseudo-root: its children are the layer's tasks and classes.</summary>
    public PrimSpec Root { get; } = root;

    /// <summary>The prim that is meant where an arc names none (rule R9).</summary>
    public string? DefaultPrim { get; init; }

    public TextPosition DefaultPrimAt { get; init; }

    /// <summary>Weaker layers, strongest first (rule R1).</summary>
    public ImmutableArray<SubLayer> SubLayers { get; init; } = [];

    /// <summary>The text that it was read from; null where it was made in memory.</summary>
    public string? Text { get; init; }

    /// <summary>Reads YAML 1.2 or JSON. Never throws for what the text says: a layer that is partly readable gives what was read.</summary>
    public static LayerParse Parse(string identifier, string text, bool isTrusted = true) => YamlLayerReader.Read(identifier, text, isTrusted);

    public PrimSpec? Find(SpecPath path) => Root.Find(path);

    public SourceLocation Locate(TextPosition at) => new(Identifier, at.Line, at.Column);

    /// <summary>
    /// The same layer with one attribute of one prim set (or, with null, without an opinion). Everything that is not on the way to the prim is
    /// shared with this layer, which is what makes composing again cheap. Missing prims on the way are written as <c>over</c>.
    /// </summary>
    public TaskLayer WithAttribute(SpecPath prim, string name, TaskValue? value) =>
        new(Identifier, LayerEdit.SetAttribute(Root, prim, name, value))
        {
            IsTrusted = IsTrusted,
            DefaultPrim = DefaultPrim,
            DefaultPrimAt = DefaultPrimAt,
            SubLayers = SubLayers,
        };

    public override string ToString() => Identifier;
}
