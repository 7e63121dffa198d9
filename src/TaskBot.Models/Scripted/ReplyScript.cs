using System.Collections.Immutable;
using Microsoft.Extensions.AI;
using TaskBot.Models.Documents;
using TaskBot.Models.Errors;

namespace TaskBot.Models.Scripted;

/// <summary>
/// An ordered list of rules, read from YAML or JSON:
/// <c>replies: [{when: {prompt, contains, call}, reply | tool_calls | error, usage: {input, output, cached, reasoning}}]</c>.
/// The first rule that matches answers.
/// </summary>
public sealed record ReplyScript(string File, ImmutableArray<ScriptedReply> Replies)
{
    /// <summary>Reads a script; when <paramref name="problems"/> is not empty the script is not to be used.</summary>
    public static ReplyScript Parse(string file, string text, out ImmutableArray<FileProblem> problems)
    {
        var found = new List<FileProblem>();
        var replies = ImmutableArray<ScriptedReply>.Empty;
        if (YamlFile.Read(file, text, found) is { } root)
        {
            root.Allow("replies");
            if (!root.Has("replies"))
                root.Report(root.Line, "'replies' is missing.");
            replies = [.. root.Maps("replies").Select(Rule)];
        }
        problems = [.. found];
        return new ReplyScript(file, replies);
    }

    /// <summary>Reads a script that must be without mistakes.</summary>
    /// <exception cref="InvalidFileException">The file has mistakes.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ReplyScript Load(string path)
    {
        var script = Parse(path, System.IO.File.ReadAllText(path), out var problems);
        return problems.IsEmpty ? script : throw new InvalidFileException(problems);
    }

    private static ScriptedReply Rule(YamlMap map)
    {
        map.Allow("when", "reply", "tool_calls", "error", "usage");
        var when = map.Map("when");
        when?.Allow("prompt", "contains", "call");
        var answers = new[] { "reply", "tool_calls", "error" }.Count(map.Has);
        if (answers != 1)
            map.Report(map.Line, "A rule answers with exactly one of reply, tool_calls and error.");
        return new ScriptedReply
        {
            Line = map.Line,
            Prompt = when?.Text("prompt"),
            Contains = when?.Texts("contains") ?? [],
            Call = when?.Integer("call"),
            Reply = map.Text("reply"),
            ToolCalls = [.. map.Maps("tool_calls").Select(ToolCall)],
            Error = Error(map),
            Usage = map.Map("usage") is { } usage ? Usage(usage) : null,
        };
    }

    private static FunctionCallContent ToolCall(YamlMap map, int index)
    {
        map.Allow("name", "arguments");
        var arguments = map.Map("arguments");
        return new FunctionCallContent($"call_{index + 1}", map.RequiredText("name") ?? "",
            arguments?.Keys.ToDictionary(key => key, object? (key) => arguments.Json(key)));
    }

    private static UsageDetails Usage(YamlMap map)
    {
        map.Allow("input", "output", "cached", "reasoning");
        return new UsageDetails
        {
            InputTokenCount = map.Integer("input"),
            OutputTokenCount = map.Integer("output"),
            CachedInputTokenCount = map.Integer("cached"),
            ReasoningTokenCount = map.Integer("reasoning"),
        };
    }

    private static ModelErrorKind? Error(YamlMap map)
    {
        if (map.Text("error") is not { } name)
            return null;
        foreach (var kind in Enum.GetValues<ModelErrorKind>())
            if (SnakeCase(kind) == name)
                return kind;
        map.Report(map.LineOf("error"),
            $"'{name}' is not a kind of error; known are {string.Join(", ", Enum.GetValues<ModelErrorKind>().Select(SnakeCase))}.");
        return null;
    }

    private static string SnakeCase(ModelErrorKind kind) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}
