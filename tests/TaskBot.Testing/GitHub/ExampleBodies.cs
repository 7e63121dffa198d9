using System.Text.Json.Nodes;
using TaskBot.Testing.Contract;

namespace TaskBot.Testing.GitHub;

/// <summary>
/// GitHub's own examples, by operation and by event: what a simulated answer is filled up with, so that it has every member that GitHub's
/// description requires. <see cref="None"/> leaves answers lean.
/// </summary>
public sealed class ExampleBodies
{
    /// <summary>The value of a member that the example has and this body has not.</summary>
    internal const string Absent = "\0absent";

    static readonly Lazy<Task<ExampleBodies>> Published = new(ReadAsync);

    readonly Dictionary<string, JsonNode> _answers = new(StringComparer.Ordinal);
    readonly Dictionary<string, JsonNode> _events = new(StringComparer.Ordinal);

    ExampleBodies()
    {
    }

    /// <summary>No examples.</summary>
    public static ExampleBodies None { get; } = new();

    /// <summary>Those that GitHub publishes, read once per process.</summary>
    public static Task<ExampleBodies> PublishedAsync() => Published.Value;

    /// <summary>An answer's members over those of the operation's example.</summary>
    internal JsonNode Answer(string operation, JsonNode own) => Merge(_answers.GetValueOrDefault(operation), own)!;

    /// <summary>A payload's members over those of the event's example.</summary>
    internal JsonObject Payload(string @event, string? action, JsonObject own) =>
        (JsonObject)Merge(_events.GetValueOrDefault($"{@event}.{action}") ?? _events.GetValueOrDefault(@event), own)!;

    static async Task<ExampleBodies> ReadAsync()
    {
        var bodies = new ExampleBodies();
        var file = Path.GetTempFileName();
        try
        {
            await NodeKit.RunScriptAsync(["extract-response-examples.mjs", file], CancellationToken.None);
            foreach (var line in (await File.ReadAllLinesAsync(file)).Where(line => line.Length > 0))
            {
                var example = JsonNode.Parse(line)!;
                if (example["example"] is { } body) bodies._answers.TryAdd((string)example["op"]!, body);
            }
        }
        finally
        {
            File.Delete(file);
        }

        // Members that the description requires and its own examples lack.
        foreach (var operation in bodies._answers.Where(pair => pair.Key.StartsWith("pulls/", StringComparison.Ordinal)).Select(pair => pair.Value))
            foreach (var pull in operation is JsonArray list ? list.OfType<JsonObject>() : [operation.AsObject()])
                if (pull["requested_teams"] is not null) pull["requested_teams"] = new JsonArray();
        if (bodies._answers.TryGetValue("repos/get", out var whole))
        {
            whole["language"] = "C";
            whole.AsObject().Remove("source");
            whole.AsObject().Remove("parent");
        }

        if (bodies._answers.TryGetValue("repos/get-collaborator-permission-level", out var permission)) permission["user"]!["role_name"] = "admin";
        foreach (var @event in JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(NodeKit.Folder, "node_modules/@octokit/webhooks-examples/api.github.com/index.json")))!.AsArray())
        {
            // Some examples are older than the schemas; a repository that says whether it is a template is not.
            var ofEvent = @event!["examples"]!.AsArray().OrderBy(example => example!["repository"]?["is_template"] is null).Select(example => example!.AsObject()).ToList();
            foreach (var example in ofEvent) bodies._events.TryAdd($"{@event["name"]}.{example["action"]}", example);
            // An action without an example is given the one that has least of its own.
            bodies._events[(string)@event["name"]!] = ofEvent.MinBy(example => example.Count)!;
        }

        // The older ones lack what GitHub says of a whole repository today.
        foreach (var repository in bodies._events.Values.SelectMany(@event => RepositoriesIn((JsonObject)@event)).Where(found => found.ContainsKey("default_branch"))) repository.TryAdd("has_discussions", false);
        return bodies;
    }

    static IEnumerable<JsonObject> RepositoriesIn(JsonObject of) => of.SelectMany<KeyValuePair<string, JsonNode?>, JsonObject>(member => member switch
    {
        { Key: "repository" or "repo", Value: JsonObject found } => [found],
        { Value: JsonObject inner } => RepositoriesIn(inner),
        _ => [],
    });

    static JsonNode? Merge(JsonNode? example, JsonNode? own) => (example, own) switch
    {
        (null, JsonObject two) => Merge(new JsonObject(), two),
        (JsonObject one, JsonObject two) => new JsonObject(
            one.Select(pair => pair.Key).Concat(two.Select(pair => pair.Key)).Distinct(StringComparer.Ordinal)
                .Where(key => two[key] is not JsonValue value || !value.TryGetValue<string>(out var text) || text != Absent)
                .Select(key => KeyValuePair.Create(key, two.TryGetPropertyValue(key, out var value) ? Merge(one[key], value) : one[key]?.DeepClone()))),
        (JsonArray { Count: > 0 } one, JsonArray two) => new JsonArray([.. two.Select(item => Merge(one[0], item))]),
        _ => own?.DeepClone(),
    };
}
