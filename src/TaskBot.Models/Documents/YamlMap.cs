using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace TaskBot.Models.Documents;

/// <summary>A mapping of a YAML document. Each read returns null, or what is there and valid; everything else becomes a problem.</summary>
internal sealed class YamlMap(string file, YamlMappingNode node, ICollection<FileProblem> problems)
{
    public int Line => (int)node.Start.Line;

    public IEnumerable<string> Keys => node.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value ?? "");

    public int LineOf(string key) => Find(key) is { } found ? (int)found.Start.Line : Line;

    public void Report(int line, string message) => problems.Add(new FileProblem(file, line, message));

    /// <summary>Reports every key that is not one of these.</summary>
    public void Allow(params IReadOnlyCollection<string> known)
    {
        foreach (var key in node.Children.Keys)
            if (key is not YamlScalarNode { Value: { } name } || !known.Contains(name))
                Report((int)key.Start.Line, $"'{key}' is not known here; known are {string.Join(", ", known)}.");
    }

    public bool Has(string key) => Find(key) is not null;

    public string? Text(string key)
    {
        switch (Find(key))
        {
            case null:
                return null;
            case YamlScalarNode { Value: { } value }:
                return value;
            case var other:
                Report((int)other.Start.Line, $"'{key}' must be a text.");
                return null;
        }
    }

    public string? RequiredText(string key)
    {
        if (!Has(key))
            Report(Line, $"'{key}' is missing.");
        return Text(key);
    }

    public int? Integer(string key) => Number(key, static (string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value), "a whole number");

    public float? Float(string key) => Number(key, static (string text, out float value) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value), "a number");

    /// <summary>A list of texts; one text alone is a list of one.</summary>
    public ImmutableArray<string> Texts(string key)
    {
        switch (Find(key))
        {
            case null:
                return [];
            case YamlScalarNode { Value: { } one }:
                return [one];
            case YamlSequenceNode many when many.Children.All(child => child is YamlScalarNode { Value: not null }):
                return [.. many.Children.Select(child => ((YamlScalarNode)child).Value!)];
            case var other:
                Report((int)other.Start.Line, $"'{key}' must be a list of texts.");
                return [];
        }
    }

    public YamlMap? Map(string key)
    {
        switch (Find(key))
        {
            case null:
                return null;
            case YamlMappingNode map:
                return new YamlMap(file, map, problems);
            case var other:
                Report((int)other.Start.Line, $"'{key}' must be a mapping.");
                return null;
        }
    }

    public ImmutableArray<YamlMap> Maps(string key)
    {
        switch (Find(key))
        {
            case null:
                return [];
            case YamlSequenceNode many when many.Children.All(child => child is YamlMappingNode):
                return [.. many.Children.Select(child => new YamlMap(file, (YamlMappingNode)child, problems))];
            case var other:
                Report((int)other.Start.Line, $"'{key}' must be a list of mappings.");
                return [];
        }
    }

    /// <summary>The value as JSON: plain scalars by YAML's core schema, quoted ones as strings.</summary>
    public JsonNode? Json(string key) => Find(key) is { } found ? ToJson(found) : null;

    private YamlNode? Find(string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var found) ? found : null;

    private delegate bool TryParse<T>(string text, out T value);

    private T? Number<T>(string key, TryParse<T> parse, string what) where T : struct
    {
        if (Text(key) is not { } text)
            return null;
        if (parse(text, out var value))
            return value;
        Report(LineOf(key), $"'{key}' must be {what}, not '{text}'.");
        return null;
    }

    private static JsonNode? ToJson(YamlNode value) => value switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(pair.Key.ToString(), ToJson(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => Plain(scalar.Value ?? ""),
        var other => JsonValue.Create(((YamlScalarNode)other).Value),
    };

    private static JsonValue? Plain(string text) => text switch
    {
        "" or "~" or "null" => null,
        "true" or "false" => JsonValue.Create(text == "true"),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) => JsonValue.Create(integer),
        _ when decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };
}
