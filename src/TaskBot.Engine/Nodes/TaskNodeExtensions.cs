using System.Collections.Immutable;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Nodes;

/// <summary>What the engine reads from a node and its schema.</summary>
static class TaskNodeExtensions
{
    /// <summary>Thirty days: more than timers of this size can take is no limit.</summary>
    public const int LongestTimeLimitInMinutes = 30 * 24 * 60;

    public const int MostRetries = 100;

    const int DefaultRetries = 2;

    extension(TaskNode node)
    {
        /// <summary>The <c>timeoutMinutes</c> for all tries together, as written; null for none.</summary>
        public double? TimeLimitInMinutes => node.Number("timeoutMinutes");

        /// <summary>How long a try may give no sign of life; null for as long as it likes.</summary>
        public TimeSpan? IdleLimit => node.Number("idleTimeoutMinutes") is { } minutes ? TimeSpan.FromMinutes(minutes) : null;

        /// <summary>How long it may wait for a slot and its resources; null for as long as it takes.</summary>
        public TimeSpan? StartLimit => node.Number("startTimeoutMinutes") is { } minutes ? TimeSpan.FromMinutes(minutes) : null;

        /// <summary>When it should have ended, from the start of the run; null for whenever.</summary>
        public TimeSpan? Deadline => node.Number("deadlineMinutes") is { } minutes ? TimeSpan.FromMinutes(minutes) : null;

        public long Priority => node.Attributes.GetValueOrDefault("priority") is TaskValue.Integer priority ? priority.Value : 0;

        public bool IsSpeculative => node.Attributes.GetValueOrDefault("speculative") is TaskValue.Truth { Value: true };

        /// <summary>An attribute that is a number of seconds; null where it is none.</summary>
        public TimeSpan? Seconds(string attribute) => node.Number(attribute) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

        /// <summary>An attribute that is a number; null where it is none.</summary>
        public double? Number(string attribute) => node.Attributes.GetValueOrDefault(attribute) switch
        {
            TaskValue.Integer number => number.Value,
            TaskValue.Real number => number.Value,
            _ => null,
        };

        /// <summary>How often a failure that may pass is tried again, as written.</summary>
        public long Retries => node.Attributes.GetValueOrDefault("retries") is TaskValue.Integer retries ? retries.Value : DefaultRetries;

        /// <summary>True where both say the same, wherever it is written.</summary>
        public bool SaysTheSameAs(TaskNode other) =>
            ReferenceEquals(node, other)
            || (node.Type == other.Type
                && node.Needs.AsSpan().SequenceEqual(other.Needs.AsSpan())
                && SameEntries(node.Attributes, other.Attributes, static (left, right) => left.Equals(right))
                && SameEntries(node.Inputs, other.Inputs, static (left, right) => left.AsSpan().SequenceEqual(right.AsSpan()))
                && (ReferenceEquals(node.UntrustedAttributes, other.UntrustedAttributes)
                    || node.UntrustedAttributes.SetEquals(other.UntrustedAttributes)));
    }

    extension(NodeTypeSchema schema)
    {
        /// <summary>True unless the attribute is declared to change no result: a doubt costs a run, never a stale result.</summary>
        public bool IsInKey(string attribute)
        {
            foreach (var declared in schema.Attributes)
                if (declared.Name == attribute) return declared.InKey;
            foreach (var common in NodeTypeSchema.Common)
                if (common.Name == attribute) return common.InKey;
            return true;
        }

        /// <summary>True where the node has nothing to work on without that input.</summary>
        public bool RequiresInput(string input)
        {
            foreach (var port in schema.Inputs)
                if (port.Name == input) return port.Required;
            return true;
        }
    }

    static bool SameEntries<T>(ImmutableSortedDictionary<string, T> left, ImmutableSortedDictionary<string, T> right, Func<T, T, bool> same)
    {
        if (ReferenceEquals(left, right)) return true;
        if (left.Count != right.Count) return false;
        foreach (var (name, value) in left)
            if (!right.TryGetValue(name, out var other) || !same(value, other)) return false;
        return true;
    }
}
