using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace TaskBot.Bot.Checks;

/// <summary>What the checks of a published commit come to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ChecksOutcome>))]
public enum ChecksOutcome
{
    /// <summary>All that were waited for succeeded.</summary>
    Passed,

    /// <summary>There are none, and none came in the time that was given.</summary>
    None,

    /// <summary>Some failed, and the change is why.</summary>
    Ours,

    /// <summary>Some failed, and every one of them fails on the base commit too.</summary>
    BaseIsRed,

    /// <summary>Some could not run, also when they were run again.</summary>
    Infrastructure,

    /// <summary>Some wait for a person: to approve a workflow, or to press a button.</summary>
    NeedsPerson,

    /// <summary>Some did not answer in the time that was given.</summary>
    Late,
}

/// <summary>What the checks said about the head commit of an attempt.</summary>
/// <param name="HeadSha">The commit they looked at.</param>
/// <param name="Checks">The checks that decided it, by name; all of them where they passed.</param>
/// <param name="Log">What the failing ones said, cut to what matters.</param>
public sealed record ChecksVerdict(string HeadSha, ChecksOutcome Outcome, ImmutableArray<string> Checks, string Log);
