using System.Collections.Immutable;
using System.Text.RegularExpressions;
using TaskBot.Bot.Forges;

namespace TaskBot.Bot.Checks;

/// <summary>Why a check failed.</summary>
public enum CheckCause
{
    /// <summary>The change is why.</summary>
    Ours,

    /// <summary>It fails on the base commit too.</summary>
    BaseIsRed,

    /// <summary>It could not run: cancelled, the runner lost, the network.</summary>
    Infrastructure,

    /// <summary>It may pass when it is run again, which costs no model.</summary>
    MayBeFlake,

    /// <summary>It waits for a person.</summary>
    NeedsPerson,
}

/// <summary>A check that failed, with all that its cause is told from.</summary>
/// <param name="Log">Its own words and its job's log.</param>
/// <param name="FailsOnBase">The check of the same name failed on the base commit.</param>
/// <param name="WasRerun">It was run again on this head already.</param>
public sealed record FailedCheck(ForgeCheck Check, string Log, bool FailsOnBase, bool WasRerun)
{
    public bool CanRerun => Check.Job is not null && !WasRerun;
}

/// <summary>Tells a failure that the change is to blame for from all others. Pure: no forge, no clock, no model.</summary>
public static partial class CheckTriage
{
    /// <summary>The first rule that fits decides: the base's own failures, then what could not run, then what may pass when run again.</summary>
    public static CheckCause Of(FailedCheck failed) => failed switch
    {
        { Check.Conclusion: "action_required" } => CheckCause.NeedsPerson,
        { FailsOnBase: true } => CheckCause.BaseIsRed,
        { Check.Conclusion: "cancelled" or "stale" or "startup_failure" } => CheckCause.Infrastructure,
        _ when CouldNotRun().IsMatch(failed.Log) => CheckCause.Infrastructure,
        { CanRerun: true } => CheckCause.MayBeFlake,
        _ => CheckCause.Ours,
    };

    /// <summary>
    /// What to do about all that failed. One that is surely ours decides, as running others again would change nothing about it; then whatever can be
    /// run again is; then a person is asked about what cannot run; what is left fails on the base too.
    /// </summary>
    /// <returns>The outcome, null where checks are to run again; and the checks that it is about.</returns>
    public static (ChecksOutcome? Outcome, ImmutableArray<FailedCheck> About) Decide(IReadOnlyCollection<FailedCheck> failed)
    {
        var causes = failed.ToLookup(Of);
        if (causes.Contains(CheckCause.Ours)) return (ChecksOutcome.Ours, [.. causes[CheckCause.Ours]]);
        var again = causes[CheckCause.MayBeFlake].Concat(causes[CheckCause.Infrastructure].Where(check => check.CanRerun)).ToImmutableArray();
        if (!again.IsEmpty) return (null, again);
        if (causes.Contains(CheckCause.NeedsPerson)) return (ChecksOutcome.NeedsPerson, [.. causes[CheckCause.NeedsPerson]]);
        return causes.Contains(CheckCause.Infrastructure)
            ? (ChecksOutcome.Infrastructure, [.. causes[CheckCause.Infrastructure]])
            : (ChecksOutcome.BaseIsRed, [.. causes[CheckCause.BaseIsRed]]);
    }

    /// <summary>What runners, package registries and networks say when it was them.</summary>
    [GeneratedRegex(
        """
        The\ runner\ has\ received\ a\ shutdown\ signal | lost\ communication\ with\ the\ server | The\ operation\ was\ cancell?ed
        | The\ self-hosted\ runner\ .*\ lost | Could\ not\ resolve\ host | Temporary\ failure\ in\ name\ resolution | Name\ or\ service\ not\ known
        | getaddrinfo\ (ENOTFOUND|EAI_AGAIN) | \b(ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH)\b | Connection\ (reset\ by\ peer|timed\ out)
        | TLS\ handshake\ timeout | \b(429\ Too\ Many\ Requests|50[234]\ (Bad\ Gateway|Service\ Unavailable|Gateway\ Time-?out))\b
        | No\ space\ left\ on\ device | toomanyrequests: | Failed\ to\ download\ action | The\ hosted\ runner\ encountered\ an\ error
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex CouldNotRun();
}
