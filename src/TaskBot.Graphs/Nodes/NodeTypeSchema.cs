using System.Collections.Immutable;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Nodes;

/// <summary>What kind of value an attribute, an input or an output holds.</summary>
public enum ValueKind
{
    Any,
    Text,
    Integer,
    Number,
    Truth,
    List,
    Map,

    /// <summary>A git tree id, as text.</summary>
    Tree,

    /// <summary>How long: <c>90s</c>, <c>30m</c>, <c>1h30m</c>, <c>7d</c>, or a number of minutes.</summary>
    Duration,
}

/// <summary>One attribute that a node type declares.</summary>
/// <param name="Name">As written in YAML, camelCase.</param>
/// <param name="Kind">The kind of value it takes.</param>
/// <param name="Summary">One sentence for help, editors and errors.</param>
public sealed record AttributeSchema(string Name, ValueKind Kind, string Summary)
{
    /// <summary>The value where no layer has an opinion; null for none.</summary>
    public TaskValue? Default { get; init; }

    /// <summary>Units last in the name; here for documentation: <c>minutes</c>, <c>USD</c>.</summary>
    public string? Unit { get; init; }

    /// <summary>The only values allowed; empty for no such limit.</summary>
    public ImmutableArray<TaskValue> AllowedValues { get; init; } = [];

    public bool Required { get; init; }

    /// <summary>False where the value cannot change a result (a title, a time limit), so that changing it dirties nothing.</summary>
    public bool InKey { get; init; } = true;
}

/// <summary>One input or output that a node type declares.</summary>
public sealed record PortSchema(string Name, ValueKind Kind, string Summary)
{
    /// <summary>For inputs: whether a node without a connection to it is an error.</summary>
    public bool Required { get; init; }
}

/// <summary>What a node type is, as data: composition checks nodes against it, help and editors read it, the engine takes its key from it.</summary>
/// <param name="Name">Family and verb: <c>llm.edit</c>, <c>context.files</c>, <c>command</c>.</param>
/// <param name="Summary">One sentence.</param>
public sealed record NodeTypeSchema(string Name, string Summary)
{
    public ImmutableArray<AttributeSchema> Attributes { get; init; } = [];

    public ImmutableArray<PortSchema> Inputs { get; init; } = [];

    public ImmutableArray<PortSchema> Outputs { get; init; } = [];

    /// <summary>Raised when the same inputs give another result than before; part of the key.</summary>
    public int Version { get; init; } = 1;

    /// <summary>True where running it acts on the outside world (a pull request, a comment): its result is never taken from the cache of another run.</summary>
    public bool IsEffect { get; init; }

    /// <summary>True where its result may be a layer, which speaks of places: where a node is written is then part of its key.</summary>
    public bool WritesLayer { get; init; }

    /// <summary>False where untrusted data must not reach it without a human's approval in between: it spends, writes or runs commands.</summary>
    public bool AcceptsUntrusted { get; init; }

    /// <summary>What a node of this type holds while it works, unless its own <c>resources</c> say otherwise; key by key.</summary>
    public TaskValue.Map Resources { get; init; } = TaskValue.Map.Empty;

    /// <summary>Attributes that every node may have, whatever its type.</summary>
    public static ImmutableArray<AttributeSchema> Common { get; } =
    [
        new("title", ValueKind.Text, "What people see of this node.") { InKey = false },
        new("timeoutMinutes", ValueKind.Number, "The node is stopped and failed after this long.") { Unit = "minutes", InKey = false },
        new("idleTimeoutMinutes", ValueKind.Number, "A try is stopped and failed after this long without a sign of life.") { Unit = "minutes", InKey = false },
        new("startTimeoutMinutes", ValueKind.Number, "The node is failed when it waited this long for a slot or its resources.") { Unit = "minutes", InKey = false },
        new("retries", ValueKind.Integer, "How often a failure that 'retryOn' names is tried again.") { Default = 2, InKey = false },
        new("retryOn", ValueKind.List, "Which failures are tried again: transient, timeout, any, exit:N. Default: [transient].") { InKey = false },
        new("retryDelaySeconds", ValueKind.Number, "The wait before the first retry; with jitter.") { Unit = "seconds", InKey = false },
        new("retryBackoff", ValueKind.Text, "How the wait grows: constant, linear or exponential (the default).") { AllowedValues = ["constant", "linear", "exponential"], InKey = false },
        new("resources", ValueKind.Map, "What it holds while it works: { cpu: 2, memory: 4GB, gpu: 1, 'rate:NAME': 1, 'lock:NAME': 1 }.") { InKey = false },
        new("priority", ValueKind.Integer, "Each point lets it start as if it had waited a minute longer; may be negative.") { InKey = false },
        new("deadlineMinutes", ValueKind.Number, "It should have ended this long after the run's start: it becomes urgent in time.") { Unit = "minutes", InKey = false },
        new("speculative", ValueKind.Truth, "It starts only when nothing else can, and is put back when its place is needed.") { InKey = false },
        new(ControlWords.When, ValueKind.Truth, "Whether the node runs: an output such as check.passed, or true or false.") { InKey = false },
        new(ControlWords.WhenIs, ValueKind.Any, "What 'when' must be for the node to run: a value, or a list of values. Default: anything but false, 0 and nothing.") { InKey = false },
        new(ControlWords.Recovers, ValueKind.Truth, "On a node that 'onFailure' names: when it succeeds, the failure that it handled does not count.") { InKey = false },
        new(ControlWords.Fresh, ValueKind.Truth, "Each run does this node's work itself instead of taking a result of an earlier run.") { InKey = false },
        new(ControlWords.Pin, ValueKind.Any, "Keeps a result though inputs changed: true for the one that the node last had in this run, or the key of a result.") { InKey = false },
        new(ControlWords.TimeToLive, ValueKind.Duration, "How old a stored result may be: 90s, 30m, 1h30m, 7d, or a number of minutes.") { InKey = false },
    ];

    /// <summary>A branch: its attributes are the interface that the nodes inside connect to.</summary>
    public static NodeTypeSchema Graph { get; } = new(TaskNode.GraphType, "A task made of smaller ones.")
    {
        AcceptsUntrusted = true,
        Attributes =
        [
            new("summary", ValueKind.Text, "One sentence for lists.") { InKey = false },
            new("tags", ValueKind.List, "Words that an issue's text and labels are matched with.") { InKey = false },
            new("description", ValueKind.Text, "What is to be done, as a person wrote it and as refinement corrected it."),
            new("notes", ValueKind.List, "What earlier attempts taught, short.") { Default = TaskValue.ListOf([]) },
            new("acceptance", ValueKind.List, "What must hold in the end.") { Default = TaskValue.ListOf([]) },
            new("tree", ValueKind.Tree, "The git tree that work starts from."),
            new("issue", ValueKind.Map, "The issue that asked: number, title, author, url."),
            new("with", ValueKind.Map, "Parameters of the task, merged key by key.") { Default = TaskValue.Map.Empty },
            new(ControlWords.Each, ValueKind.List, "What is inside runs once for each item of this list: an output such as find.files, or a list."),
            new(ControlWords.UntilIs, ValueKind.Any, "What 'until' must be for the loop to end: a value, or a list of values. Default: anything but false, 0 and nothing."),
            new(ControlWords.AtMost, ValueKind.Integer, "How often a loop runs at most; it fails when 'until' is not true then."),
        ],
    };
}
