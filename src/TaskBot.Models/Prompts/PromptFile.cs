using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using TaskBot.Models.Documents;
using TaskBot.Models.Structured;

namespace TaskBot.Models.Prompts;

/// <summary>Reads the file format of <see cref="Prompt"/>.</summary>
internal static partial class PromptFile
{
    public static Prompt? Parse(string file, string text, out ImmutableArray<FileProblem> problems)
    {
        var found = new List<FileProblem>();
        Prompt? prompt = null;
        if (YamlFile.Read(file, text, found) is { } root)
        {
            root.Allow("name", "description", "model", "modelParameters", "messages", "testData", "evaluators", "responseFormat", "jsonSchema", "tags");
            var format = Format(root);
            prompt = new Prompt
            {
                File = file,
                Name = root.RequiredText("name") ?? "",
                Description = root.Text("description"),
                Model = root.Text("model"),
                Parameters = Parameters(root),
                Tags = root.Texts("tags"),
                Messages = Messages(root),
                Schema = Schema(root, format),
                AnswersJson = format is "json_object" or "json_schema",
                Evaluators = [.. root.Maps("evaluators").Select(Evaluator).OfType<PromptEvaluator>()],
            };
            prompt = prompt with { TestData = TestData(root, prompt.Variables) };
        }
        problems = [.. found];
        return found.Count == 0 ? prompt : null;
    }

    private static PromptParameters Parameters(YamlMap root)
    {
        if (root.Map("modelParameters") is not { } map)
            return new PromptParameters();
        map.Allow("temperature", "topP", "maxTokens", "maxCompletionTokens", "stop");
        var parameters = new PromptParameters
        {
            Temperature = map.Float("temperature"),
            TopP = map.Float("topP"),
            MaxOutputTokens = map.Integer("maxCompletionTokens") ?? map.Integer("maxTokens"),
            Stop = map.Texts("stop"),
        };
        if (parameters.Temperature is < 0 or > 2)
            map.Report(map.LineOf("temperature"), "'temperature' must be between 0 and 2.");
        if (parameters.TopP is < 0 or > 1)
            map.Report(map.LineOf("topP"), "'topP' must be between 0 and 1.");
        if (parameters.MaxOutputTokens < 1)
            map.Report(map.Line, "'maxCompletionTokens' must be at least 1.");
        return parameters;
    }

    private static ImmutableArray<PromptMessage> Messages(YamlMap root)
    {
        var maps = root.Maps("messages");
        if (!root.Has("messages"))
            root.Report(root.Line, "'messages' is missing.");
        else if (maps.IsEmpty)
            root.Report(root.LineOf("messages"), "'messages' must hold at least one message with a role and a content.");
        return [.. maps.Select(Message)];
    }

    private static PromptMessage Message(YamlMap map)
    {
        map.Allow("role", "content");
        var role = map.RequiredText("role");
        if (role is not (null or "system" or "user" or "assistant"))
            map.Report(map.LineOf("role"), $"'role' must be system, user or assistant, not '{role}'.");
        var content = map.RequiredText("content") ?? "";
        foreach (Match spaced in SpacedVariable().Matches(content))
            map.Report(map.LineOf("content"), $"'{spaced.Value}' is not a variable; write {{{{{spaced.Groups["name"].Value}}}}} without spaces.");
        return new PromptMessage(new ChatRole(role ?? "user"), content, map.LineOf("content"));
    }

    private static string Format(YamlMap root)
    {
        var format = root.Text("responseFormat") ?? (root.Has("jsonSchema") ? "json_schema" : "text");
        if (format is not ("text" or "json_object" or "json_schema"))
            root.Report(root.LineOf("responseFormat"), $"'responseFormat' must be text, json_object or json_schema, not '{format}'.");
        if (format == "json_schema" && !root.Has("jsonSchema"))
            root.Report(root.LineOf("responseFormat"), "'jsonSchema' is missing.");
        return format;
    }

    /// <summary>GitHub's tool writes the schema as a JSON text with an envelope (name, strict, schema), its examples as plain YAML.</summary>
    private static JsonElement? Schema(YamlMap root, string format)
    {
        if (format != "json_schema" || !root.Has("jsonSchema"))
            return null;
        var line = root.LineOf("jsonSchema");
        var json = root.Json("jsonSchema");
        if (json is JsonValue value && value.TryGetValue(out string? text))
        {
            try
            {
                json = JsonNode.Parse(text);
            }
            catch (JsonException e)
            {
                root.Report(line + (int)(e.LineNumber ?? 0), $"'jsonSchema' is not JSON: {e.Message}");
                return null;
            }
        }
        var bare = json is JsonObject envelope && envelope["schema"] is JsonObject inner ? inner : json;
        using var document = JsonDocument.Parse(bare?.ToJsonString() ?? "null");
        var schema = document.RootElement.Clone();
        foreach (var problem in JsonSchema.Check(schema))
            root.Report(line, $"'jsonSchema': {problem}.");
        return schema;
    }

    private static ImmutableArray<ImmutableDictionary<string, string>> TestData(YamlMap root, ImmutableArray<string> variables)
    {
        var sets = ImmutableArray.CreateBuilder<ImmutableDictionary<string, string>>();
        foreach (var map in root.Maps("testData"))
        {
            var set = map.Keys.Select(key => KeyValuePair.Create(key, map.Text(key))).Where(pair => pair.Value is not null)
                .ToImmutableDictionary(pair => pair.Key, pair => pair.Value!);
            foreach (var missing in variables.Where(variable => !set.ContainsKey(variable)))
                map.Report(map.Line, $"This test data does not give the variable '{missing}'.");
            sets.Add(set);
        }
        return sets.ToImmutable();
    }

    private static PromptEvaluator? Evaluator(YamlMap map)
    {
        map.Allow("name", "string", "llm", "uses");
        var name = map.RequiredText("name") ?? "";
        switch (map.Has("string"), map.Has("llm"), map.Has("uses"))
        {
            case (true, false, false) when map.Map("string") is { } text:
                text.Allow("equals", "contains", "startsWith", "endsWith");
                if (!text.Keys.Any())
                    text.Report(text.Line, "'string' needs one of equals, contains, startsWith and endsWith.");
                return new PromptEvaluator.Text(name, text.Text("equals"), text.Text("contains"), text.Text("startsWith"), text.Text("endsWith"));
            case (false, true, false) when map.Map("llm") is { } judge:
                judge.Allow("modelId", "prompt", "systemPrompt", "choices");
                return new PromptEvaluator.Judge(name, judge.RequiredText("modelId") ?? "", judge.RequiredText("prompt") ?? "", judge.Text("systemPrompt"),
                    [.. judge.Maps("choices").Select(choice =>
                    {
                        choice.Allow("choice", "score");
                        return KeyValuePair.Create(choice.RequiredText("choice") ?? "", choice.Float("score") ?? 0);
                    })]);
            case (false, false, true) when map.Text("uses") is { } uses:
                return new PromptEvaluator.BuiltIn(name, uses);
            default:
                map.Report(map.Line, "An evaluator needs exactly one of string, llm and uses.");
                return null;
        }
    }

    // ${{ … }} is GitHub's expression syntax and may well stand in a prompt about workflows.
    [GeneratedRegex(@"(?<!\$){{( +(?<name>[A-Za-z_][A-Za-z0-9_-]*) *|(?<name>[A-Za-z_][A-Za-z0-9_-]*) +)}}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SpacedVariable();
}
