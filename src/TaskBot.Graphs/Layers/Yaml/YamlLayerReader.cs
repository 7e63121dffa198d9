using System.Collections.Immutable;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Layers.Yaml;

/// <summary>The YAML surface of a layer: keys to specs, arcs, relationships and connections. Collects every problem and reads on.</summary>
sealed class YamlLayerReader
{
    /// <summary>The version of the surface that <c>taskbot:</c> names.</summary>
    const long SurfaceVersion = 1;

    static readonly string[] LayerKeys = ["taskbot", "default", "layers", "nodes", "over", "classes"];

    /// <summary>Keys of a body that are not attributes.</summary>
    internal static readonly string[] BodyKeys =
        ["nodes", "over", "classes", "type", "uses", "payload", "extends", "inherits", "variants", "select", "needs", "inputs", "outputs", "until", "onFailure", "finally", "active"];

    static readonly string[] ListKeys = ["set", "prepend", "append", "delete"];

    readonly string identifier;
    readonly List<Problem> problems = [];
    readonly PathPool pool = new();
    readonly Dictionary<string, string> inputProperties = new(StringComparer.Ordinal);

    YamlLayerReader(string identifier) => this.identifier = identifier;

    public static LayerParse Read(string identifier, string text, bool isTrusted)
    {
        var reader = new YamlLayerReader(identifier);
        var ofText = new List<Problem>();
        var document = YamlReader.Read(identifier, text, ofText, new BodyPlace(reader, SpecPath.Root));
        var layer = reader.Layer(document, text, isTrusted, isReadable: ofText.Count == 0);
        return new(layer, [.. ofText, .. reader.problems]);
    }

    /// <summary>A body: the whole layer, or the body of a node, which is read as soon as it is complete.</summary>
    sealed class BodyPlace(YamlLayerReader reader, SpecPath path, Specifier specifier = Specifier.Over, TextPosition at = default) : YamlPlace
    {
        public override YamlPlace? Below(YamlScalar key) => KindOf(key.Text) is { } kind ? new NamesPlace(reader, path, kind) : null;

        public override YamlNode Complete(YamlMapping mapping)
        {
            if (path.IsRoot) return mapping;
            var spec = reader.Body(mapping, path, specifier, at);
            var read = new YamlBody(mapping.At, spec, [.. reader.problems]) { ExpandedSize = mapping.ExpandedSize };
            reader.problems.Clear();
            return read;
        }
    }

    /// <summary>The names under 'nodes', 'over' or 'classes' of a body.</summary>
    sealed class NamesPlace(YamlLayerReader reader, SpecPath path, Specifier specifier) : YamlPlace
    {
        public override YamlPlace? Below(YamlScalar key) =>
            NodePath.IsName(key.Text) ? new BodyPlace(reader, reader.pool.Child(path, key.Text), specifier, key.At) : null;
    }

    /// <summary>The body of a node that is read already, and what is wrong with it.</summary>
    sealed class YamlBody(TextPosition at, PrimSpec spec, ImmutableArray<Problem> problems) : YamlNode(at)
    {
        public PrimSpec Spec { get; } = spec;

        public ImmutableArray<Problem> Problems { get; } = problems;
    }

    static Specifier? KindOf(string key) => key switch { "nodes" => Specifier.Def, "over" => Specifier.Over, "classes" => Specifier.Class, _ => null };

    TaskLayer Layer(YamlNode? document, string text, bool isTrusted, bool isReadable)
    {
        if (document is not YamlMapping mapping)
        {
            if (isReadable)
                Report("empty-layer", document?.At ?? new(1, 1), "A layer is a mapping of keys; there is none here.", "Start with 'taskbot: 1', then 'nodes:'.");
            return new(identifier, new PrimSpec(SpecPath.Root, Specifier.Over)) { IsTrusted = isTrusted, Text = text };
        }

        string? defaultPrim = null;
        TextPosition defaultAt = default;
        ImmutableArray<SubLayer> subLayers = [];
        var hasVersion = false;
        foreach (var (key, value) in mapping.Entries)
        {
            switch (key.Text)
            {
                case "taskbot":
                    hasVersion = true;
                    if (YamlScalars.Read(value) is not TaskValue.Integer { Value: SurfaceVersion })
                        Report("unknown-version", value.At, "This layer is written for another version of TaskBot.", "Write 'taskbot: 1'.");
                    break;
                case "default":
                    if (Name(value, "default") is not { } name) break;
                    (defaultPrim, defaultAt) = (name, value.At);
                    break;
                case "layers":
                    subLayers = [.. Scalars(value, "layers").Where(item => item.Text.Length > 0).Select(item => new SubLayer(item.Text, item.At))];
                    break;
                case "nodes" or "over" or "classes": break;
                default:
                    Report("unknown-key", key.At, $"A layer has no key '{key.Text}'.",
                        BodyKeys.Contains(key.Text) ? "It belongs inside a node, under 'nodes:'." : Suggestion.Sentence(key.Text, LayerKeys));
                    break;
            }
        }

        if (!hasVersion) Report("missing-version", new(1, 1), "The layer does not say which version it is written for.", "Write 'taskbot: 1' as its first line.");
        var root = new PrimSpec(SpecPath.Root, Specifier.Over) { Children = Children(mapping, SpecPath.Root) };
        return new(identifier, root) { IsTrusted = isTrusted, DefaultPrim = defaultPrim, DefaultPrimAt = defaultAt, SubLayers = subLayers, Text = text };
    }

    ImmutableArray<PrimSpec> Children(YamlMapping body, SpecPath path)
    {
        ImmutableArray<PrimSpec>.Builder? children = null;
        Dictionary<string, TextPosition>? seen = null;
        foreach (var (key, value) in body.Entries)
        {
            if (KindOf(key.Text) is not { } specifier) continue;
            if (IsNull(value)) continue;
            if (value is not YamlMapping named)
            {
                Report("wrong-shape", value.At, $"'{key.Text}' is a mapping of names to bodies.", $"Write '{key.Text}: {{name: {{...}}}}'.");
                continue;
            }

            // One mapping has no name twice.
            if (children is null) children = ImmutableArray.CreateBuilder<PrimSpec>(named.Entries.Count);
            else seen ??= children.ToDictionary(child => child.Path.Name, child => child.At, StringComparer.Ordinal);
            foreach (var (name, child) in named.Entries)
            {
                if (!NodePath.IsName(name.Text))
                {
                    Report("bad-name", name.At, $"'{name.Text}' is no name of a node.", "Write letters, digits, '_' and '-', starting with a letter or '_'.");
                    continue;
                }

                if (seen?.TryAdd(name.Text, name.At) == false)
                {
                    Report("duplicate-node", name.At, $"'{name.Text}' stands twice in one body; the first is on line {seen[name.Text].Line}.",
                        "Keep it under one of 'nodes', 'over' and 'classes'.");
                    continue;
                }

                if (child is YamlBody read)
                {
                    children.Add(read.Spec);
                    problems.AddRange(read.Problems);
                }
                else children.Add(Body(child, pool.Child(path, name.Text), specifier, name.At));
            }
        }

        return children?.DrainToImmutable() ?? [];
    }

    PrimSpec Body(YamlNode node, SpecPath path, Specifier specifier, TextPosition at)
    {
        if (IsNull(node)) return new(path, specifier) { At = at };
        if (node is not YamlMapping body)
        {
            Report("wrong-shape", node.At, $"The body of '{path.Name}' is a mapping of keys.", "Write '{key: value}'.");
            return new(path, specifier) { At = at };
        }

        string? type = null;
        bool? active = null;
        TextPosition typeAt = default;
        TextPosition activeAt = default;
        var arcs = ArcSpecs.None;
        var properties = ImmutableArray.CreateBuilder<PropertySpec>();
        foreach (var (key, value) in body.Entries)
        {
            switch (key.Text)
            {
                case "nodes" or "over" or "classes": break;
                case "type":
                    if (Text(value, "type", "a node type such as 'command'") is { } typeName) (type, typeAt) = (pool.Name(typeName), value.At);
                    break;
                case "active":
                    if (YamlScalars.Read(value) is TaskValue.Truth truth) (active, activeAt) = (truth.Value, value.At);
                    else Report("wrong-kind", value.At, "'active' is true or false.", "Write 'active: false' to take the node out.");
                    break;
                case "uses": arcs = arcs with { References = References(value, "uses") }; break;
                case "payload": arcs = arcs with { Payloads = References(value, "payload") }; break;
                case "extends": arcs = arcs with { Specializes = Classes(value, "extends") }; break;
                case "inherits": arcs = arcs with { Inherits = Classes(value, "inherits") }; break;
                case "select": arcs = arcs with { Selections = Selections(value) }; break;
                case "variants":
                    var sets = VariantSets(value, path);
                    arcs = arcs with { VariantSets = sets, VariantSetNames = new() { Prepend = [.. sets.Select(set => set.Name)] } };
                    break;
                case "needs" or "onFailure":
                    properties.Add(Relationship(key, value, item => Target(item, Around(path), property: false)));
                    break;
                case "finally":
                    properties.Add(Relationship(key, value, item => Target(item, path.WithoutVariants(), property: false)));
                    break;
                case "inputs": Connections(value, "inputs", InputProperties, Around(path), properties); break;
                case "outputs": Connections(value, "outputs", OutputProperty.Name, path.WithoutVariants(), properties); break;
                case ControlWords.Until:
                    if (Connection(value, key.Text, path.WithoutVariants()) is { } until)
                        properties.Add(new(OutputProperty.Name(key.Text), PropertyKind.Attribute) { Targets = until, At = key.At, ValueAt = value.At });
                    break;
                case ControlWords.When or ControlWords.Each: ValueOrConnection(key, value, path, properties); break;
                case "taskbot" or "default" or "layers":
                    Report("unknown-key", key.At, $"'{key.Text}' belongs at the top of a layer, not inside '{path.Name}'.");
                    break;
                default:
                    if (!NodePath.IsName(key.Text))
                    {
                        Report("unknown-key", key.At, $"'{key.Text}' is no name of an attribute.", Suggestion.Sentence(key.Text, BodyKeys));
                        break;
                    }

                    if (YamlScalars.Read(value) is { } read)
                        properties.Add(new(pool.Name(key.Text), PropertyKind.Attribute) { Value = read, At = key.At, ValueAt = value.At });
                    else Report("wrong-kind", value.At, $"A number in '{key.Text}' is not finite.", "Write a finite number.");
                    break;
            }
        }

        return new(path, specifier)
        {
            TypeName = type,
            Active = active,
            Arcs = arcs,
            Properties = properties.ToImmutable(),
            Children = Children(body, path),
            At = at,
            TypeAt = typeAt,
            ActiveAt = activeAt,
        };
    }

    ImmutableArray<VariantSetSpec> VariantSets(YamlNode value, SpecPath path)
    {
        if (IsNull(value)) return [];
        if (value is not YamlMapping sets)
        {
            Report("wrong-shape", value.At, "'variants' is a mapping of sets.", "Write 'variants: {set: {name: {...}}}'.");
            return [];
        }

        var result = ImmutableArray.CreateBuilder<VariantSetSpec>();
        foreach (var (set, variants) in sets.Entries)
        {
            if (!NodePath.IsName(set.Text))
            {
                Report("bad-name", set.At, $"'{set.Text}' is no name of a variant set.", "Write letters, digits, '_' and '-', starting with a letter or '_'.");
                continue;
            }

            var bodies = ImmutableArray.CreateBuilder<PrimSpec>();
            if (variants is YamlMapping named)
            {
                foreach (var (name, body) in named.Entries)
                {
                    if (IsVariantName(name.Text)) bodies.Add(Body(body, path.Variant(set.Text, name.Text), Specifier.Over, name.At));
                    else Report("bad-name", name.At, $"'{name.Text}' is no name of a variant.", "Write letters, digits, '_', '-' and '.'.");
                }
            }
            else if (!IsNull(variants))
            {
                Report("wrong-shape", variants.At, $"The set '{set.Text}' is a mapping of variants.", "Write '{name: {...}}'.");
            }

            result.Add(new(set.Text, bodies.ToImmutable(), set.At));
        }

        return result.ToImmutable();
    }

    static bool IsVariantName(string name) => name.Length > 0 && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.');

    ImmutableArray<VariantSelection> Selections(YamlNode value)
    {
        if (IsNull(value)) return [];
        if (value is not YamlMapping selections)
        {
            Report("wrong-shape", value.At, "'select' is a mapping of sets to variants.", "Write 'select: {set: variant}'.");
            return [];
        }

        var result = ImmutableArray.CreateBuilder<VariantSelection>();
        foreach (var (set, variant) in selections.Entries)
        {
            if (IsNull(variant)) result.Add(new(set.Text, "", variant.At));
            else if (variant is YamlScalar { Text: var name }) result.Add(new(set.Text, name, variant.At));
            else Report("wrong-kind", variant.At, $"The selection of '{set.Text}' is one variant's name.", "Write 'select: {set: variant}'.");
        }

        return result.ToImmutable();
    }

    PropertySpec Relationship(YamlScalar key, YamlNode value, Func<YamlScalar, AuthoredTarget?> read) => new(pool.Name(key.Text), PropertyKind.Relationship)
    {
        At = key.At,
        ValueAt = value.At,
        Targets = Edit(value, key.Text, edges: true, read),
    };

    void Connections(
        YamlNode value, string key, Func<string, string> propertyOf, SpecPath start, ImmutableArray<PropertySpec>.Builder properties)
    {
        if (IsNull(value)) return;
        if (value is not YamlMapping named)
        {
            Report("wrong-shape", value.At, $"'{key}' is a mapping of {key} to connections.", $"Write '{key}: {{name: {{from: node.output}}}}'.");
            return;
        }

        foreach (var (name, connection) in named.Entries)
        {
            if (!NodePath.IsName(name.Text))
            {
                Report("bad-name", name.At, $"'{name.Text}' is no name of an {key[..^1]}.", "Write letters, digits, '_' and '-', starting with a letter or '_'.");
                continue;
            }

            ListOp<AuthoredTarget>? targets;
            var valueAt = connection.At;
            if (IsNull(connection)) targets = new() { Explicit = [] };
            else if (connection is YamlMapping { Entries: [var (from, source)] } && from.Text == "from")
            {
                valueAt = source.At;
                // One source says what the input is connected to, and so replaces; a list adds, as every list of edges does.
                targets = IsNull(source) ? new() { Explicit = [] }
                    : source is YamlScalar single ? Target(single, start, property: true) is { } target ? new() { Explicit = [target] } : null
                    : Edit(source, "from", edges: true, item => Target(item, start, property: true));
            }
            else
            {
                Report("wrong-shape", connection.At, $"The {key[..^1]} '{name.Text}' says where it comes from and nothing else.", "Write '{from: node.output}'.");
                continue;
            }

            if (targets is not null)
                properties.Add(new(propertyOf(name.Text), PropertyKind.Attribute) { Targets = targets, At = name.At, ValueAt = valueAt });
        }
    }

    /// <summary>One source, as text or as <c>{from: ...}</c>; it replaces what weaker layers say.</summary>
    ListOp<AuthoredTarget>? Connection(YamlNode value, string key, SpecPath start)
    {
        var source = value is YamlMapping { Entries: [var (from, inner)] } && from.Text == "from" ? inner : value;
        if (IsNull(source)) return new() { Explicit = [] };
        if (source is YamlScalar single) return Target(single, start, property: true) is { } target ? new() { Explicit = [target] } : null;
        Report("wrong-shape", value.At, $"'{key}' is connected to one output.", $"Write '{key}: node.output'.");
        return null;
    }

    /// <summary>A value, or the output that it comes from. Whichever is written takes the place of whatever weaker layers say of the other.</summary>
    void ValueOrConnection(YamlScalar key, YamlNode value, SpecPath path, ImmutableArray<PropertySpec>.Builder properties)
    {
        TaskValue? plain = TaskValue.Null.Value;
        ListOp<AuthoredTarget>? targets = new() { Explicit = [] };
        if (value is YamlMapping || (value is YamlScalar && YamlScalars.Read(value) is TaskValue.Text)) targets = Connection(value, key.Text, Around(path));
        else plain = YamlScalars.Read(value);
        if (plain is null) Report("wrong-kind", value.At, $"A number in '{key.Text}' is not finite.", "Write a finite number.");
        if (plain is null || targets is null) return;
        properties.Add(new(key.Text, PropertyKind.Attribute) { Value = plain, At = key.At, ValueAt = value.At });
        properties.Add(new(InputProperty.Name(key.Text), PropertyKind.Attribute) { Targets = targets, At = key.At, ValueAt = value.At });
    }

    /// <summary>One text for all inputs of a name.</summary>
    string InputProperties(string input) => inputProperties.TryGetValue(input, out var known) ? known : inputProperties[input] = InputProperty.Name(input);

    /// <summary>Names are siblings of the node that the body is about: relative to the branch that it stands in.</summary>
    static SpecPath Around(SpecPath body) => body.WithoutVariants().Up(1);

    ListOp<ReferenceArc>? References(YamlNode value, string key) => Edit<ReferenceArc>(value, key, edges: false, item =>
    {
        var text = item.Text;
        var hash = text.LastIndexOf('#');
        var asset = hash < 0 ? text : text[..hash];
        if (hash < 0) return new(asset, Path: null, item.At);
        var target = text[(hash + 1)..];
        var valid = SpecPath.TryParse(target, out var path) && path is { IsRoot: false, HasVariants: false };
        if (!valid)
        {
            Report("bad-path", item.At, $"'{target}' is no path of a node.", "Write an absolute path after '#', such as '#/node'.");
            return null;
        }

        return new(asset.Length == 0 ? null : asset, path, item.At);
    });

    ListOp<ClassArc>? Classes(YamlNode value, string key) => Edit<ClassArc>(value, key, edges: false, item =>
    {
        if (SpecPath.TryParse(item.Text, out var path) && path is { IsRoot: false, HasVariants: false }) return new(path, item.Text, item.At);
        Report("bad-path", item.At, $"'{item.Text}' is no absolute path.", $"Write '/{item.Text.Trim('/')}' for a class at the top of the layer.");
        return null;
    });

    /// <param name="start">The prim that names are relative to.</param>
    AuthoredTarget? Target(YamlScalar item, SpecPath start, bool property)
    {
        var text = item.Text.AsSpan();
        var name = default(string);
        if (property)
        {
            var dot = text.LastIndexOf('.');
            if (dot <= text.LastIndexOf('/') || dot == text.Length - 1 || !NodePath.IsName(text[(dot + 1)..]))
            {
                Report("bad-path", item.At, $"'{item.Text}' names no output.", "Write 'node.output', or '/task.attribute'.");
                return null;
            }

            name = pool.Name(text[(dot + 1)..]);
            text = text[..dot];
        }

        if (NodePath.IsName(text)) return new(new(pool.Child(start, text), name), item.At);
        var prim = text.StartsWith('/') ? SpecPath.Root : start;
        foreach (var range in text.Split('/'))
        {
            var part = text[range];
            if (part is "" or ".") continue;
            if (part is "..")
            {
                if (prim.IsRoot)
                {
                    Report("bad-path", item.At, $"'{item.Text}' leads above the root.", "Write fewer '..'.");
                    return null;
                }

                prim = prim.Up(1);
                continue;
            }

            if (!NodePath.IsName(part))
            {
                Report("bad-path", item.At, $"'{item.Text}' is no path of a node.", "Write a sibling's name, '../name' or '/absolute/path'.");
                return null;
            }

            prim = pool.Child(prim, part);
        }

        if (prim.IsRoot)
        {
            Report("bad-path", item.At, $"'{item.Text}' names no node.", "Write a sibling's name, '../name' or '/absolute/path'.");
            return null;
        }

        return new(new(prim, name), item.At);
    }

    // The list forms: a bare list (or one text) adds, { set: [...] } replaces, { prepend, append, delete } edit.
    ListOp<AuthoredTarget>? Edit(YamlNode value, string key, bool edges, Func<YamlScalar, AuthoredTarget?> read)
    {
        ImmutableArray<AuthoredTarget> Items(YamlNode list)
        {
            var items = ImmutableArray.CreateBuilder<AuthoredTarget>((list as YamlSequence)?.Items.Count ?? 1);
            foreach (var item in Scalars(list, key))
                if (read(item) is { } target) items.Add(target);
            return items.DrainToImmutable();
        }

        return Edit(value, key, edges, Items);
    }

    ListOp<T>? Edit<T>(YamlNode value, string key, bool edges, Func<YamlScalar, T?> read)
        where T : class
    {
        ImmutableArray<T> Items(YamlNode list) => [.. Scalars(list, key).Select(read).OfType<T>()];
        return Edit(value, key, edges, Items);
    }

    ListOp<T>? Edit<T>(YamlNode value, string key, bool edges, Func<YamlNode, ImmutableArray<T>> items)
        where T : notnull
    {
        if (IsNull(value)) return new() { Explicit = [] };
        if (value is not YamlMapping edit) return edges ? new() { Append = items(value) } : new() { Prepend = items(value) };
        var op = new ListOp<T>();
        foreach (var (name, list) in edit.Entries)
        {
            switch (name.Text)
            {
                case "set": op = op with { Explicit = items(list) }; break;
                case "prepend": op = op with { Prepend = items(list) }; break;
                case "append": op = op with { Append = items(list) }; break;
                case "delete": op = op with { Delete = items(list) }; break;
                default:
                    Report("unknown-key", name.At, $"A list edit has no key '{name.Text}'.", Suggestion.Sentence(name.Text, ListKeys));
                    break;
            }
        }

        if (op.Explicit is not null && edit.Entries.Count > 1)
            Report("wrong-shape", edit.At, $"'set' replaces the whole list of '{key}', so nothing else can stand beside it.", "Keep 'set', or edit with 'prepend', 'append' and 'delete'.");
        return op;
    }

    IEnumerable<YamlScalar> Scalars(YamlNode value, string key)
    {
        if (value is YamlScalar single)
        {
            if (!IsNull(single)) yield return single;
            yield break;
        }

        if (value is not YamlSequence list)
        {
            Report("wrong-shape", value.At, $"'{key}' is a list of texts.", $"Write '{key}: [a, b]'.");
            yield break;
        }

        foreach (var item in list.Items)
        {
            if (item is YamlScalar scalar && !IsNull(scalar)) yield return scalar;
            else Report("wrong-kind", item.At, $"An item of '{key}' is not a text.", "Write a name or a path.");
        }
    }

    string? Name(YamlNode value, string key)
    {
        if (value is YamlScalar scalar && NodePath.IsName(scalar.Text)) return scalar.Text;
        Report("bad-name", value.At, $"'{key}' is the name of a node at the top of this layer.", "Write the name alone, without '/'.");
        return null;
    }

    string? Text(YamlNode value, string key, string what)
    {
        if (value is YamlScalar scalar && scalar.Text.Length > 0 && !IsNull(scalar)) return scalar.Text;
        Report("wrong-kind", value.At, $"'{key}' is {what}.");
        return null;
    }

    static bool IsNull(YamlNode node) => node is YamlScalar { IsPlain: true, Text: "" or "~" or "null" or "Null" or "NULL" };

    void Report(string kind, TextPosition at, string message, string? fix = null) => problems.Add(new(kind, new(identifier, at.Line, at.Column), message, fix));
}
