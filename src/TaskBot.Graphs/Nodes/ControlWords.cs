using System.Collections.Immutable;

namespace TaskBot.Graphs.Nodes;

/// <summary>Names with a meaning of their own in every graph: what decides whether, how often and after what a node runs.</summary>
public static class ControlWords
{
    /// <summary>The input of every node that decides whether it runs: <c>when: check.passed</c>, or true or false.</summary>
    public const string When = "when";

    /// <summary>What <see cref="When"/> must be, a value or a list of them; any truthy value where it is not written.</summary>
    public const string WhenIs = "whenIs";

    /// <summary>The list of a branch that runs once for each of its items: <c>each: find.files</c>, or a list.</summary>
    public const string Each = "each";

    /// <summary>Inside a branch with <see cref="Each"/>: the attribute of the branch that holds the item of this instance.</summary>
    public const string Item = "item";

    /// <summary>The output of a branch that makes it a loop: it is repeated until this is true.</summary>
    public const string Until = "until";

    /// <summary>What <see cref="Until"/> must be, a value or a list of them; any truthy value where it is not written.</summary>
    public const string UntilIs = "untilIs";

    /// <summary>How often a loop is run at most.</summary>
    public const string AtMost = "atMost";

    /// <summary>Inside a loop: the attribute of the branch that counts, from 1.</summary>
    public const string Iteration = "iteration";

    /// <summary>
    /// The output that every node has, however it ended: <c>succeeded</c>, <c>failed</c>, <c>skipped</c>, <c>cancelled</c>, <c>denied</c> or
    /// <c>over_budget</c>. Who is connected to it starts whichever it is.
    /// </summary>
    public const string Outcome = "outcome";

    /// <summary>On a handler: when it succeeds, the failure that it handled does not count.</summary>
    public const string Recovers = "recovers";

    public const string Fresh = "fresh";

    public const string Pin = "pin";

    public const string TimeToLive = "timeToLive";

    /// <summary>The most iterations of one loop.</summary>
    public const int MostIterations = 1000;

    /// <summary>Attributes whose value may be written as a connection instead: <c>when: check.passed</c>.</summary>
    public static ImmutableArray<string> Connected { get; } = [When, Each];
}
