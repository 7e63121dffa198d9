using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using TaskBot.Graphs.Composition;
using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Values;

namespace TaskBot.Conformance.Composition;

/// <summary>Composes one case and compares every recorded answer.</summary>
static class CompositionJudge
{
    public static Differences Judge(JsonElement json)
    {
        var differences = new Differences();
        var layers = new CaseLayers(json.GetProperty("layers"));
        var root = layers[json.GetProperty("root").GetString()!];
        ImmutableArray<TaskLayer> session = json.TryGetProperty("session", out var name) && name.ValueKind == JsonValueKind.String ? [layers[name.GetString()!]] : [];
        var stage = new Stage(root, layers, session, Options(json));
        var expected = json.GetProperty("expected");
        differences.Compare("layer stack", Differences.Texts(expected.GetProperty("layerStack")), stage.RootStack.Layers.Select(layer => layer.Identifier));

        var errors = new SortedSet<string>(StringComparer.Ordinal);
        var prims = expected.GetProperty("prims");
        // What no prim of a case has was not recorded in it; what only some have is empty in the others.
        var recorded = prims.EnumerateObject().SelectMany(prim => prim.Value.EnumerateObject()).Select(field => field.Name).ToHashSet();
        foreach (var prim in prims.EnumerateObject())
        {
            if (!SpecPath.TryParse(prim.Name, out var path)) throw new InvalidDataException($"'{prim.Name}' is no prim path.");
            ComparePrim(stage.IndexOf(path), prim.Value, recorded, differences, errors);
        }

        if (expected.TryGetProperty("flattened", out var flattened))
        {
            differences.Compare("flattened", Flattened(flattened), Flatten(stage));
            CompareMicroErrors(expected, errors, differences);
        }
        else
        {
            differences.Compare("order of prims", prims.EnumerateObject().Select(prim => prim.Name), Traverse(stage).Where(path => prims.TryGetProperty(path, out _)));
            differences.Compare("errors", ExpectedErrors(expected), errors.Concat(StackErrors(stage)).Order(StringComparer.Ordinal));
        }

        return differences;
    }

    static StageOptions Options(JsonElement json)
    {
        if (!json.TryGetProperty("options", out var options)) return StageOptions.Default;
        var payloads = options.TryGetProperty("payloads", out var pattern) ? new Regex(pattern.GetString()!, RegexOptions.None, TimeSpan.FromSeconds(1)) : null;
        var fallbacks = options.TryGetProperty("variantFallbacks", out var sets)
            ? sets.EnumerateObject().ToImmutableDictionary(set => set.Name, set => ImmutableArray.CreateRange(set.Value.EnumerateArray().Select(item => item.GetString()!)), StringComparer.Ordinal)
            : null;
        return new(payloads is null ? null : path => payloads.IsMatch(path.ToString()), fallbacks);
    }

    static void ComparePrim(PrimIndex prim, JsonElement expected, HashSet<string> recorded, Differences differences, SortedSet<string> errors)
    {
        var path = prim.Path;
        foreach (var error in prim.Errors) errors.Add($"{path} {error.Kind}");
        differences.Compare($"{path} prim stack", Differences.Texts(expected.GetProperty("primStack")), prim.Opinions.Select(opinion => $"{opinion.Layer} {opinion.Spec.Path}"));
        if (recorded.Contains("childNames"))
            differences.Compare($"{path} child names", expected.TryGetProperty("childNames", out var names) ? Differences.Texts(names) : [], prim.ChildNames);
        if (recorded.Contains("variantSelections"))
        {
            var selections = expected.TryGetProperty("variantSelections", out var sets) ? sets.EnumerateObject().Select(set => $"{set.Name}={set.Value.GetString()}") : [];
            differences.Compare($"{path} variant selections", selections.Order(StringComparer.Ordinal),
                prim.Variants.Select(variant => $"{variant.Set}={variant.Variant}").Distinct().Order(StringComparer.Ordinal));
        }

        var properties = prim.PropertyNames();
        if (recorded.Contains("propertyStacks"))
        {
            var stacks = expected.TryGetProperty("propertyStacks", out var found) ? found.EnumerateObject().ToDictionary(stack => stack.Name, stack => stack.Value) : [];
            differences.Compare($"{path} properties", stacks.Keys.Order(StringComparer.Ordinal), properties.Select(property => $"{path}.{property}").Order(StringComparer.Ordinal));
            foreach (var (property, stack) in stacks)
            {
                differences.Compare($"{property} stack", Differences.Texts(stack),
                    prim.OpinionsOf(property[(property.LastIndexOf('.') + 1)..]).Select(opinion => $"{opinion.Layer} {opinion.Spec.Path}.{opinion.Property.Name}"));
            }
        }

        var targets = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in properties)
        {
            var dropped = new List<CompositionError>();
            var composed = prim.TargetsOf(property, dropped);
            foreach (var error in dropped) errors.Add($"{path} {error.Kind}");
            if (!composed.IsEmpty) targets[$"{path}.{property}"] = string.Join(" ", composed.Select(target => target.Path));
        }

        if (recorded.Overlaps(["relationshipTargets", "attributeConnections", "targets"]))
        {
            var wanted = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var key in new[] { "relationshipTargets", "attributeConnections", "targets" })
            {
                if (!expected.TryGetProperty(key, out var list)) continue;
                foreach (var property in list.EnumerateObject().Where(property => property.Value.GetArrayLength() > 0))
                    wanted[property.Name] = string.Join(" ", Differences.Texts(property.Value));
            }

            differences.Compare($"{path} targets", wanted.Select(entry => $"{entry.Key} -> {entry.Value}"), targets.Select(entry => $"{entry.Key} -> {entry.Value}"));
        }
    }

    // Every prim of the composed namespace, parents first, children in their order.
    static IEnumerable<string> Traverse(Stage stage)
    {
        var open = new Stack<PrimIndex>();
        Push(stage.PseudoRoot);
        while (open.TryPop(out var prim))
        {
            yield return prim.Path.ToString();
            Push(prim);
        }

        void Push(PrimIndex prim)
        {
            foreach (var name in prim.ChildNames.Reverse()) open.Push(prim.Child(name));
        }
    }

    // ---- errors

    static IEnumerable<string> ExpectedErrors(JsonElement expected)
    {
        var errors = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var error in expected.GetProperty("errors").EnumerateArray())
        {
            foreach (var kind in KindsIn(error.GetProperty("text").GetString()!))
            {
                var isOfStack = kind is CompositionErrorKind.SublayerCycle or CompositionErrorKind.InvalidSublayerPath or CompositionErrorKind.InvalidSublayerOffset;
                errors.Add(isOfStack ? $"layer stack {kind}" : $"{error.GetProperty("prim").GetString()} {kind}");
            }
        }

        return errors;
    }

    static IEnumerable<string> StackErrors(Stage stage) => stage.StackErrors.Select(error => $"layer stack {error.Kind}").Distinct();

    // The library's sentences, one kind each.
    static readonly (string Text, CompositionErrorKind Kind)[] Sentences =
    [
        ("Cycle detected", CompositionErrorKind.ArcCycle),
        ("Could not open asset", CompositionErrorKind.InvalidAssetPath),
        ("Could not load sublayer", CompositionErrorKind.InvalidSublayerPath),
        ("Unresolved", CompositionErrorKind.UnresolvedPrimPath),
        ("must be an absolute prim path", CompositionErrorKind.InvalidPrimPath),
        ("reference offset", CompositionErrorKind.InvalidReferenceOffset),
        ("payload offset", CompositionErrorKind.InvalidReferenceOffset),
        ("sublayer offset", CompositionErrorKind.InvalidSublayerOffset),
        ("outside the scope", CompositionErrorKind.InvalidExternalTargetPath),
        ("refers to an instance of that class", CompositionErrorKind.InvalidInstanceTargetPath),
        ("Sublayer hierarchy", CompositionErrorKind.SublayerCycle),
    ];

    static IEnumerable<CompositionErrorKind> KindsIn(string text)
    {
        var kinds = Sentences.Where(sentence => text.Contains(sentence.Text, StringComparison.OrdinalIgnoreCase)).Select(sentence => sentence.Kind).ToList();
        return kinds.Count > 0 ? kinds : throw new InvalidDataException($"An expected error of no known kind: {text}");
    }

    static void CompareMicroErrors(JsonElement expected, SortedSet<string> errors, Differences differences)
    {
        var wanted = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var prim in expected.GetProperty("prims").EnumerateObject())
            foreach (var error in prim.Value.GetProperty("errors").EnumerateArray())
                foreach (var kind in KindsIn(error.GetString()!)) wanted.Add($"{prim.Name} {kind}");
        differences.Compare("errors", wanted, errors);
    }

    // ---- flattened values, one line a fact

    static IEnumerable<string> Flattened(JsonElement layer) => layer.GetProperty("prims").EnumerateArray().SelectMany(Flattened1);

    static IEnumerable<string> Flattened1(JsonElement prim)
    {
        var path = prim.GetProperty("path").GetString();
        yield return $"{prim.GetProperty("specifier").GetString()} {path}";
        if (prim.TryGetProperty("metadata", out var metadata)) yield return $"{path} metadata {TaskValue.From(metadata).ToJson()}";
        foreach (var attribute in prim.GetProperty("attributes").EnumerateArray().OrderBy(item => item.GetProperty("name").GetString(), StringComparer.Ordinal))
            yield return $"{attribute.GetProperty("path").GetString()} = {(attribute.TryGetProperty("default", out var value) ? TaskValue.From(value).ToJson() : "nothing")}";
        foreach (var relationship in prim.GetProperty("relationships").EnumerateArray())
            yield return $"{relationship.GetProperty("path").GetString()} -> {string.Join(" ", Differences.Texts(relationship.GetProperty("targets").GetProperty("explicit")))}";
        foreach (var line in prim.GetProperty("children").EnumerateArray().SelectMany(Flattened1)) yield return line;
    }

    static IEnumerable<string> Flatten(Stage stage) => stage.PseudoRoot.ChildNames.SelectMany(name => Flatten(stage.PseudoRoot.Child(name)));

    static IEnumerable<string> Flatten(PrimIndex prim)
    {
        if (!prim.IsActive) yield break;
        yield return $"{prim.Specifier.ToString().ToLowerInvariant()} {prim.Path}";
        var metadata = TaskValue.Map.Empty;
        foreach (var opinion in prim.Opinions) metadata = Merge(metadata, opinion.Spec.Metadata);
        if (!metadata.Entries.IsEmpty) yield return $"{prim.Path} metadata {metadata.ToJson()}";
        foreach (var name in prim.PropertyNames().Order(StringComparer.Ordinal))
        {
            var opinions = prim.OpinionsOf(name).ToList();
            if (opinions[0].Property.Kind == PropertyKind.Relationship) continue;
            var hasValue = opinions.Exists(opinion => opinion.Property.Value is not null);
            yield return $"{prim.Path}.{name} = {(hasValue ? (prim.ValueOf(name) ?? TaskValue.Null.Value).ToJson() : "nothing")}";
        }

        foreach (var name in prim.PropertyNames())
            if (prim.OpinionsOf(name).First().Property.Kind == PropertyKind.Relationship) yield return $"{prim.Path}.{name} -> {string.Join(" ", prim.TargetsOf(name).Select(target => target.Path))}";
        foreach (var line in prim.ChildNames.SelectMany(name => Flatten(prim.Child(name)))) yield return line;
    }

    static TaskValue.Map Merge(TaskValue.Map stronger, TaskValue.Map weaker) => PrimIndex.Merge(stronger, weaker);
}
