using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.Bot.Executors;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Journal;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Models.Errors;
using TaskBot.Models.Ledger;
using TaskBot.Models.Recordings;

namespace TaskBot.Bot.Dispatches;

/// <summary>What a job gets for a claim: all that its graph is made of, and nothing secret.</summary>
/// <param name="Dispatch">The dispatch that was claimed.</param>
/// <param name="Server">The server's version of TaskBot: the job has to be of the same, so that both compose the same graph.</param>
public sealed record WorkOffer(string Dispatch, string Server, RunRecord Run, WorkOrder Order)
{
    /// <summary>What may be spent in US dollars; null for no limit beside the project's.</summary>
    public decimal? GrantedUsd { get; init; }

    /// <summary>What earlier runs taught.</summary>
    public ImmutableArray<Pattern> Known { get; init; } = [];

    /// <summary>What earlier jobs of the run made, so that nothing is paid for twice.</summary>
    public ImmutableArray<SealedWork> Earlier { get; init; } = [];
}

/// <summary>One line of a job's story: exactly one of the three.</summary>
/// <param name="Sequence">From 0; none is left out.</param>
public sealed record RunnerLine(long Sequence)
{
    /// <summary>A node entered a state.</summary>
    public JournalLine? Journal { get; init; }

    /// <summary>A model was called.</summary>
    public CallLine? Call { get; init; }

    /// <summary>Something for whoever watches; of these the oldest may be missing.</summary>
    public string? Told { get; init; }
}

/// <summary>A record of the journal; run and attempt are the dispatch's.</summary>
public sealed record JournalLine(string Node, NodeState State, string? Key, bool Cached, string? Message, DateTimeOffset At)
{
    public static JournalLine Of(JournalRecord record) => new(record.Node.ToString(), record.State, record.Key?.Value, record.Cached, record.Message, record.At);

    /// <exception cref="FormatException">It names no node.</exception>
    public JournalRecord For(Dispatch dispatch) => new(dispatch.RunId, dispatch.Order.Attempt, NodePath.Parse(Node), State, Key is { } key ? new NodeKey(key) : null, Cached, Message, At);
}

/// <summary>A settled call; its accounts are the server's to name.</summary>
/// <param name="Node">The path of the node that called.</param>
public sealed record CallLine(
    Guid Id, string? Node, string Model, string Provider, string? Prompt, ModelCallOutcome Outcome, ModelErrorKind? Error, long InputTokens, long CachedInputTokens,
    long OutputTokens, long ReasoningTokens, decimal CostUsd, bool Estimated, DateTimeOffset StartedAt, TimeSpan Duration)
{
    /// <summary>What was asked and answered; null where it is not recorded.</summary>
    public Recording? Answer { get; init; }

    public static CallLine Of(ModelCall call, string run) => new(
        call.Id, call.Scope.Key(BudgetLevel.Node)?.Replace(run, "", StringComparison.Ordinal), call.Model, call.Provider, call.Prompt, call.Outcome, call.Error, call.InputTokens, call.CachedInputTokens, call.OutputTokens,
        call.ReasoningTokens, call.CostUsd, call.Estimated, call.StartedAt, call.Duration)
    { Answer = call.Answer };

    public ModelCall For(LedgerScope scope, string run) => new(
        Id, Node is null ? scope : scope.Enter(BudgetLevel.Node, $"{run}{Node}"), Model, Provider, Prompt, Outcome, Error, InputTokens, CachedInputTokens, OutputTokens, ReasoningTokens, CostUsd,
        Estimated, StartedAt, Duration)
    { Answer = Answer is null ? null : Answer with { Run = run } };
}

/// <summary>What a job hears for its lines, and for its result.</summary>
/// <param name="Next">The line that is expected next: all before it are kept.</param>
/// <param name="Stop">True where the work is not wanted any more.</param>
public sealed record RunnerAnswer(long Next, bool Stop)
{
    /// <summary>Why it was refused or is to stop, for the job's log.</summary>
    public string? Reason { get; init; }
}

/// <summary>How dispatches and what travels between server and job are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Dispatch))]
[JsonSerializable(typeof(WorkOffer))]
[JsonSerializable(typeof(RunnerLine))]
[JsonSerializable(typeof(RunnerAnswer))]
[JsonSerializable(typeof(SealedWork))]
[JsonSerializable(typeof(OrderFacts))]
[JsonSerializable(typeof(JsonElement))]
public sealed partial class DispatchJsonContext : JsonSerializerContext;
