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

        /// <summary>True where what is read is there only when the node has ended; an attribute of a branch is there from the start.</summary>
        /// <param name="reader">Inside a branch, an output's name means what goes in.</param>
        public bool Gives(string name, NodePath reader) =>
            !node.IsBranch || name == ControlWords.Outcome || (node.Outputs.ContainsKey(name) && !reader.IsAtOrBelow(node.Path));

        /// <summary>For a branch: true where who is inside finds something by that name, if only in the instances of a pattern.</summary>
        public bool Has(string name) =>
            node.Attributes.ContainsKey(name) || (node.IsMap && name == ControlWords.Item) || (node.IsLoop && (name == ControlWords.Iteration || node.Outputs.ContainsKey(name)));

        /// <summary>True where more than what the node needs and is given says whether, how often or after what it runs.</summary>
        public bool IsControlled =>
            !node.OnFailure.IsEmpty || !node.Finally.IsEmpty || !node.Outputs.IsEmpty || node.IsMap || node.Inputs.ContainsKey(ControlWords.When)
            || node.Inputs.Values.Any(sources => sources.Any(source => source.Name == ControlWords.Outcome));

        public bool IsTrue(string attribute) => node.Attributes.GetValueOrDefault(attribute) is TaskValue.Truth { Value: true };

        /// <summary>True where both say the same, wherever it is written.</summary>
        public bool SaysTheSameAs(TaskNode other) =>
            ReferenceEquals(node, other)
            || (node.Type == other.Type
                && node.Needs.AsSpan().SequenceEqual(other.Needs.AsSpan())
                && SameEntries(node.Attributes, other.Attributes, static (left, right) => left.Equals(right))
                && SameEntries(node.Inputs, other.Inputs, static (left, right) => left.AsSpan().SequenceEqual(right.AsSpan()))
                && SameEntries(node.Outputs, other.Outputs, static (left, right) => left == right)
                && node.OnFailure.AsSpan().SequenceEqual(other.OnFailure.AsSpan())
                && node.Finally.AsSpan().SequenceEqual(other.Finally.AsSpan())
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
