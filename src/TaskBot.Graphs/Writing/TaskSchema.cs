using System.Text.Json;
using System.Text.Json.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Writing;

/// <summary>
/// The JSON schema of a layer (draft 7, which editors' YAML servers know), made from the node types: <c># yaml-language-server: $schema=task.schema.json</c>.
/// </summary>
public static class TaskSchema
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    public static string Write(NodeTypeCatalog types)
    {
        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "TaskBot task layer",
            ["type"] = "object",
            ["required"] = new JsonArray("taskbot"),
            ["additionalProperties"] = false,
            ["properties"] = new JsonObject
            {
                ["taskbot"] = Described(new() { ["const"] = 1 }, "The version of this file's form."),
                ["default"] = Described(Name(), "The task that is meant where none is named."),
                ["layers"] = Described(Strings(), "Weaker layers, strongest first."),
                ["nodes"] = Bodies("Nodes that this layer defines."),
                ["over"] = Bodies("Opinions about nodes that are defined elsewhere."),
                ["classes"] = Bodies("What nodes extend or inherit."),
            },
            ["definitions"] = new JsonObject { ["list"] = ListEdit(), ["body"] = Body(types) },
        };
        return schema.ToJsonString(Indented) + "\n";
    }

    static JsonObject Body(NodeTypeCatalog types)
    {
        var properties = new JsonObject
        {
            ["type"] = Described(new() { ["enum"] = new JsonArray([.. types.All.Select(type => (JsonNode)type.Name)]) }, "What the node does."),
            ["nodes"] = Bodies("Nodes that this body defines."),
            ["over"] = Bodies("Opinions about nodes that are defined elsewhere."),
            ["classes"] = Bodies("What nodes here extend or inherit."),
            ["uses"] = Described(List(), "Another task: 'owner/repo/path@ref#/node', './x.task.yml', '#/node'."),
            ["payload"] = Described(List(), "Like 'uses', and weaker; loaded when it is reached."),
            ["extends"] = Described(List(), "A base whose values everything else overrides."),
            ["inherits"] = Described(List(), "A class whose values beat variants and whatever is used; for policy."),
            ["needs"] = Described(List(), "Nodes that must have ended well before: siblings' names, '../name' or '/path'."),
            ["active"] = Described(new() { ["type"] = "boolean" }, "False takes the node out."),
            ["select"] = Described(new() { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean", "null") } }, "The variant of each set."),
            ["variants"] = Described(new()
            {
                ["type"] = "object",
                ["additionalProperties"] = new JsonObject { ["type"] = "object", ["additionalProperties"] = BodyReference() },
            }, "Sets of variants; the first set is the strongest."),
            ["inputs"] = Described(new()
            {
                ["type"] = "object",
                ["additionalProperties"] = new JsonObject
                {
                    ["type"] = new JsonArray("object", "null"),
                    ["additionalProperties"] = false,
                    ["required"] = new JsonArray("from"),
                    ["properties"] = new JsonObject { ["from"] = List() },
                },
            }, "Where each input comes from: {from: node.output}."),
            ["outputs"] = Described(new()
            {
                ["type"] = "object",
                ["additionalProperties"] = new JsonObject
                {
                    ["type"] = new JsonArray("object", "null"),
                    ["additionalProperties"] = false,
                    ["required"] = new JsonArray("from"),
                    ["properties"] = new JsonObject { ["from"] = new JsonObject { ["type"] = new JsonArray("string", "null") } },
                },
            }, "What a branch gives, and which node inside gives it: {from: node.output}. With 'each' it is a list, one entry an item; of a loop it is the last iteration's."),
            [ControlWords.Until] = Described(Connection(), "Repeats the branch until this output of a node inside is true, at most 'atMost' times."),
            ["onFailure"] = Described(List(), "Nodes that run only when this one failed: siblings' names, '../name' or '/path'."),
            ["finally"] = Described(List(), "Nodes right inside this branch that run when everything else inside has ended, however it ended."),
        };
        var bodyKeys = properties.Select(property => property.Key).ToList();
        foreach (var attribute in types.All.SelectMany(Composition.GraphBuilder.AttributesOf).DistinctBy(attribute => attribute.Name))
            properties[attribute.Name] = new JsonObject();
        var byType = types.All.Select(type => (JsonNode)new JsonObject
        {
            ["if"] = new JsonObject { ["required"] = new JsonArray("type"), ["properties"] = new JsonObject { ["type"] = new JsonObject { ["const"] = type.Name } } },
            ["then"] = new JsonObject
            {
                ["propertyNames"] = new JsonObject
                {
                    ["enum"] = new JsonArray([.. bodyKeys.Concat(Composition.GraphBuilder.AttributesOf(type).Select(attribute => attribute.Name)).Select(name => (JsonNode)name)]),
                },
                ["properties"] = new JsonObject(Composition.GraphBuilder.AttributesOf(type).Select(attribute => KeyValuePair.Create(attribute.Name, (JsonNode?)Attribute(attribute)))),
            },
        });
        return new() { ["type"] = new JsonArray("object", "null"), ["properties"] = properties, ["additionalProperties"] = false, ["allOf"] = new JsonArray([.. byType]) };
    }

    static JsonObject Attribute(AttributeSchema attribute)
    {
        var schema = new JsonObject { ["description"] = attribute.Unit is { } unit ? $"{attribute.Summary} In {unit}." : attribute.Summary };
        if (attribute.Default is { } value) schema["default"] = JsonNode.Parse(value.ToJson());
        if (!attribute.AllowedValues.IsEmpty) schema["enum"] = new JsonArray([.. attribute.AllowedValues.Append(TaskValue.Null.Value).Select(allowed => JsonNode.Parse(allowed.ToJson()))]);
        else if (ControlWords.Connected.Contains(attribute.Name)) schema["anyOf"] = new JsonArray(Connection(), new JsonObject { ["type"] = TypeOf(attribute.Kind) });
        else if (TypeOf(attribute.Kind) is { } type) schema["type"] = new JsonArray(type, "null");
        return schema;
    }

    static JsonObject Connection() => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["type"] = new JsonArray("string", "null") },
            new JsonObject
            {
                ["type"] = "object",
                ["additionalProperties"] = false,
                ["required"] = new JsonArray("from"),
                ["properties"] = new JsonObject { ["from"] = new JsonObject { ["type"] = "string" } },
            }),
    };

    static string? TypeOf(ValueKind kind) => kind switch
    {
        ValueKind.Text or ValueKind.Tree => "string",
        ValueKind.Integer => "integer",
        ValueKind.Number => "number",
        ValueKind.Truth => "boolean",
        ValueKind.List => "array",
        ValueKind.Map => "object",
        _ => null,
    };

    static JsonObject ListEdit() => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["type"] = new JsonArray("string", "null") },
            Strings(),
            new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["required"] = new JsonArray("set"), ["properties"] = new JsonObject { ["set"] = Strings() } },
            new JsonObject
            {
                ["type"] = "object",
                ["additionalProperties"] = false,
                ["properties"] = new JsonObject { ["prepend"] = Strings(), ["append"] = Strings(), ["delete"] = Strings() },
            }),
    };

    static JsonObject Bodies(string description) => Described(new()
    {
        ["type"] = new JsonArray("object", "null"),
        ["propertyNames"] = new JsonObject { ["pattern"] = "^[A-Za-z_][A-Za-z0-9_-]*$" },
        ["additionalProperties"] = BodyReference(),
    }, description);

    static JsonObject Name() => new() { ["type"] = "string", ["pattern"] = "^[A-Za-z_][A-Za-z0-9_-]*$" };

    static JsonObject BodyReference() => new() { ["$ref"] = "#/definitions/body" };

    static JsonObject List() => new() { ["$ref"] = "#/definitions/list" };

    static JsonObject Strings() => new() { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } };

    // Beside a reference draft 7 reads nothing, so that a description wraps it.
    static JsonObject Described(JsonObject schema, string description)
    {
        var described = schema.ContainsKey("$ref") ? new JsonObject { ["allOf"] = new JsonArray(schema) } : schema;
        described["description"] = description;
        return described;
    }
}
