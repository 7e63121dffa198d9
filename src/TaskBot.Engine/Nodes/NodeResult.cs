using System.Collections.Immutable;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Nodes;

/// <summary>How one run of a node ended: a closed set of cases.</summary>
public abstract record NodeResult
{
    NodeResult() { }

    /// <summary>It did what it is for.</summary>
    /// <param name="Outputs">Values by output name.</param>
    public sealed record Succeeded(ImmutableSortedDictionary<string, TaskValue> Outputs) : NodeResult
    {
        /// <summary>A layer (YAML text) of opinions that the running graph is composed with from now on: how a planner adds nodes.</summary>
        public string? Layer { get; init; }

        /// <summary>True where a human looked at the inputs and let them pass, so that the outputs are trusted whatever they were made from.</summary>
        public bool Approved { get; init; }

        /// <summary>True where the outputs come from outside, such as a web page or a stranger's comment, whatever the inputs were.</summary>
        public bool FromOutside { get; init; }
    }

    /// <summary>It did not, and says why.</summary>
    /// <param name="Message">Full sentences for people.</param>
    /// <param name="Evidence">What a refiner can use: failing tests, a refused edit, a log's tail. Never stored as a result.</param>
    public sealed record Failed(string Message, ImmutableSortedDictionary<string, TaskValue> Evidence) : NodeResult
    {
        /// <summary>True where the same try may work later: a timeout, a lost connection.</summary>
        public bool IsTransient { get; init; }

        /// <summary>True where it took too long, or gave no sign of life for too long.</summary>
        public bool IsTimeout { get; init; }
    }

    /// <summary>There was nothing to do, and that is fine.</summary>
    public sealed record Skipped(string Reason) : NodeResult;

    /// <summary>A person has to answer first; the run is suspended, holding nothing.</summary>
    public sealed record WaitingForHuman(string Question) : NodeResult
    {
        /// <summary>Digest of what the person is asked about, so that an answer given to something else can be told; null where nothing is shown.</summary>
        public string? SubjectDigest { get; init; }
    }

    /// <summary>It may not do this: permission, trust or protected paths.</summary>
    public sealed record Denied(string Reason) : NodeResult;

    /// <summary>The budget does not allow it.</summary>
    public sealed record OverBudget(string Reason) : NodeResult;

    public static Succeeded Success(params IEnumerable<(string Name, TaskValue Value)> outputs) =>
        new(outputs.ToImmutableSortedDictionary(output => output.Name, output => output.Value, StringComparer.Ordinal));

    public static Failed Failure(string message, params IEnumerable<(string Name, TaskValue Value)> evidence) =>
        new(message, evidence.ToImmutableSortedDictionary(item => item.Name, item => item.Value, StringComparer.Ordinal));
}
