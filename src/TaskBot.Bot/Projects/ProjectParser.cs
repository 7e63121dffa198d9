using System.Collections.Immutable;
using System.Globalization;
using TaskBot.Bot.Executors;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Schedules;
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
        ["vision", "languages", "restore", "build", "test", "style", "context", "models", "budget", "attempts", "protected", "labels", "schedule", "concurrency", "checks", "memory", "executor", "permissions"];

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
                "schedule" => project with { Schedule = Schedule(value, project.Schedule) },
                "concurrency" => project with { Concurrency = Concurrency(key, value) },
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
        foreach (var (key, value) in Entries(node, of, ["task", "select", "concurrency", "delayMinutes"]))
        {
            label = key switch
            {
                "task" => Text(Path(of, key), value) is { } asset ? label with { Task = Asset(asset) } : label,
                "select" => label with { Select = Selections(Path(of, key), value, label.Select) },
                "concurrency" => label with { Concurrency = Concurrency(Path(of, key), value) },
                _ => Minutes(Path(of, key), value) is { } delay ? label with { Delay = delay } : label,
            };
        }

        return label;
    }

    ImmutableSortedDictionary<string, string> Selections(string of, YamlNode node, ImmutableSortedDictionary<string, string> selections)
    {
        foreach (var (set, choice) in Entries(node, of, []))
        {
            if (!NodePath.IsName(set))
                Report("bad-name", choice, $"'{set}' in '{of}' is no name of a variant set.", "Names are letters, digits, '_' and '-'.");
            else if (Text(Path(of, set), choice) is { } variant)
                selections = selections.SetItem(set, variant);
        }

        return selections;
    }

    /// <summary>A repository's file replaces what the organisation's says, as of every list of things that are done.</summary>
    ImmutableArray<ScheduledTask> Schedule(YamlNode node, ImmutableArray<ScheduledTask> weaker)
    {
        if (node is not YamlSequenceNode list)
        {
            Report("wrong-kind", node, "'schedule' must be a list.", "Write '- cron: \"0 6 * * 1\"' and 'task: NAME' for each task that starts by the clock.");
            return weaker;
        }

        var tasks = ImmutableArray.CreateBuilder<ScheduledTask>();
        foreach (var item in list.Children)
        {
            if (ScheduledTask(item) is not { } task) continue;
            if (tasks.Any(other => other.Key == task.Key)) Report("duplicate", item, $"'schedule' has '{task.Key}' twice.", "Give one of them another 'title', or take it away.");
            else tasks.Add(task);
        }

        return tasks.ToImmutable();
    }

    ScheduledTask? ScheduledTask(YamlNode node)
    {
        var (cron, task, title, body) = ((CronLine?)null, (string?)null, (string?)null, (string?)null);
        var (select, concurrency) = (LabelTask.Auto("").Select, (ConcurrencyGroup?)null);
        var before = problems.Count;
        foreach (var (key, value) in Entries(node, "schedule", ["cron", "task", "select", "title", "body", "concurrency"]))
        {
            var of = Path("schedule", key);
            switch (key)
            {
                case "cron": cron = Cron(value); break;
                case "task": task = Text(of, value); break;
                case "title": title = Text(of, value); break;
                case "body": body = Text(of, value); break;
                case "select": select = Selections(of, value, select); break;
                default: concurrency = Concurrency(of, value); break;
            }
        }

        if (problems.Count > before) return null;
        if (cron is not null && task is not null) return new(cron, task, select, title ?? $"Scheduled: {task}", body ?? "") { Concurrency = concurrency };
        Report("missing-key", node, $"An entry of 'schedule' lacks its '{(cron is null ? "cron" : "task")}'.", "Write '- cron: \"0 6 * * 1\"' and 'task: NAME'.");
        return null;
    }

    CronLine? Cron(YamlNode node)
    {
        if (Text("schedule.cron", node) is not { } text) return null;
        if (CronLine.Parse(text, out var mistake) is { } line) return line;
        Report("bad-value", node, mistake, "Write five fields (minute, hour, day of the month, month, day of the week), in UTC: '0 6 * * 1' is each Monday at six.");
        return null;
    }

    ConcurrencyGroup? Concurrency(string of, YamlNode node)
    {
        if (node is YamlScalarNode) return Text(of, node) is { } name ? new(name) : null;
        var (group, before) = (new ConcurrencyGroup(""), problems.Count);
        foreach (var (key, value) in Entries(node, of, ["group", "cancelInProgress", "queue"]))
        {
            switch (key, (value as YamlScalarNode)?.Value)
            {
                case ("group", _): group = group with { Name = Text(Path(of, key), value) ?? "" }; break;
                case ("cancelInProgress", "true" or "false"): group = group with { CancelInProgress = ((YamlScalarNode)value).Value == "true" }; break;
                case ("cancelInProgress", _):
                    Report("wrong-kind", value, $"'{Path(of, key)}' must be true or false.", "Write 'cancelInProgress: true' to let a new run stop the one that works.");
                    break;
                case (_, "single" or "max"): group = group with { KeepsPending = ((YamlScalarNode)value).Value == "max" }; break;
                default: Report("wrong-kind", value, $"'{Path(of, key)}' must be single or max.", "Write 'queue: max' to let all pending runs wait their turn."); break;
            }
        }

        if (problems.Count > before) return null;
        if (group.Name.Length > 0) return group;
        Report("missing-key", node, $"'{of}' lacks its 'group'.", $"Write '{of}: NAME', or 'group: NAME' below it.");
        return null;
    }

    TimeSpan? Minutes(string of, YamlNode node)
    {
        if (int.TryParse((node as YamlScalarNode)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) && minutes <= MaxWaitMinutes) return TimeSpan.FromMinutes(minutes);
        Report("wrong-kind", node, $"'{of}' must be a whole number of minutes, at most {MaxWaitMinutes}.", $"Write, for example, '{of[(of.LastIndexOf('.') + 1)..]}: 10'.");
        return null;
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
            else if (Minutes(Path("checks", key), value) is { } wait)
                weaker = key == "graceMinutes" ? weaker with { Grace = wait } : weaker with { Limit = wait };
        }

        return weaker;
    }

    static bool IsNull(YamlScalarNode scalar) => scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "~" or "null";

    void Report(string kind, YamlNode node, string message, string? fix = null) =>
        Report(kind, (int)node.Start.Line, (int)node.Start.Column, message, fix);

    void Report(string kind, int line, int column, string message, string? fix = null) =>
        problems.Add(new Problem(kind, new SourceLocation(layer, line, column), message, fix));
}
