using System.Diagnostics.Metrics;

namespace TaskBot.Bot.Runs;

/// <summary>What this process did, as metrics of the meter <c>TaskBot.Bot</c>; who listens decides what becomes of them.</summary>
static class RunMetrics
{
    static readonly Meter Meter = new("TaskBot.Bot");

    static readonly Counter<long> Deliveries = Meter.CreateCounter<long>("taskbot.deliveries.handled", "{delivery}", "Deliveries that were handled, tried again later or given up.");
    static readonly Counter<long> Runs = Meter.CreateCounter<long>("taskbot.runs", "{run}", "Runs that ended, or stopped to wait for a person, by outcome.");
    static readonly Counter<long> Attempts = Meter.CreateCounter<long>("taskbot.attempts", "{attempt}", "Attempts whose graph ended, by outcome.");
    static readonly Counter<long> Nodes = Meter.CreateCounter<long>("taskbot.nodes", "{node}", "Nodes of those attempts, by whether they ran or came from the cache.");

    /// <param name="result"><c>handled</c>, <c>retried</c> or <c>given_up</c>.</param>
    public static void DeliveryEnded(string eventName, string result) => Deliveries.Add(1, new("event", eventName), new("result", result));

    public static void RunEnded(RunRecord run)
    {
        if (run.Outcome is { } outcome) Runs.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
    }

    public static void AttemptEnded(AttemptRecord attempt)
    {
        Attempts.Add(1, new KeyValuePair<string, object?>("outcome", attempt.Outcome));
        Nodes.Add(attempt.NodesRun, new KeyValuePair<string, object?>("result", "run"));
        Nodes.Add(attempt.NodesCached, new KeyValuePair<string, object?>("result", "cached"));
    }
}
