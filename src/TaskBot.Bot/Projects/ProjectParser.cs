using System.Collections.Immutable;
using System.Globalization;
using TaskBot.Bot.Executors;
using TaskBot.Bot.Forges;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace TaskBot.Bot.Projects;

/// <summary>Puts one layer's opinions over a project. What is wrong becomes a problem and has no effect; the rest is read on.</summary>
sealed class ProjectParser(string layer, ICollection<Problem> problems)
{
    const int MaxCharacters = 256 * 1024;

    /// <summary>A week: nothing that is waited for longer comes any more.</summary>
    const int MaxWaitMinutes = 7 * 24 * 60;

    static readonly ImmutableArray<string> Keys =
        ["vision", "languages", "restore", "build", "test", "style", "context", "models", "budget", "attempts", "protected", "labels", "checks", "memory", "executor", "permissions"];

    public Project Apply(string text, Project weaker)
    {
        if (Read(text) is not { } root) return weaker;
        var project = weaker;
        foreach (var (key, value) in Entries(root, "", Keys))
        {
            project = key switch
            {
                "vision" => project with { Vision = Text(key, value) ?? project.Vision },
                "languages" => project with { Languages = Texts(key, value, project.Languages, static word => word.ToLowerInvariant()) },
                "restore" => project with { Restore = Text(key, value) ?? project.Restore },
                "build" => project with { Build = Text(key, value) ?? project.Build },
                "test" => project with { Test = Text(key, value) ?? project.Test },
                "style" => project with { Style = Globs(key, value, project.Style) },
                "context" => project with { Context = Globs(key, value, project.Context) },
                "models" => project with { Models = Models(value, project.Models) },
                "budget" => project with { Budget = Budget(value, project.Budget) },
                "attempts" => project with { Attempts = Attempts(value, project.Attempts) },
                "protected" => project with { Protected = Globs(key, value, project.Protected) },
                "labels" => project with { Labels = Labels(value, project.Labels) },
                "checks" => project with { Checks = Checks(value, project.Checks) },
                "memory" => project with { Memory = Memory(value) ?? project.Memory },
                "executor" => project with { Executor = Executor(value) ?? project.Executor },
                _ => project with { Permissions = Permissions(value, project.Permissions) },
            };
        }

        return project;
    }

    MemorySharing? Memory(YamlNode node)
    {
        if (node is YamlScalarNode { Value: { } word } && Enum.TryParse<MemorySharing>(word, ignoreCase: true, out var sharing) && !char.IsDigit(word[0])) return sharing;
        Report("bad-value", node, "'memory' must be repository, owner or off.", "Write 'memory: repository' to keep what runs teach to this repository, 'owner' to share it with the owner's others, 'off' to keep nothing.");
        return null;
    }

    ExecutorKind? Executor(YamlNode node)
    {
        if (node is YamlScalarNode { Value: { } word } && Enum.TryParse<ExecutorKind>(word, ignoreCase: true, out var executor) && !char.IsDigit(word[0])) return executor;
        Report("bad-value", node, "'executor' must be here or actions.", "Write 'executor: actions' to have the work done by jobs of GitHub Actions in this repository, 'here' to leave it to whoever runs TaskBot.");
        return null;
    }

    YamlMappingNode? Read(string text)
    {
        if (text.Length > MaxCharacters)
        {
            Report("too-large", 0, 0, $"The file has {text.Length} characters; at most {MaxCharacters} are read.", "Make it shorter.");
            return null;
        }

        try
        {
            // An alias can make a small file endless, and nothing here is worth one: the events are looked at before anything is built.
            var parser = new Parser(new StringReader(text));
            while (parser.MoveNext())
            {
                if (parser.Current is not AnchorAlias alias) continue;
                Report("alias", (int)alias.Start.Line, (int)alias.Start.Column, $"The alias '*{alias.Value}' is not supported here.", "Write the value out.");
                return null;
            }

            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 0) return null;
            if (stream.Documents is [{ RootNode: YamlMappingNode root }]) return root;
            if (stream.Documents is [{ RootNode: YamlScalarNode { Value: null or "" } }]) return null;
            Report("not-a-map", 1, 1, "A project file is one mapping of keys to values.", $"Write, for example, 'test: make test'. Known keys: {string.Join(", ", Keys)}.");
        }
        catch (YamlException exception)
        {
            Report("yaml", (int)exception.Start.Line, (int)exception.Start.Column, $"This is no YAML: {exception.InnerException?.Message ?? exception.Message}");
        }

        return null;
    }

    IEnumerable<(string Key, YamlNode Value)> Entries(YamlNode node, string of, ImmutableArray<string> known)
    {
        if (node is not YamlMappingNode map)
        {
            Report("wrong-kind", node, $"'{of}' must be a mapping.", known.IsEmpty ? "Write 'name: value' lines below it." : $"Write any of: {string.Join(", ", known)}.");
            yield break;
        }

        foreach (var (keyNode, value) in map.Children)
        {
            var key = (keyNode as YamlScalarNode)?.Value ?? "";
            if (known.IsEmpty || known.Contains(key))
                yield return (key, value);
            else
                Report("unknown-key", keyNode, $"'{Path(of, key)}' is not known.", Suggestion.Sentence(key, known));
        }
    }

    static string Path(string of, string key) => of.Length == 0 ? key : $"{of}.{key}";

    string? Text(string key, YamlNode node)
    {
        if (node is YamlScalarNode { Value.Length: > 0 } scalar && !IsNull(scalar)) return scalar.Value.Trim();
        Report("wrong-kind", node, $"'{key}' must be a text that is not empty.", "Write it behind the colon, or leave the key out.");
        return null;
    }

    ImmutableArray<string> Texts(string key, YamlNode node, ImmutableArray<string> weaker, Func<string, string> normalise)
    {
        var items = node;
        var replaces = false;
        if (node is YamlMappingNode map)
        {
            if (map.Children.Count != 1 || map.Children[0].Key is not YamlScalarNode { Value: "set" })
            {
                Report("wrong-kind", node, $"'{key}' must be a list of texts.", $"Write '{key}: [a, b]' to add, or '{key}: {{set: [a, b]}}' to replace what weaker files say.");
                return weaker;
            }

            (items, replaces) = (map.Children[0].Value, true);
        }

        var texts = items switch
        {
            YamlSequenceNode list when list.Children.All(child => child is YamlScalarNode { Value.Length: > 0 }) => list.Children.Select(child => ((YamlScalarNode)child).Value!),
            YamlScalarNode { Value.Length: > 0 } one when !IsNull(one) => [one.Value],
            _ => null,
        };
        if (texts is null)
        {
            Report("wrong-kind", items, $"'{key}' must be a list of texts that are not empty.", $"Write '{key}: [a, b]'.");
            return weaker;
        }

        return [.. (replaces ? [] : weaker).Concat(texts.Select(item => normalise(item.Trim()))).Distinct(StringComparer.Ordinal)];
    }

    ImmutableArray<string> Globs(string key, YamlNode node, ImmutableArray<string> weaker)
    {
        var globs = Texts(key, node, weaker, static glob => glob);
        foreach (var glob in globs.Except(weaker, StringComparer.Ordinal))
            if (glob.Contains('\\', StringComparison.Ordinal) || glob.Split('/').Contains(".."))
                Report("bad-glob", node, $"'{glob}' in '{key}' does not stay in the repository.", "Write globs from the repository's root, with forward slashes and without '..'.");
        return globs;
    }

    ImmutableSortedDictionary<string, string> Models(YamlNode node, ImmutableSortedDictionary<string, string> weaker)
    {
        foreach (var (profile, value) in Entries(node, "models", []))
            if (Text(Path("models", profile), value) is { } model)
                weaker = weaker.SetItem(profile, model);
        return weaker;
    }

    ProjectBudget Budget(YamlNode node, ProjectBudget weaker)
    {
        foreach (var (key, value) in Entries(node, "budget", ["node", "attempt", "run", "issue", "day", "month"]))
        {
            if (value is not YamlScalarNode scalar
                || !decimal.TryParse(scalar.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usd))
                Report("wrong-kind", value, $"'budget.{key}' must be an amount in US dollars, zero or more.", $"Write, for example, '{key}: 2.50'.");
            else
                weaker = key switch
                {
                    "node" => weaker with { NodeUsd = usd },
                    "attempt" => weaker with { AttemptUsd = usd },
                    "run" => weaker with { RunUsd = usd },
                    "issue" => weaker with { IssueUsd = usd },
                    "day" => weaker with { DayUsd = usd },
                    _ => weaker with { MonthUsd = usd },
                };
        }

        return weaker;
    }

    int Attempts(YamlNode node, int weaker)
    {
        if (node is YamlScalarNode scalar && int.TryParse(scalar.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var attempts) && attempts is >= 1 and <= 10)
            return attempts;
        Report("wrong-kind", node, "'attempts' must be a whole number from 1 to 10.", "Write, for example, 'attempts: 3'.");
        return weaker;
    }

    ImmutableArray<LabelTask> Labels(YamlNode node, ImmutableArray<LabelTask> weaker)
    {
        foreach (var (name, value) in Entries(node, "labels", []))
        {
            weaker = weaker.RemoveAll(label => label.Name == name);
            // Null is a block, as in a task layer: the label asks for nothing any more.
            if (value is not YamlScalarNode scalar)
                weaker = weaker.Add(Label(name, value));
            else if (!IsNull(scalar))
                weaker = weaker.Add(LabelTask.Auto(name) with { Task = Asset(scalar.Value!) });
        }

        return [.. weaker.OrderBy(label => label.Name, StringComparer.Ordinal)];
    }

    LabelTask Label(string name, YamlNode node)
    {
        var of = Path("labels", name);
        var label = LabelTask.Auto(name);
        foreach (var (key, value) in Entries(node, of, ["task", "select"]))
        {
            if (key == "task")
            {
                if (Text(Path(of, key), value) is { } asset) label = label with { Task = Asset(asset) };
                continue;
            }

            foreach (var (set, choice) in Entries(value, Path(of, key), []))
            {
                if (!NodePath.IsName(set))
                    Report("bad-name", choice, $"'{set}' in '{Path(of, key)}' is no name of a variant set.", "Names are letters, digits, '_' and '-'.");
                else if (Text(Path(of, $"{key}.{set}"), choice) is { } variant)
                    label = label with { Select = label.Select.SetItem(set, variant) };
            }
        }

        return label;
    }

    static string? Asset(string text) => text.Trim() is var asset && asset == "auto" ? null : asset;

    ProjectPermissions Permissions(YamlNode node, ProjectPermissions weaker)
    {
        foreach (var (key, value) in Entries(node, "permissions", ["network", "role", "allow", "deny"]))
        {
            switch (key, (value as YamlScalarNode)?.Value)
            {
                case ("network", "true" or "false"): weaker = weaker with { Network = ((YamlScalarNode)value).Value == "true" }; break;
                case ("network", _):
                    Report("wrong-kind", value, "'permissions.network' must be true or false.", "Write 'network: true' to let builds and tests use the network.");
                    break;
                case ("role", "write"): weaker = weaker with { Role = Permission.Write }; break;
                case ("role", "admin"): weaker = weaker with { Role = Permission.Admin }; break;
                case ("role", _):
                    Report("wrong-kind", value, "'permissions.role' must be write or admin.", "Write 'role: admin' to let administrators alone ask for work.");
                    break;
                case ("allow", _): weaker = weaker with { Allow = Texts("permissions.allow", value, weaker.Allow, static login => login.TrimStart('@')) }; break;
                default: weaker = weaker with { Deny = Texts("permissions.deny", value, weaker.Deny, static login => login.TrimStart('@')) }; break;
            }
        }

        return weaker;
    }

    ProjectChecks Checks(YamlNode node, ProjectChecks weaker)
    {
        foreach (var (key, value) in Entries(node, "checks", ["required", "graceMinutes", "limitMinutes"]))
        {
            if (key == "required")
                weaker = weaker with { Required = Texts("checks.required", value, weaker.Required, static name => name) };
            else if (!int.TryParse((value as YamlScalarNode)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) || minutes > MaxWaitMinutes)
                Report("wrong-kind", value, $"'checks.{key}' must be a whole number of minutes, at most {MaxWaitMinutes}.", $"Write, for example, '{key}: 10'.");
            else
                weaker = key == "graceMinutes" ? weaker with { Grace = TimeSpan.FromMinutes(minutes) } : weaker with { Limit = TimeSpan.FromMinutes(minutes) };
        }

        return weaker;
    }

    static bool IsNull(YamlScalarNode scalar) => scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "~" or "null";

    void Report(string kind, YamlNode node, string message, string? fix = null) =>
        Report(kind, (int)node.Start.Line, (int)node.Start.Column, message, fix);

    void Report(string kind, int line, int column, string message, string? fix = null) =>
        problems.Add(new Problem(kind, new SourceLocation(layer, line, column), message, fix));
}
